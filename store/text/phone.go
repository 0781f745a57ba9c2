package text

import (
	"slices"
	"strings"
)

// PhoneRules names the rules by which International reads numbers, for callers that store what it returns. It changes with the version of
// libphonenumber's metadata, and with the code here.
const PhoneRules = "v1.8.1/1"

// A Country is the country of phone numbers without a country code. The zero value is an unknown country.
type Country struct{ plan *plan }

// CountryOf returns the country of an ISO 3166 region, or the zero value for an unknown region.
func CountryOf(region string) Country { return Country{plans().byRegion[region]} }

// KnownRegion reports whether CountryOf knows a region.
func KnownRegion(region string) bool { return CountryOf(region) != Country{} }

// Digits returns the digits of folded text.
func Digits(folded string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, folded)
}

// International returns a phone number in the international form (E.164), such as "+212612345678", or "" when it cannot be read. It
// ignores labels, punctuation and extensions.
func International(phone string, home Country) string {
	if n, ok := dialled(Fold(phone)).read(home); ok {
		return "+" + n.international()
	}
	return ""
}

// A number is a phone number that was read.
type number struct {
	plan     *plan
	national string // without prefixes
}

// international returns the digits of the number with its country code.
func (n number) international() string { return n.plan.code + n.national }

// area returns the number as it is dialled in its country. An Argentine mobile number has a 9 in front only when it is dialled from
// abroad.
func (n number) area() string {
	if n.plan.region == "AR" && len(n.national) == 11 {
		return n.national[1:]
	}
	return n.national
}

// read returns the number that was written, and reports whether there is one.
func (d dial) read(home Country) (number, bool) {
	if n, f := readDigits(d.digits, d.plus, home); f > unfit {
		return n, true
	}
	if d.first == "" {
		return number{}, false
	}
	n, f := readDigits(d.first, d.plus, home)
	return n, f > unfit
}

// readDigits returns the best reading of digits. What is written without a plus is a national number, or else an international one
// whose range is known to be in use.
func readDigits(digits string, plus bool, home Country) (n number, best fit) {
	switch {
	case strings.HasPrefix(digits, "00"):
		if n, best = readAbroad(digits[2:]); best > unfit {
			return n, best
		}
	case plus && !strings.HasPrefix(digits, "0"):
		return readAbroad(digits)
	}
	if home.plan != nil {
		n.plan = home.plan
		n.national, best = read([]*plan{home.plan}, digits)
	}
	if best == certain || digits == "" {
		return n, best
	}
	if abroad, f := readAbroad(digits); f == certain {
		return abroad, f
	}
	if home.plan == nil {
		return n, unfit
	}
	if at := home.plan.abroad().FindStringIndex(digits); at != nil && at[1] > 0 {
		if abroad, f := readAbroad(digits[at[1]:]); f == certain {
			return abroad, f
		}
	}
	return n, best
}

// readAbroad returns the best reading of digits that begin with a country code.
func readAbroad(digits string) (n number, best fit) {
	sharing, rest := ofCode(digits)
	if sharing == nil {
		return n, unfit
	}
	n.plan = sharing[0]
	n.national, best = read(sharing, rest)
	return n, best
}

// PhoneForms returns the spellings by which a stored number is found, digits only: as it was typed, the international form without the
// plus, and the national form with the trunk prefix. Those of "+212 6 12-34 56 78" are 212612345678 and 0612345678. international is
// what International has returned for the number.
func PhoneForms(phone, international string, home Country) []string {
	folded := Fold(phone)
	forms := []string{Digits(folded)}
	abroad := strings.TrimPrefix(international, "+")
	if abroad == "" {
		abroad = guess(dialled(folded), home)
	}
	for _, form := range []string{abroad, toNational(abroad)} {
		if form != "" && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return forms
}

// minLocal is the least number of digits of a number without a country code. Shorter ones are extensions.
const minLocal = 8

// guess returns the digits with a country code of a number that cannot be read, or "" when it is too short to have one.
func guess(d dial, home Country) string {
	digits := d.digits
	switch {
	case strings.HasPrefix(digits, "00"):
		return withoutTrunk(digits[2:])
	case d.plus:
		return withoutTrunk(digits)
	case len(digits) < minLocal || home.plan == nil:
		return ""
	case home.plan.trunk != "" && strings.HasPrefix(digits, home.plan.trunk):
		return home.plan.code + digits[len(home.plan.trunk):]
	case strings.HasPrefix(digits, home.plan.code) && len(digits) >= len(home.plan.code)+minLocal:
		return digits
	}
	return home.plan.code + digits
}

// withoutTrunk removes the trunk prefix after a country code: the 0 of 2120612. The digits need not be a whole number.
func withoutTrunk(digits string) string {
	sharing, rest := ofCode(digits)
	if sharing == nil || sharing[0].trunk == "" {
		return digits
	}
	return sharing[0].code + strings.TrimPrefix(rest, sharing[0].trunk)
}

// toNational returns the digits of an international number as it is dialled in its country, or "" when no country has its code.
func toNational(international string) string {
	sharing, rest := ofCode(international)
	if rest == "" {
		return ""
	}
	return sharing[0].trunk + number{sharing[0], rest}.area()
}

// TypedForms returns the digits to search for. If typed is a part of a stored number, one of them is in one of that number's forms. typed
// may be the beginning of a number in any spelling, or a whole number.
func TypedForms(typed string, home Country) []string {
	folded := Fold(typed)
	d := dialled(folded)
	forms := []string{d.digits}
	add := func(form string) {
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	abroad := strings.TrimPrefix(d.digits, "00")
	if d.plus || abroad != d.digits {
		add(abroad)
		add(withoutTrunk(abroad))
	} else if home.plan != nil && strings.HasPrefix(d.digits, home.plan.code) {
		add(withoutTrunk(d.digits))
	}
	if n, ok := d.read(home); ok {
		add(n.international())
		if area := n.area(); area != n.national || n.plan.region == "AR" {
			add(area)
		}
	}
	add(Digits(folded)) // of what cannot be dialled, such as a number with two plus signs
	return forms
}
