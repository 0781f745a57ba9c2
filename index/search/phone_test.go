package search

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"crm/store"
	"crm/store/text"
)

// withPhone returns a customer as the store keeps one.
func withPhone(name, phone string) *store.Customer {
	c := &store.Customer{FullName: &name, Email: "someone@example.com", Phone: phone}
	if number := text.International(phone, home); number != "" {
		c.PhoneInternational = &number
	}
	return c
}

// finds reports whether a query finds a customer.
func finds(t *testing.T, query string, c *store.Customer) bool {
	t.Helper()
	q, err := ParseQuery(query, home)
	if err != nil {
		t.Fatalf("%q: %v", query, err)
	}
	return mustMatch(&q, AppendText(nil, c, home))
}

// Whichever spelling of a number is stored and whichever is typed, it is found.
func TestNumberInEverySpelling(t *testing.T) {
	for _, spellings := range [][]string{
		{
			"0661901101", "06 61 90 11 01", "06-61.90/11 01", "+212661901101", "+212 0661901101", "+212 (0)661-901101", "00212661901101", "00 212 0661901101", "2120661901101",
			"212661901101", "661901101", "tel:+212661901101", "tél. 0661901101", "GSM 06 61 90 11 01", "06·61·90·11·01", "06_61_90_11_01", "0661,90 11 01;", "0661901101x12",
			"0661901101 poste 12", "0661901101 ext. 12", "+212661901101;ext=12", "٠٦٦١٩٠١١٠١", "wa.me/212661901101", "0661901101 #12",
		},
		{"+49 170 1234567", "0049 0170 1234567", "+4901701234567", "+49 (0)170 1234567", "491701234567"},
		{"+447400123456", "+4407400123456", "0044 7400 123456", "447400123456"},
		{"+39 06 12345678", "0039 06 12345678", "+390612345678", "390612345678"},
		{"+225 07 12 34 56 78", "00225 0712345678", "2250712345678"},
		{"33612345678", "+33612345678", "0033 6 12 34 56 78", "+33 06 12 34 56 78", "+33 (0)6 12345678"},
		{"+52 1 222 123 4567", "+52 222 123 4567", "0052 1 2221234567", "522221234567"},
		{"+54 9 11 2345 6789", "+54 11 15 2345 6789", "+54 11 2345 6789", "5491123456789"},
		{"+55 11 96123 4567", "+55 11 6123 4567", "+55 (0)11 96123-4567", "5511961234567"},
	} {
		for _, stored := range spellings {
			for _, typed := range spellings {
				if !finds(t, typed, withPhone("Khadija", stored)) {
					t.Errorf("%q does not find %q", typed, stored)
				}
			}
		}
	}
}

// The same for an example of each type of number of each region, as libphonenumber has them.
func TestNumberOfEveryRegion(t *testing.T) {
	for _, region := range slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions())) {
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE} {
			n := phonenumbers.GetExampleNumberForType(region, kind)
			if n == nil {
				continue
			}
			code, national := fmt.Sprint(n.GetCountryCode()), phonenumbers.GetNationalSignificantNumber(n)
			trunk := phonenumbers.GetNddPrefixForRegion(phonenumbers.GetRegionCodeForNumber(n), true)
			spellings := []string{
				"+" + code + national, "00" + code + " " + national, "+" + code + " (" + trunk + ")" + national, "+" + code + trunk + national,
				phonenumbers.Format(n, phonenumbers.INTERNATIONAL), phonenumbers.Format(n, phonenumbers.RFC3966), "tel. +" + code + national + " ext. 12",
			}
			for _, stored := range spellings {
				for _, typed := range spellings {
					if !finds(t, typed, withPhone("Khadija", stored)) {
						t.Errorf("%s: %q does not find %q", region, typed, stored)
					}
				}
			}
		}
	}
}

// A query may have a part of a number, and a name beside it.
func TestPartsOfNumbers(t *testing.T) {
	tests := []struct {
		query, phone string
		want         bool
	}{
		{"khadija 06 77 41", "0677412345", true}, {"06 77 41 khadija", "0677412345", true}, {"khadija 067741", "+212 6 77 41 23 45", true}, {"khad +212 677", "0677412345", true},
		{"khadija 06 77 42", "0677412345", false}, {"salma 06 77 41", "0677412345", false}, {"khadija tél. 06 77", "0677412345", true}, {"khadija 06-77_41", "0677412345", true},
		{"khadija 0677412345 poste 3", "+212 0677 412345", true}, {"khadjia 06 77 41", "0677412345", false},
		{"+212 0677", "0677412345", true}, {"00212 (0)67", "0677412345", true}, {"2120677", "0677412345", true}, {"77412", "0677412345", true}, {"0677 41 23 46", "0677412345", false},
		{"+39 06 12", "+39 06 12345678", true}, {"+39 6 12", "+39 06 12345678", false}, {"+225 07 12", "+225 0712345678", true},
		{"01234567", "0123456789", true}, {"+212 123456789", "0123456789", true}, {"06123", "06123", true}, {"190", "190", true}, {"123", "tel 123 poste 4", true},
	}
	for _, tt := range tests {
		if got := finds(t, tt.query, withPhone("Khadija Bennani", tt.phone)); got != tt.want {
			t.Errorf("%q in %q: got %t", tt.query, tt.phone, got)
		}
	}
}

// Digits may be those of a name.
func TestNumbersInNames(t *testing.T) {
	for _, name := range []string{"Agence 2000", "Port 2000", "Voyages 24 365", "Rabat 24/7 Tours", "Tél 100 Plus", "4x4 Sahara 44 10"} {
		if !finds(t, name, withPhone(name, "0677412345")) {
			t.Errorf("%q does not find itself", name)
		}
		if finds(t, name, withPhone("Khadija", "0677412345")) {
			t.Errorf("%q finds Khadija", name)
		}
	}
	if !finds(t, "voyages 365 24", withPhone("Voyages 24 365", "1")) {
		t.Error("the order of the digits in a name counts")
	}
}

// The label before a number and its extension are no words.
func TestLabelAndExtension(t *testing.T) {
	q, err := ParseQuery("khadija tel: 06 77 41 23 45 poste 12", home)
	if err != nil || len(q.numbers) != 1 || len(q.needles) != 1 || string(q.numbers[0].typed.letters) != "0677412345" {
		t.Errorf("got %v, %v", q, err)
	}
}

// FuzzPhone checks that a number is found by the way it was typed, and that its forms are digits.
func FuzzPhone(f *testing.F) {
	for _, phone := range []string{
		"0612345678", "+212 6 12-34 56 78", "00212612345678", "٠٦١٢٣٤٥٦٧٨", "+212 (0)6 12", "+", "00", "0", "(0)", "+1 (0)00", "ext. 12", "+999999999999999999",
		"06.12.34.56.78 / 07", "212", "0021", "+(0)(0)212", "+\x011 +\x7f0\x7f\x00\x00\x002",
	} {
		f.Add(phone)
	}
	f.Fuzz(func(t *testing.T, phone string) {
		if utf8.RuneCountInString(phone) > 20 || !utf8.ValidString(phone) {
			return
		}
		q, err := ParseQuery(phone, home)
		if err != nil || len(q.needles) != 0 || len(q.numbers) != 1 {
			return
		}
		if lines := AppendText(nil, &store.Customer{Phone: phone}, home); !mustMatch(&q, lines) {
			t.Errorf("%q is not found in %q", phone, lines)
		}
	})
}

func mustMatch(q *Query, lines []byte) bool {
	_, ok := q.match(lines)
	return ok
}
