package search

import (
	"unicode/utf8"

	"crm/store/text"
)

// beginMarker is put before the terms for beginnings of words. No text contains it.
const beginMarker = 1

// appendGrams appends the terms of a text, some of them more than once: of the letters of the names and of each other line every three
// runes in a row; and, behind beginMarker, the first rune and the first two runes of what a short needle may begin: a word of the names,
// the e-mail address, a phone number.
func appendGrams(terms [][]byte, names *text.Letters, lines []byte) [][]byte {
	terms = appendGramsOf(terms, names.Text, func(at int) bool { return names.Begins[at] })
	rest := lines[skipLines(lines, nameLines):]
	return appendGramsOf(terms, rest, func(at int) bool { return at == 0 || rest[at-1] == '\n' })
}

func appendGramsOf(terms [][]byte, lines []byte, begins func(at int) bool) [][]byte {
	for at := 0; at < len(lines); {
		one := runeAt(lines, at)
		if one == 0 { // the end of a line
			at++
			continue
		}
		two := one + runeAt(lines, at+one)
		if begins(at) {
			terms = append(terms, begin(lines[at:at+one]))
			if two > one {
				terms = append(terms, begin(lines[at:at+two]))
			}
		}
		if three := two + runeAt(lines, at+two); two > one && three > two {
			terms = append(terms, lines[at:at+three])
		}
		at += one
	}
	return terms
}

// runeAt returns the size of the rune at a place in the text, 0 at the end of a line.
func runeAt(lines []byte, at int) int {
	if at >= len(lines) || lines[at] == '\n' {
		return 0
	}
	_, size := utf8.DecodeRune(lines[at:])
	return size
}

func begin(s []byte) []byte { return append([]byte{beginMarker}, s...) }

// A clause is satisfied by a document that has all terms of at least one of the alternatives.
type clause struct{ anyOf [][]string }

// clauses returns what a document must have to be a candidate, a clause for each number and then for each word. Every text that matches
// satisfies them; others may too.
func (q *Query) clauses() (clauses []clause) {
	for i := range q.numbers {
		clauses = append(clauses, q.numbers[i].clause())
	}
	for i := range q.needles {
		n := &q.needles[i]
		c := clause{n.terms()}
		for at := range q.runs {
			if r := &q.runs[at]; n.short && r.rescues && r.has(i) {
				c.anyOf = append(c.anyOf, r.terms()...)
			}
		}
		clauses = append(clauses, c)
	}
	return clauses
}

// terms returns sets of terms: every text that has the needle has all terms of one of the sets.
func (n *needle) terms() (anyOf [][]string) {
	anyOf = append(anyOf, termsOf(n.letters, n.short))
	if n.text != nil && !n.plain() {
		anyOf = append(anyOf, termsOf(n.text, false))
	}
	return anyOf
}

// maxTerms is how many grams of a needle the index is searched for. The matcher compares all of them.
const maxTerms = 8

// termsOf returns the terms of a needle: the marked beginning of a short one; of a longer one its first and last gram, and some between.
func termsOf(s []byte, short bool) []string {
	if short {
		return []string{string(begin(s))}
	}
	runes := []rune(string(s))
	grams := len(runes) - gramSize + 1
	n := min(grams, maxTerms)
	terms := make([]string, n)
	for i := range n {
		at := i
		if n > 1 {
			at = i * (grams - 1) / (n - 1)
		}
		terms[i] = string(runes[at : at+gramSize])
	}
	return terms
}
