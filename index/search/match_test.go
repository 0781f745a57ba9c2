package search

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"crm/store"
	"crm/store/text"
)

var home = text.CountryOf("MA")

// people returns the customers of the table below.
func people() map[string]*store.Customer {
	return map[string]*store.Customer{
		"ahmed":  {FullName: new("Ahmed Hassan"), Email: "ahmed.hassan@example.com", Phone: "+212612345678"},
		"helene": {FullName: new("Hélène Müller"), Email: "h.m@example.org", Phone: "+33 6 98 76 54 32"},
		"fatima": {FullName: new("فاطمة العلوي"), Email: "fz@example.net", Phone: "0699000001"},
		"atlas":  {CompanyName: new("Atlas Tours Morocco"), Email: "info@tours.example", Phone: "00212 522-000002"},
	}
}

func TestWhoAnswers(t *testing.T) {
	tests := []struct {
		query string
		want  string // names of people; typos are tried when nobody answers
	}{
		{"ahmed", "ahmed"}, {"HASS", "ahmed"}, {"hassan ahmed", "ahmed"}, {"assan", "ahmed"}, {"helene", "helene"}, {"muller", "helene"},
		{"فاطمه", "fatima"}, {"العلوى", "fatima"}, {"atlas", "atlas"}, {"tours atl", "atlas"}, {"ahmed.hassan@example.com", "ahmed"},
		{"hassan@ex", "ahmed"}, {"0612345678", "ahmed"}, {"06 12 34 56 78", "ahmed"}, {"+212 612-345678", "ahmed"}, {"00212612345678", "ahmed"},
		{"345678", "ahmed"}, {"٠٦١٢٣٤٥٦٧٨", "ahmed"}, {"Hasan", "ahmed"}, {"Ahmad", "ahmed"}, {"a", "ahmed atlas"}, {"ah ha", "ahmed"},
		{"06", "ahmed fatima helene"}, {"0698765432", "helene"}, {"0033698", "helene"}, {"0522000002", "atlas"}, {"+212522", "atlas"},
		{`"ahmed"`, "ahmed"}, {"ahmed*", "ahmed"}, {"müller,", "helene"}, {"example", "ahmed atlas fatima helene"}, {"h", "ahmed helene"},
		{"Hsasan", "ahmed"}, {"Moroco", "atlas"}, {"Hxsxn", ""}, {"***", "ahmed atlas fatima helene"}, {"%", "ahmed atlas fatima helene"}, {"ssan", "ahmed"}, {"Hassan Atlas", ""}, {"61234567", "ahmed"},
		{"ed hassan", "ahmed"}, {"d h", ""}, {"hassan d", ""}, {"+212 (0)6 12 34 56 78", "ahmed"}, {"00212 (0)612345678", "ahmed"},
		{strings.Repeat(" ", 300), "ahmed atlas fatima helene"},
		{"999", ""}, {"hassanahmed", ""}, {"", "ahmed atlas fatima helene"},
	}
	for _, test := range tests {
		q, err := ParseQuery(test.query, home)
		if err != nil {
			t.Errorf("%q: %v", test.query, err)
			continue
		}
		if got := strings.Join(answers(&q), " "); got != test.want {
			t.Errorf("%q: got %q, want %q", test.query, got, test.want)
		}
	}
}

// answers returns the names of those whom the matcher accepts, with typos when it accepts nobody without.
func answers(q *Query) (names []string) {
	var near []string
	for name, c := range people() {
		text := AppendText(nil, c, home)
		m := matcher{query: q}
		if _, ok := m.match(text); ok {
			names = append(names, name)
		}
		if _, ok := m.matchTypos(text); ok {
			near = append(near, name)
		}
	}
	if names == nil {
		names = near
	}
	slices.Sort(names)
	return names
}

func TestTiers(t *testing.T) {
	text := AppendText(nil, people()["ahmed"], home)
	for query, want := range map[string]tier{
		"ahmed": tierExact, "hassan ahmed": tierWord, "ahmed hassan": tierExact, "ahmedhassan": tierWord, "ahmedhas": tierPrefix,
		"ahmed hass": tierPrefix, "ahmed assan": tierInside, "ed hassan": tierInside, "d hassan": tierInside, "d.h": tierInside, "ahmed.hassan@example.com": tierExact, "ahmed.hassan": tierWord,
		"ahmed.hassan@": tierWord, "hassan@example": tierInside, "0612345678": tierExact, "0612": tierPrefix, "345678": tierInside,
		"+212612345678": tierExact, "+212 612-345678": tierWord,
	} {
		q, err := ParseQuery(query, home)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := q.match(text); !ok || got != want {
			t.Errorf("%q: got %d, %v, want %d", query, got, ok, want)
		}
	}
}

// A long query allows fewer typos, for they are slow to look up.
func TestTyposInLongQueries(t *testing.T) {
	lines := AppendText(nil, &store.Customer{FullName: new("Mohamed Amine Benjelloun Touimi Alaoui Fassi Fihri"), Email: "x", Phone: "1"}, home)
	for query, want := range map[string]bool{
		"amine benjelllounn touimi": true, "amine benjelllounn touimi fassi": false, "amine benjellounn touimi fasssi": true,
		"mohamed amine benjellounn touimi alaoui fihri": true, "mohamed amine benjellounn touimi alaoui fassi fihri": false,
	} {
		q, err := ParseQuery(query, home)
		if err != nil {
			t.Fatal(err)
		}
		m := matcher{query: &q}
		if _, got := m.matchTypos(lines); (got && q.mayHaveTypos()) != want {
			t.Errorf("%q: got %t, want %t", query, got, want)
		}
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"too long": strings.Repeat("a", 201), "10,000 characters": strings.Repeat("é", 10_000),
		"invalid UTF-8": "ahmed\xff", "too many words": "a b c d e f g h i j k l m n o p q",
	} {
		if _, err := ParseQuery(text, home); !errors.Is(err, ErrQuery) {
			t.Errorf("%s: got %v, want ErrQuery", name, err)
		}
	}
}

// holds reports whether terms satisfy every clause.
func holds(clauses []clause, terms map[string]bool) bool {
	for _, c := range clauses {
		if !slices.ContainsFunc(c.anyOf, func(all []string) bool {
			return !slices.ContainsFunc(all, func(term string) bool { return !terms[term] })
		}) {
			return false
		}
	}
	return true
}

// FuzzGramsProposeWhoMatches checks that Bleve proposes every customer that the matcher accepts.
func FuzzGramsProposeWhoMatches(f *testing.F) {
	for _, c := range people() {
		for _, query := range []string{"ahmed", "ha", "06 12 34", "é", "المغرب", "tours atl", "00212", "a-b c", "2024-25", " "} {
			f.Add(c.Name(), "2024-25 a-b", c.Email, c.Phone, query)
		}
	}
	f.Fuzz(func(t *testing.T, name, company, email, phone, text string) {
		q, err := ParseQuery(text, home)
		if err != nil {
			return
		}
		customer := AppendText(nil, &store.Customer{FullName: &name, CompanyName: &company, Email: email, Phone: phone}, home)
		terms := make(map[string]bool)
		document := termsField{text: customer}
		document.Analyze()
		for term := range document.terms {
			terms[term] = true
		}
		if _, ok := q.match(customer); ok && !holds(q.clauses(), terms) {
			t.Errorf("%q matches %q, but is not proposed: %q", text, customer, q.clauses())
		}
	})
}

// FuzzMatchIsSubstring checks that any three or more neighbouring runes of a name are found, whatever their case and accents.
func FuzzMatchIsSubstring(f *testing.F) {
	f.Add("Ahmed Hassan", 2, 9)
	f.Add("Hélène Müller", 1, 5)
	f.Add("فاطمة العلوي", 0, 12)
	f.Fuzz(func(t *testing.T, name string, from, to int) {
		if from < 0 || to > len(name) || from > to || len(name) > 150 {
			return
		}
		line := string(text.AppendSpaced(nil, text.Fold(name)))
		part := strings.TrimSpace(string(text.AppendSpaced(nil, text.Fold(name[from:to]))))
		q, err := ParseQuery(name[from:to], home)
		if err != nil || strings.ContainsRune(part, '\uFFFD') || !strings.Contains(line, part) {
			return
		}
		if len([]rune(part)) < gramSize {
			return
		}
		if _, ok := q.match(AppendText(nil, &store.Customer{FullName: &name, Email: "x", Phone: "1"}, home)); !ok {
			t.Errorf("%q is in %q but does not match", part, line)
		}
	})
}

// TestDistance compares with the definition, over all short words of three letters.
func TestDistance(t *testing.T) {
	words := [][]rune{{}}
	for i := 0; len(words[i]) < 4; i++ {
		for _, r := range "abc" {
			words = append(words, append(slices.Clone(words[i]), r))
		}
	}
	for _, a := range words {
		for _, b := range words {
			if got, want := distance(a, b), plainDistance(a, b); got != want {
				t.Fatalf("distance of %q and %q: got %d, want %d", string(a), string(b), got, want)
			}
		}
	}
}

func plainDistance(a, b []rune) int {
	switch {
	case len(a) == 0 || len(b) == 0:
		return len(a) + len(b)
	case a[0] == b[0]:
		return plainDistance(a[1:], b[1:])
	}
	best := 1 + min(plainDistance(a[1:], b), plainDistance(a, b[1:]), plainDistance(a[1:], b[1:]))
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		best = min(best, 1+plainDistance(a[2:], b[2:]))
	}
	return best
}

func BenchmarkMatch(b *testing.B) {
	text := AppendText(nil, people()["ahmed"], home)
	for name, s := range map[string]string{"no": "moroccan", "yes": "hassan", "phone": "345678"} {
		q, _ := ParseQuery(s, home)
		m := matcher{query: &q}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				m.match(text)
			}
		})
	}
}

func BenchmarkText(b *testing.B) {
	c := people()["helene"]
	buf := make([]byte, 0, 256)
	for b.Loop() {
		buf = AppendText(buf[:0], c, home)
	}
}

func BenchmarkAnalyze(b *testing.B) {
	text := AppendText(nil, people()["ahmed"], home)
	for b.Loop() {
		field := termsField{text: text}
		field.Analyze()
	}
}

// match asks a matcher of its own about one text.
func (q *Query) match(lines []byte) (tier, bool) {
	m := matcher{query: q}
	return m.match(lines)
}
