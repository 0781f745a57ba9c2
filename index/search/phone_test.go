package search

import (
	"strings"
	"testing"
	"unicode/utf8"

	"crm/store"
	"crm/store/text"
)

// FuzzPhone: a number is found by the way it was typed, and its forms are digits.
func FuzzPhone(f *testing.F) {
	for _, phone := range []string{
		"0612345678", "+212 6 12-34 56 78", "00212612345678", "٠٦١٢٣٤٥٦٧٨", "+212 (0)6 12", "+", "00", "0", "(0)", "+1 (0)00", "ext. 12", "+999999999999999999",
		"06.12.34.56.78 / 07", "212", "0021", "+(0)(0)212",
	} {
		f.Add(phone)
	}
	f.Fuzz(func(t *testing.T, phone string) {
		if utf8.RuneCountInString(phone) > 20 || !utf8.ValidString(phone) {
			return
		}
		for _, form := range text.PhoneForms(phone, home) {
			if strings.Trim(form, "0123456789") != "" {
				t.Errorf("%q has the form %q", phone, form)
			}
		}
		q, err := ParseQuery(phone)
		if err != nil || len(q.needles) != 1 || q.needles[0].digits == nil {
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
