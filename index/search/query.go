package search

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"crm/store"
)

// ErrQuery is matched by the errors about texts that cannot be searched for.
var ErrQuery = errors.New("text cannot be searched for")

// A queryError is a sentence for the user who typed the text.
type queryError string

func (e queryError) Error() string { return string(e) }
func (e queryError) Unwrap() error { return ErrQuery }

const (
	maxQuery = 200 // characters
	maxWords = 16
	gramSize = 3 // runes; shorter words match beginnings only
)

// A Query is what a customer's text must have: every needle, or the phrase.
type Query struct {
	needles []needle
	// phrase is the whole query when some of its words are too short to be found inside others: "d hassan" stands
	// in "ahmed hassan", though no word begins with d.
	phrase []byte
}

// A needle is one word of a query, or a whole query that reads as a phone number.
type needle struct {
	text   []byte   // folded
	short  bool     // less than gramSize runes: only beginnings match
	digits [][]byte // of a phone number: what its forms may contain instead of text
	typos  int      // edit distance at which a word of a name still matches
	runes  []rune   // of text
}

// ParseQuery reads what a user typed. The error matches ErrQuery.
func ParseQuery(s string) (Query, error) {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) {
		return Query{}, queryError("Must be valid UTF-8")
	}
	if n := utf8.RuneCountInString(s); n > maxQuery {
		return Query{}, queryError(fmt.Sprintf("Must have at most %d characters, has %d", maxQuery, n))
	}
	folded := string(appendSpaced(nil, store.Fold(s)))
	if phone, ok := phoneNeedle(folded); ok {
		return Query{needles: []needle{phone}}, nil
	}
	var q Query
	for word := range strings.FieldsSeq(folded) {
		n := wordNeedle(word)
		if !slices.ContainsFunc(q.needles, func(o needle) bool { return string(o.text) == string(n.text) }) {
			q.needles = append(q.needles, n)
		}
		if n.short && word != folded {
			q.phrase = []byte(folded)
		}
	}
	if len(q.needles) > maxWords {
		return Query{}, queryError(fmt.Sprintf("Must have at most %d words, has %d", maxWords, len(q.needles)))
	}
	return q, nil
}

// Empty reports whether everyone answers.
func (q *Query) Empty() bool { return len(q.needles) == 0 }

// phoneNeedle takes digits and what stands between them in phone numbers as one number, spaces and all.
func phoneNeedle(folded string) (needle, bool) {
	digits := digitsOf(folded)
	between := strings.IndexFunc(folded, func(r rune) bool { return !strings.ContainsRune("0123456789 +()-./", r) })
	if between >= 0 || len(digits) < gramSize {
		return needle{}, false
	}
	n := needle{text: []byte(folded), digits: [][]byte{[]byte(digits)}}
	if rest := strings.TrimPrefix(digitsOf(withoutTrunk(folded)), "00"); rest != digits && len(rest) >= gramSize {
		n.digits = append(n.digits, []byte(rest))
	}
	return n, true
}

// wordNeedle leaves out the punctuation around a word as long as enough remains to be found anywhere.
func wordNeedle(word string) needle {
	trimmed := strings.TrimFunc(word, func(r rune) bool { return !isLetter(r) })
	if utf8.RuneCountInString(trimmed) >= gramSize {
		word = trimmed
	}
	n := utf8.RuneCountInString(word)
	return needle{text: []byte(word), short: n < gramSize, typos: typosOf(word, n), runes: []rune(word)}
}

// typosOf is how many typos a word of n runes may have: none below 5 and in numbers, 1 from 5, 2 from 9.
func typosOf(word string, n int) int {
	switch {
	case n < 5 || n >= maxWordRunes || strings.ContainsFunc(word, unicode.IsDigit):
		return 0
	case n < 9:
		return 1
	}
	return 2
}

// mayHaveTypos reports whether matchTypos can find what match does not.
func (q *Query) mayHaveTypos() bool {
	return slices.ContainsFunc(q.needles, func(n needle) bool { return n.typos > 0 })
}
