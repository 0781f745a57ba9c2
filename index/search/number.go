package search

import (
	"crm/store/text"
)

// A number is the digits of a phone number in a query: a whole number or a part of one, in any spelling.
type number struct {
	digits [][]byte // one of them is in a form of every number that answers
	// typed finds the 2000 of a name or an e-mail address; words are the number's words, which may be those of a name in another order.
	typed needle
	words []needle
}

// newNumbers returns what finds the numbers of a folded query. more reports whether the query has anything else. home is the country of
// numbers without a country code.
func newNumbers(typed []string, more bool, home text.Country) (numbers []number) {
	for _, s := range typed {
		n := number{typed: needleOf(trimmed(s))}
		for _, form := range text.TypedForms(s, home) {
			if len(form) >= gramSize && form != string(n.typed.text) {
				n.digits = append(n.digits, []byte(form))
			}
		}
		if words := wordsOf(s); len(words) > 1 && (more || len(typed) > 1) {
			n.words = needlesOf(s, words)
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// matchNumbers reports whether the text has every number of the query, and how well.
func (m *matcher) matchNumbers() (worst tier, ok bool) {
	worst = tierWord
	for i := range m.query.numbers {
		t := m.findNumber(&m.query.numbers[i])
		if t == tierCount {
			return tierInside, false
		}
		worst = max(worst, t)
	}
	return worst, true
}

// findNumber returns the tier of the best match of a number, tierCount if there is none.
func (m *matcher) findNumber(n *number) (best tier) {
	best, _ = m.find(&n.typed)
	phones := skipLines(m.lines, phoneLines)
	for _, digits := range n.digits {
		best = min(best, m.findPlain(digits, phones, false))
	}
	if best < tierCount || n.words == nil {
		return best
	}
	best = tierWord
	for i := range n.words {
		best = max(best, m.findJoined(&n.words[i]))
	}
	return best
}

// clause returns what a document must have to be a candidate.
func (n *number) clause() (c clause) {
	c.anyOf = n.typed.terms()
	for _, digits := range n.digits {
		c.anyOf = append(c.anyOf, termsOf(digits, false))
	}
	var all []string
	for i := range n.words {
		all = append(all, termsOf(n.words[i].letters, n.words[i].short)...)
	}
	if all != nil {
		c.anyOf = append(c.anyOf, all)
	}
	return c
}
