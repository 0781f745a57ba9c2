package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"crm/store/text"
)

// A span is where a word of a folded query begins and ends.
type span struct{ from, to int }

// wordsOf returns the words of a folded query: its runs of letters and digits, for all else divides words. A part of an e-mail address
// with an @ inside is one word.
func wordsOf(folded string) (words []span) {
	seen := make(map[string]bool)
	add := func(from, to int) {
		if word := folded[from:to]; !seen[word] {
			seen[word] = true
			words = append(words, span{from, to})
		}
	}
	for from, to := range pieces(folded, dividesAddresses) {
		from, to = trim(folded, from, to)
		if strings.Contains(folded[from:to], "@") {
			add(from, to)
			continue
		}
		for begin, end := range pieces(folded[from:to], func(r rune) bool { return !text.IsLetter(r) }) {
			add(from+begin, from+end)
		}
	}
	return words
}

// dividesAddresses reports whether a character stands between two e-mail addresses, and never in one.
func dividesAddresses(r rune) bool {
	return strings.ContainsRune(` ,;:<>()[]"\`, r) || r >= utf8.RuneSelf && !text.IsLetter(r)
}

// pieces yields where the pieces between the dividing characters of s begin and end.
func pieces(s string, divides func(rune) bool) func(yield func(from, to int) bool) {
	return func(yield func(from, to int) bool) {
		from := 0
		for at, r := range s + " " {
			if at < len(s) && !divides(r) {
				continue
			}
			if at > from && !yield(from, at) {
				return
			}
			from = at + utf8.RuneLen(r)
		}
	}
}

// trim moves the ends of a piece of s to its first and its last letter.
func trim(s string, from, to int) (int, int) {
	notLetter := func(r rune) bool { return !text.IsLetter(r) }
	to = from + len(strings.TrimRightFunc(s[from:to], notLetter))
	return to - len(strings.TrimLeftFunc(s[from:to], notLetter)), to
}

// trimmed returns s from its first letter to its last.
func trimmed(s string) string {
	from, to := trim(s, 0, len(s))
	return s[from:to]
}

// runsOf returns the runs of two words and more of a folded query, the shorter ones first. A run may have one typo, for two are slow to
// look up and its words may have more.
func runsOf(folded string, words []span, needles []needle) (runs []run) {
	for size := 2; size <= maxRun; size++ {
		for first := range len(words) - size + 1 {
			last := first + size - 1
			r := run{needleOf(folded[words[first].from:words[last].to]), first, last, false}
			shortest := slices.MinFunc(needles[first:last+1], func(a, b needle) int { return cmp.Compare(len(a.runes), len(b.runes)) })
			r.allow(1)
			r.fewer = min(r.fewer, len(shortest.runes)-1)
			for i := first; i <= last && !r.rescues; i++ {
				r.rescues = needles[i].short && !slices.ContainsFunc(runs, func(o run) bool { return o.has(i) && !o.short && r.has(o.first) && r.has(o.last) })
			}
			runs = append(runs, r)
		}
	}
	return runs
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
