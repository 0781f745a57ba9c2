package index

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"crm/store"
)

// A customer's text is what search looks at: lines of folded text, each ended by '\n'. The first is what lists sort
// by, the full name or else the company; the second the company, empty when it stands first already; the third
// the e-mail; then the forms of the phone number, digits only.
const (
	nameLines  = 2 // lines that hold names, whose words count
	phoneLines = 3 // lines before the phone's forms
)

// appendText appends a customer's text. home is the country of phone numbers without a country code.
func appendText(dst []byte, c *store.Customer, home country) []byte {
	dst = appendLine(dst, c.Name())
	company := ""
	if c.FullName != nil && c.CompanyName != nil {
		company = *c.CompanyName
	}
	dst = appendLine(dst, company)
	dst = appendLine(dst, c.Email)
	for _, form := range phoneForms(c.Phone, home) {
		dst = append(append(dst, form...), '\n')
	}
	return dst
}

func appendLine(dst []byte, s string) []byte {
	return append(appendSpaced(dst, store.Fold(s)), '\n')
}

// appendSpaced appends s with one space where it has white space or control characters, and none at its ends.
func appendSpaced(dst []byte, s string) []byte {
	start := len(dst)
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(dst, word...)
	}
	return dst
}

// sortName is a text's first line.
func sortName(text []byte) []byte {
	return text[:bytes.IndexByte(text, '\n')]
}

// skipLines is where a text's line n begins.
func skipLines(text []byte, n int) int {
	at := 0
	for range n {
		at += bytes.IndexByte(text[at:], '\n') + 1
	}
	return at
}

// digitsOf is the digits of folded text.
func digitsOf(folded string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, folded)
}

// phoneForms are the spellings under which a number is found, digits only: as it was typed, international
// without the plus, and national with the trunk prefix. Of "+212 6 12-34 56 78": 212612345678 and 0612345678.
func phoneForms(phone string, home country) []string {
	folded := store.Fold(phone)
	digits := digitsOf(folded)
	forms := []string{digits}
	international := toInternational(folded, home)
	for _, form := range []string{international, toNational(international)} {
		if form != "" && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return forms
}

// minLocal is how many digits a number without a country code has at least; shorter ones are extensions.
const minLocal = 8

// toInternational is a number with its country code, empty when it is too short to have one.
func toInternational(folded string, home country) string {
	folded = strings.TrimLeft(withoutTrunk(folded), " (")
	digits := digitsOf(folded)
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

// withoutTrunk leaves out the trunk prefix of "+212 (0)6 12…", which nobody dials behind a country code.
func withoutTrunk(folded string) string {
	if s := strings.TrimLeft(folded, " ("); strings.HasPrefix(s, "+") || strings.HasPrefix(s, "00") {
		return strings.Replace(folded, "(0)", "", 1)
	}
	return folded
}

// toNational is an international number as it is dialled in its country.
func toNational(international string) string {
	for n := 1; n <= min(3, len(international)); n++ {
		if country, ok := dialling()[international[:n]]; ok && len(international) > n {
			return country.trunk + international[n:]
		}
	}
	return ""
}

// A country is how its numbers are dialled.
type country struct{ code, trunk string }

// dialling is the countries by calling code.
var dialling = sync.OnceValue(func() map[string]country {
	all := make(map[string]country)
	for code := range phonenumbers.GetSupportedCallingCodes() {
		region := phonenumbers.GetRegionCodeForCountryCode(code)
		key := strconv.Itoa(code)
		all[key] = country{key, phonenumbers.GetNddPrefixForRegion(region, true)}
	}
	return all
})

// countryOf is the country of an ISO 3166 region, zero for an unknown one.
func countryOf(region string) country {
	return dialling()[strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region))]
}

// KnownRegion reports whether a region is one of ISO 3166 whose phone numbers are known.
func KnownRegion(region string) bool { return countryOf(region).code != "" }

// letterBefore and letterAfter report whether a letter or digit ends before at, or begins there.
func letterBefore(text []byte, at int) bool {
	if at == 0 {
		return false
	}
	if c := text[at-1]; c < utf8.RuneSelf {
		return isLetter(rune(c))
	}
	r, _ := utf8.DecodeLastRune(text[:at])
	return isLetter(r)
}

func letterAfter(text []byte, at int) bool {
	if at == len(text) {
		return false
	}
	if c := text[at]; c < utf8.RuneSelf {
		return isLetter(rune(c))
	}
	r, _ := utf8.DecodeRune(text[at:])
	return isLetter(r)
}

// isLetter tells what words are made of.
func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
