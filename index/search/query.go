package search

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"crm/store/text"
)

// ErrQuery is matched by the errors about texts that cannot be searched for.
var ErrQuery = errors.New("text cannot be searched for")

// A queryError is a sentence for the user who typed the query.
type queryError string

func (e queryError) Error() string { return string(e) }
func (e queryError) Unwrap() error { return ErrQuery }

const (
	maxQuery = 200 // characters
	maxWords = 16
	gramSize = 3 // runes; shorter words match beginnings only
)

// A Query is what a user searches for. A text answers it when it has every needle, or the phrase. The zero value is a query that every
// text answers.
type Query struct {
	needles []needle
	// phrase is the whole query when one of several words is too short to be found inside other words. It finds "ahmed hassan" for
	// "d hassan", though none of the words begins with d.
	phrase []byte
}

// A needle is one word of a query, or a whole query that reads as a phone number.
type needle struct {
	text   []byte   // folded
	short  bool     // shorter than gramSize, so that it matches beginnings only
	digits [][]byte // of a phone number: digits that its forms may contain in place of text
	typos  int      // how many typos a word of a name may have
	runes  []rune   // of text
}

// ParseQuery parses what a user typed. Its errors match ErrQuery and are sentences for the user.
func ParseQuery(s string) (Query, error) {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) {
		return Query{}, queryError("Must be valid UTF-8")
	}
	if n := utf8.RuneCountInString(s); n > maxQuery {
		return Query{}, queryError(fmt.Sprintf("Must have at most %d characters, has %d", maxQuery, n))
	}
	folded := string(text.AppendSpaced(nil, text.Fold(s)))
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

// Empty reports whether every text answers.
func (q *Query) Empty() bool { return len(q.needles) == 0 }

// phoneNeedle returns the needle of a query that is one phone number: digits, and what people write between them.
func phoneNeedle(folded string) (needle, bool) {
	digits := text.Digits(folded)
	between := strings.IndexFunc(folded, func(r rune) bool { return !strings.ContainsRune("0123456789 +()-./", r) })
	if between >= 0 || len(digits) < gramSize {
		return needle{}, false
	}
	n := needle{text: []byte(folded), digits: [][]byte{[]byte(digits)}}
	if rest := strings.TrimPrefix(text.Digits(text.WithoutTrunk(folded)), "00"); rest != digits && len(rest) >= gramSize {
		n.digits = append(n.digits, []byte(rest))
	}
	return n, true
}

// wordNeedle returns the needle of a word. It removes the punctuation around the word, unless what remains is short.
func wordNeedle(word string) needle {
	trimmed := strings.TrimFunc(word, func(r rune) bool { return !text.IsLetter(r) })
	if utf8.RuneCountInString(trimmed) >= gramSize {
		word = trimmed
	}
	n := utf8.RuneCountInString(word)
	return needle{text: []byte(word), short: n < gramSize, typos: typosOf(word, n), runes: []rune(word)}
}

// typosOf returns how many typos a word of n runes may have: 1 from 5 runes on, 2 from 9, and none in words with digits.
func typosOf(word string, n int) int {
	switch {
	case n < 5 || n >= maxWordRunes || strings.ContainsFunc(word, unicode.IsDigit):
		return 0
	case n < 9:
		return 1
	}
	return 2
}

// mayHaveTypos reports whether matchTypos may accept texts that match does not.
func (q *Query) mayHaveTypos() bool {
	return slices.ContainsFunc(q.needles, func(n needle) bool { return n.typos > 0 })
}
