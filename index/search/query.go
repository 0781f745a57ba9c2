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

// A Query is what a user searches for. A text answers it when it has every needle, or the phrase, and every number. The zero value is a
// query that every text answers.
type Query struct {
	needles []needle
	numbers []number
	// phrase is the whole query when one of several words is too short to be found inside other words. It finds "ahmed hassan" for
	// "d hassan", though none of the words begins with d.
	phrase []byte
}

// A needle is one word of a query.
type needle struct {
	text  []byte // folded
	short bool   // shorter than gramSize, so that it matches beginnings only
	typos int    // how many typos a word of a name may have
	runes []rune // of text
}

// ParseQuery parses what a user typed. home is the country of phone numbers without a country code. Its errors match ErrQuery and are
// sentences for the user.
func ParseQuery(s string, home text.Country) (Query, error) {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) {
		return Query{}, queryError("Must be valid UTF-8")
	}
	if n := utf8.RuneCountInString(s); n > maxQuery {
		return Query{}, queryError(fmt.Sprintf("Must have at most %d characters, has %d", maxQuery, n))
	}
	var q Query
	folded := string(text.AppendSpaced(nil, text.Fold(s)))
	numbers, words := text.SplitNumbers(strings.Fields(folded), gramSize)
	for _, typed := range numbers {
		q.numbers = append(q.numbers, newNumber(typed, numberWords(typed, len(numbers)+len(words) > 1), home))
	}
	for _, word := range words {
		n := wordNeedle(word)
		if !slices.ContainsFunc(q.needles, func(o needle) bool { return string(o.text) == string(n.text) }) {
			q.needles = append(q.needles, n)
		}
		if n.short && word != folded {
			q.phrase = []byte(folded)
		}
	}
	if n := len(q.needles) + len(q.numbers); n > maxWords {
		return Query{}, queryError(fmt.Sprintf("Must have at most %d words, has %d", maxWords, n))
	}
	return q, nil
}

// numberWords returns the needles of a number's words, which may be those of a name where something else was typed.
func numberWords(typed string, more bool) (words []needle) {
	if !more {
		return nil
	}
	for word := range strings.FieldsSeq(typed) {
		words = append(words, wordNeedle(word))
	}
	return words
}

// Empty reports whether every text answers.
func (q *Query) Empty() bool { return len(q.needles) == 0 && len(q.numbers) == 0 }

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
