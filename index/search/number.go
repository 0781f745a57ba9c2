package search

import (
	"crm/store/text"
)

// A number is the digits of a phone number in a query: a whole number or a part of one, in any spelling.
type number struct {
	digits [][]byte // every number that answers has one of these in one of its forms
	// typed is the number as text, to find the 2000 in a name or an e-mail address. words are its words, to find them in a name in any
	// order.
	typed needle
	words []needle
}

// newNumber returns the number that was typed in a folded query. home is the country of numbers without a country code.
func newNumber(typed string, words []needle, home text.Country) number {
	n := number{typed: needle{text: []byte(typed)}}
	for _, form := range text.TypedForms(typed, home) {
		if len(form) >= gramSize {
			n.digits = append(n.digits, []byte(form))
		}
	}
	if len(words) > 1 {
		n.words = words
	}
	return n
}

// matchNumbers reports whether a text has every number of the query, and how well.
func (q *Query) matchNumbers(lines []byte) (worst tier, ok bool) {
	for i := range q.numbers {
		t, ok := q.numbers[i].match(lines)
		if !ok {
			return tierInside, false
		}
		worst = max(worst, t)
	}
	return worst, true
}

// match reports whether a text has the number, and how well.
func (n *number) match(lines []byte) (best tier, ok bool) {
	best, ok = n.typed.find(lines, n.typed.text, 0)
	phones := skipLines(lines, phoneLines)
	for _, digits := range n.digits {
		if t, found := n.typed.find(lines, digits, phones); found {
			best, ok = min(best, t), true
		}
	}
	if !ok && n.words != nil {
		return n.matchWords(lines[:skipLines(lines, nameLines)])
	}
	return best, ok
}

// matchWords reports whether the names have every word of the number.
func (n *number) matchWords(names []byte) (worst tier, ok bool) {
	for i := range n.words {
		t, ok := n.words[i].find(names, n.words[i].text, 0)
		if !ok {
			return tierInside, false
		}
		worst = max(worst, t)
	}
	return worst, true
}

// clause returns what a document must have to be a candidate.
func (n *number) clause() (c clause) {
	c.anyOf = append(c.anyOf, termsOf(n.typed.text, false))
	for _, digits := range n.digits {
		c.anyOf = append(c.anyOf, termsOf(digits, false))
	}
	var all []string
	for i := range n.words {
		all = append(all, termsOf(n.words[i].text, n.words[i].short)...)
	}
	if all != nil {
		c.anyOf = append(c.anyOf, all)
	}
	return c
}
