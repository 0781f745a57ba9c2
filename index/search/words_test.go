package search

import (
	"slices"
	"strings"
	"testing"

	"crm/store"
	"crm/store/text"
)

// Punctuation in a query divides words or is nothing.
func TestPunctuation(t *testing.T) {
	lines := AppendText(nil, &store.Customer{
		FullName: new("Khalid Zqimi"), CompanyName: new("L'Oasis A&B"), Email: "k.zqimi+crm@oasis-tours.example", Phone: "0612345678",
	}, home)
	tests := []struct {
		query string
		want  bool
	}{
		{"k. zqimi", true}, {"zqimi,khalid", true}, {"ZQIMI/KHALID", true}, {"khalid.zqimi", true}, {"khalid - zqimi", true},
		{"a&b", true}, {"a & b", true}, {"ab", true}, {"l'oasis", true}, {"l`oasis", true}, {"l´oasis", true}, {"l′oasis", true},
		{"lʻoasis", true}, {"lʼoasis", true}, {"l’oasis", true}, {"l‘oasis", true}, {"loasis", true}, {"l oasis", true},
		{"khalid—zqimi", true}, {"khalid–zqimi", true}, {"khalid−zqimi", true}, {"khalid‐zqimi", true}, {"«khalid»", true}, {"“zqimi”", true},
		{"(khalid) [zqimi]", true}, {"{khalid}", true}, {"khalid;zqimi:", true}, {"khalid\u00a0zqimi", true}, {"khalid，zqimi", true},
		{"khalid_zqimi", true}, {"khalid|zqimi", true}, {"<k.zqimi+crm@oasis-tours.example>,", true}, {"k.zqimi+crm@oasis", true},
		{"zqimi+crm", true}, {"mi+c", true}, {"tours.ex", true}, {"s-t", true}, {"@oasis-tours", true}, {"oasis-tours.example", true}, {"qimi@oasis", false},
		{"k.zqimi@oasis", false}, {"zqimi.khalide", false}, {"b.zqimi", true}, {"c.zqimi", false},
	}
	for _, test := range tests {
		q, err := ParseQuery(test.query, home)
		if err != nil {
			t.Errorf("%q: %v", test.query, err)
			continue
		}
		if _, got := q.match(lines); got != test.want {
			t.Errorf("%q: got %v, want %v", test.query, got, test.want)
		}
	}
}

// A query without a letter or digit is an empty one.
func TestQueryOfNothing(t *testing.T) {
	for _, s := range []string{"", " ", "\u200b", "\ufeff", "\u00ad\u2060", "\u3164", "\u2800", "%", "***", "-", "'", "\u0301", "🌟", "@", "+", "(0", "؟"} {
		q, err := ParseQuery(s, home)
		if want := strings.Contains(s, "0"); err != nil || q.Empty() == want {
			t.Errorf("%q: got empty %v, %v, want %v", s, q.Empty(), err, !want)
		}
	}
}

// FuzzSpellings: a name is found by its letters however the words of both are divided, as beginnings and as middles of three letters.
func FuzzSpellings(f *testing.F) {
	f.Add("Fatima Ez-Zahra", "-", uint16(0b1010), uint16(3), uint16(9))
	f.Add("عبد القهار", "", uint16(1), uint16(2), uint16(4))
	f.Add("O'Vrannor", "’", uint16(1), uint16(0), uint16(5))
	f.Fuzz(func(t *testing.T, name, divider string, places, from, to uint16) {
		letters := []rune(text.Joined(name))
		if len(letters) < 3 || len(letters) > 60 || text.Joined(divider) != "" || strings.Contains(text.Fold(divider), "@") {
			return
		}
		divided := func(letters []rune, places uint16) string {
			var b strings.Builder
			for i, r := range letters {
				if i > 0 && places>>(i%16)&1 == 1 {
					b.WriteString(divider)
				}
				b.WriteRune(r)
			}
			return b.String()
		}
		begin := int(from) % (len(letters) - 2)
		end := begin + 3 + int(to)%(len(letters)-begin-2)
		typed := divided(letters[begin:end], places&0x4924) // words of three letters at least, but for the last
		q, err := ParseQuery(typed, home)
		if err != nil {
			return
		}
		stored := divided(letters, ^places)
		if text.Joined(stored) != string(letters) {
			return // the divider changes a letter
		}
		if _, ok := q.match(AppendText(nil, &store.Customer{FullName: &stored, Email: "x", Phone: "1"}, home)); !ok && !slices.Contains(letters, '\uFFFD') {
			t.Errorf("%q does not find %q", typed, stored)
		}
	})
}
