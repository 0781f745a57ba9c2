package search

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
	maxRun   = 3 // words in a row that may be one

	maxTypoWords = 6 // of a query whose words may have typos: each costs a walk through all words of the index
)

// A Query is what a user searches for. The zero value is a query that every text answers.
type Query struct {
	needles []needle // its words
	runs    []run
	all     needle // all that was typed, from its first letter to its last
	phrase  []byte // the same, folded
}

// A needle is what is searched for at once: a word of a query, words in a row as if they were one, a part of an e-mail address, or a
// whole query that reads as a phone number.
type needle struct {
	text    []byte   // as typed, folded; nil if it has spaces, for then only names have it
	letters []byte   // of text, what divides them left out
	rare    byte     // of letters the one that fewest names have
	short   bool     // has fewer than gramSize letters, so that it matches beginnings only
	digits  [][]byte // of a phone number: digits that its forms may contain in place of text
	typos   int      // how many typos a word of a name may have
	fewer   int      // how many letters fewer it may have: a whole word of a run is no typo
	runes   []rune   // of letters
}

// plain reports whether the text has letters and digits only.
func (n *needle) plain() bool { return len(n.text) == len(n.letters) }

// A run is words of a query that stand in a row, as if they were one: the needles from first to last.
type run struct {
	needle
	first, last int
	rescues     bool // finds a short word that no shorter run within this one would find
}

// has reports whether a needle is of the run.
func (r *run) has(i int) bool { return r.first <= i && i <= r.last }

// ParseQuery parses what a user typed. Its errors match ErrQuery and are sentences for the user. A query without a letter or digit is
// the zero value.
func ParseQuery(s string) (Query, error) {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) {
		return Query{}, queryError("Must be valid UTF-8")
	}
	if n := utf8.RuneCountInString(s); n > maxQuery {
		return Query{}, queryError(fmt.Sprintf("Must have at most %d characters, has %d", maxQuery, n))
	}
	folded := string(text.AppendSpaced(nil, text.Fold(s)))
	words := wordsOf(folded)
	if len(words) == 0 {
		return Query{}, nil
	}
	phrase := trimmed(folded)
	q := Query{phrase: []byte(phrase), all: needleOf(phrase)}
	if phone, ok := phoneNeedle(folded); ok {
		q.needles = []needle{phone}
		return q, nil
	}
	if len(words) > maxWords {
		return Query{}, queryError(fmt.Sprintf("Must have at most %d words, has %d", maxWords, len(words)))
	}
	for _, w := range words {
		q.needles = append(q.needles, needleOf(folded[w.from:w.to]))
	}
	q.runs = runsOf(folded, words, q.needles)
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
	n := needleOf(folded)
	n.digits = [][]byte{[]byte(digits)}
	if rest := strings.TrimPrefix(text.Digits(text.WithoutTrunk(folded)), "00"); rest != digits && len(rest) >= gramSize {
		n.digits = append(n.digits, []byte(rest))
	}
	return n, true
}

// needleOf returns the needle of a part of a folded query.
func needleOf(part string) needle {
	letters := text.Joined(part)
	n := utf8.RuneCountInString(letters)
	needle := needle{letters: []byte(letters), rare: rarest(letters), short: n < gramSize, runes: []rune(letters)}
	if !strings.Contains(part, " ") {
		needle.text = []byte(part)
	}
	if !strings.Contains(part, "@") {
		needle.typos = typosOf(letters, n)
		needle.fewer = needle.typos
	}
	return needle
}

// rarest returns the byte of a word that fewest names have. Of an Arabic letter, the last byte tells more than the first.
func rarest(letters string) byte {
	for _, c := range []byte("qxzwvjpkgcydfbutohsmrnlei") {
		if strings.IndexByte(letters, c) >= 0 {
			return c
		}
	}
	return letters[len(letters)-1]
}

// mayHaveTypos reports whether matchTypos may accept texts that match does not.
func (q *Query) mayHaveTypos() bool {
	return len(q.needles) <= maxTypoWords && (slices.ContainsFunc(q.needles, func(n needle) bool { return n.typos > 0 }) ||
		slices.ContainsFunc(q.runs, func(r run) bool { return r.typos > 0 }))
}
