package search

import (
	"unicode/utf8"

	"crm/store/text"
)

// beginMarker is put before the terms for beginnings of words. No text contains it.
const beginMarker = 1

// appendGrams appends the terms of a text, some of them more than once. They are every sequence of three runes in a line and, after
// beginMarker, the first rune and the first two runes of each word of the names, of the e-mail address and of the forms of the phone
// number, because a short needle matches beginnings only.
func appendGrams(terms [][]byte, lines []byte) [][]byte {
	line, before := 0, false // before: the rune before at belongs to the same word, e-mail address or number
	for at := 0; at < len(lines); {
		if lines[at] == '\n' {
			line, before = line+1, false
			at++
			continue
		}
		r, one := utf8.DecodeRune(lines[at:])
		two := one + runeAt(lines, at+one)
		if !before {
			terms = append(terms, begin(lines[at:at+one]))
			if two > one {
				terms = append(terms, begin(lines[at:at+two]))
			}
		}
		if three := two + runeAt(lines, at+two); two > one && three > two {
			terms = append(terms, lines[at:at+three])
		}
		before = line >= nameLines || text.IsLetter(r)
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

// clauses returns what a document must have to be a candidate: a clause for each needle, then one for each number. Every matching text
// satisfies them, and other texts may too.
func (q *Query) clauses() []clause {
	clauses := make([]clause, len(q.needles))
	for i := range q.needles {
		n := &q.needles[i]
		clauses[i].anyOf = append(clauses[i].anyOf, termsOf(n.text, n.short))
		if n.short && q.phrase != nil {
			clauses[i].anyOf = append(clauses[i].anyOf, termsOf(q.phrase, false))
		}
	}
	for i := range q.numbers {
		clauses = append(clauses, q.numbers[i].clause())
	}
	return clauses
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
