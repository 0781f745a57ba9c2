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

	// Each word that may have typos costs a walk through all words of the index, which is a long one for two typos.
	maxTypoWords = 6 // of a query whose words may have typos
	maxTwoTypos  = 3 // of a query whose words may have two each
)

// A Query is what a user searches for. A text answers it when it has every needle and every number. The zero value is a query that every
// text answers.
type Query struct {
	needles []needle // its words
	numbers []number
	runs    []run
	all     needle // all that was typed, from its first letter to its last
	phrase  []byte // the same, folded
}

// A needle is a part of a query that is searched for: a word, words in a row as if they were one, or a part of an e-mail address.
type needle struct {
	text    []byte // as typed, folded; nil if it has spaces, for then only names have it
	letters []byte // of text, what divides them left out
	rare    int    // the place in letters of the byte that fewest names have
	short   bool   // has fewer than gramSize letters, so that it matches beginnings only
	typos   int    // how many typos a word of a name may have
	fewer   int    // how many letters fewer it may have: a whole word of a run is no typo
	runes   []rune // of letters
}

// plain reports whether the text has letters and digits only.
func (n *needle) plain() bool { return len(n.text) == len(n.letters) }

// allow lowers how many typos a word of a name may have.
func (n *needle) allow(typos int) {
	n.typos = min(n.typos, typos)
	n.fewer = n.typos
}

// A run is words of a query that stand in a row, as if they were one: the needles from first to last.
type run struct {
	needle
	first, last int
	rescues     bool // finds a short word that no shorter run within this one would find
}

// has reports whether a needle is of the run.
func (r *run) has(i int) bool { return r.first <= i && i <= r.last }

// ParseQuery parses what a user typed. home is the country of phone numbers without a country code. Its errors match ErrQuery and are
// sentences for the user. A query without a letter or digit is the zero value.
func ParseQuery(s string, home text.Country) (Query, error) {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) {
		return Query{}, queryError("Must be valid UTF-8")
	}
	if n := utf8.RuneCountInString(s); n > maxQuery {
		return Query{}, queryError(fmt.Sprintf("Must have at most %d characters, has %d", maxQuery, n))
	}
	folded := string(text.AppendSpaced(nil, text.Fold(s)))
	phrase := trimmed(folded)
	if phrase == "" {
		return Query{}, nil
	}
	numbers, others := text.SplitNumbers(strings.Fields(folded), gramSize)
	named := strings.Join(others, " ")
	words := wordsOf(named)
	q := Query{numbers: newNumbers(numbers, len(words) > 0, home), needles: needlesOf(named, words), phrase: []byte(phrase), all: needleOf(phrase)}
	if n := q.parts(); n > maxWords {
		return Query{}, queryError(fmt.Sprintf("Must have at most %d words, has %d", maxWords, n))
	}
	if len(words) > maxTwoTypos {
		for i := range q.needles {
			q.needles[i].allow(1)
		}
	}
	q.runs = runsOf(named, words, q.needles)
	return q, nil
}

// parts returns how many words and numbers a text must have.
func (q *Query) parts() int { return len(q.needles) + len(q.numbers) }

// Empty reports whether every text answers.
func (q *Query) Empty() bool { return q.parts() == 0 }

// needlesOf returns the needles of words of a folded query.
func needlesOf(folded string, words []span) []needle {
	needles := make([]needle, len(words))
	for i, w := range words {
		needles[i] = needleOf(folded[w.from:w.to])
	}
	return needles
}

// needleOf returns the needle of a part of a folded query.
func needleOf(part string) needle {
	letters := text.Joined(part)
	n := utf8.RuneCountInString(letters)
	needle := needle{letters: []byte(letters), rare: rarest(letters, n < gramSize), short: n < gramSize, runes: []rune(letters)}
	if !strings.Contains(part, " ") {
		needle.text = []byte(part)
	}
	if !strings.Contains(part, "@") {
		needle.typos = typosOf(letters, n)
		needle.fewer = needle.typos
	}
	return needle
}

// mayHaveTypos reports whether matchTypos may accept texts that match does not.
func (q *Query) mayHaveTypos() bool {
	return len(q.needles) <= maxTypoWords && (slices.ContainsFunc(q.needles, func(n needle) bool { return n.typos > 0 }) ||
		slices.ContainsFunc(q.runs, func(r run) bool { return r.typos > 0 }))
}
