package text

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// Digits returns the digits of folded text.
func Digits(folded string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, folded)
}

// PhoneForms returns the spellings by which a number is found, digits only: as it was typed, the international form without the plus,
// and the national form with the trunk prefix. Those of "+212 6 12-34 56 78" are 212612345678 and 0612345678.
func PhoneForms(phone string, home Country) []string {
	folded := Fold(phone)
	digits := Digits(folded)
	forms := []string{digits}
	international := toInternational(folded, home)
	for _, form := range []string{international, toNational(international)} {
		if form != "" && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return forms
}

// minLocal is the least number of digits of a number without a country code. Shorter ones are extensions.
const minLocal = 8

// toInternational returns the digits of a number with its country code, or "" when the number is too short to have one.
func toInternational(folded string, home Country) string {
	folded = strings.TrimLeft(WithoutTrunk(folded), " (")
	digits := Digits(folded)
	switch {
	case strings.HasPrefix(folded, "+"):
		return digits
	case strings.HasPrefix(digits, "00"):
		return digits[2:]
	case len(digits) < minLocal || home.code == "":
		return ""
	case home.trunk != "" && strings.HasPrefix(digits, home.trunk):
		return home.code + digits[len(home.trunk):]
	case strings.HasPrefix(digits, home.code) && len(digits) >= len(home.code)+minLocal:
		return digits
	}
	return home.code + digits
}

// WithoutTrunk removes the trunk prefix of a number such as "+212 (0)6 12…": it is not dialled behind a country code.
func WithoutTrunk(folded string) string {
	if s := strings.TrimLeft(folded, " ("); strings.HasPrefix(s, "+") || strings.HasPrefix(s, "00") {
		return strings.Replace(folded, "(0)", "", 1)
	}
	return folded
}

// toNational returns an international number as it is dialled in its country, or "" when no country has its code.
func toNational(international string) string {
	for n := 1; n <= min(3, len(international)); n++ {
		if country, ok := dialling()[international[:n]]; ok && len(international) > n {
			return country.trunk + international[n:]
		}
	}
	return ""
}

// A Country says how its phone numbers are dialled. The zero value is an unknown country.
type Country struct {
	code  string // 212
	trunk string // the prefix of national numbers: 0
}

// dialling returns the countries by calling code.
var dialling = sync.OnceValue(func() map[string]Country {
	all := make(map[string]Country)
	for code := range phonenumbers.GetSupportedCallingCodes() {
		region := phonenumbers.GetRegionCodeForCountryCode(code)
		key := strconv.Itoa(code)
		all[key] = Country{key, phonenumbers.GetNddPrefixForRegion(region, true)}
	}
	return all
})

// CountryOf returns the country of an ISO 3166 region, the zero value for one that is not known.
func CountryOf(region string) Country {
	return dialling()[strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region))]
}

// KnownRegion reports whether CountryOf knows a region.
func KnownRegion(region string) bool { return CountryOf(region).code != "" }
