package search

import (
	"bytes"
	"unicode/utf8"

	"crm/store/text"
)

// A tier tells how well a text answers a query. Lower is better.
type tier uint8

const (
	tierWord   tier = iota // every needle is a whole word of a name, or the whole e-mail address or phone number
	tierPrefix             // every needle is the beginning of one, or all of it
	tierInside             // a needle is somewhere else
	tierCount
)

// match reports whether a text answers the query, and how well, which is the tier of the needle that matches worst. Bleve only proposes
// texts; match decides.
func (q *Query) match(lines []byte) (tier, bool) {
	worst, ok := q.matchNumbers(lines)
	if !ok {
		return tierInside, q.hasPhrase(lines)
	}
	for i := range q.needles {
		n := &q.needles[i]
		t, ok := n.find(lines, n.text, 0)
		if !ok {
			return tierInside, q.hasPhrase(lines)
		}
		worst = max(worst, t)
	}
	return worst, true
}

func (q *Query) hasPhrase(lines []byte) bool {
	return q.phrase != nil && bytes.Contains(lines, q.phrase)
}

// find searches the text for s from a place on, and returns the tier of the best match. A match of a short needle must be the
// beginning of something.
func (n *needle) find(lines, s []byte, from int) (best tier, ok bool) {
	best = tierCount
	names := -1
	for best > tierWord {
		i := indexOf(lines[from:], s)
		if i < 0 {
			break
		}
		at := from + i
		t := tierInside
		if at == 0 || !alnum[lines[at-1]] { // nothing begins after a letter or digit
			if names < 0 {
				names = skipLines(lines, nameLines)
			}
			t = place(lines, at, at+len(s), at < names)
		}
		if !n.short || t < tierInside {
			best = min(best, t)
		}
		from = at + 1
	}
	return best, best < tierCount
}

// indexOf returns the same as bytes.Index. It searches the first 64 bytes separately, because for at most so many bytes bytes.Index
// uses vector instructions.
func indexOf(lines, s []byte) int {
	const piece = 64
	if len(lines) <= piece || len(s) == 1 || len(s) > piece/2 {
		return bytes.Index(lines, s)
	}
	if i := bytes.Index(lines[:piece], s); i >= 0 {
		return i
	}
	rest := piece - len(s) + 1
	if i := bytes.Index(lines[rest:], s); i >= 0 {
		return rest + i
	}
	return -1
}

// alnum has the ASCII letters and digits.
var alnum = func() (set [256]bool) {
	for c := range rune(utf8.RuneSelf) {
		set[c] = text.IsLetter(c)
	}
	return set
}()

// place returns the tier of a match at text[at:end]. A match in the names is compared with words, in other lines with the whole line.
func place(lines []byte, at, end int, inNames bool) tier {
	begins, ends := at == 0 || lines[at-1] == '\n', lines[end] == '\n'
	if inNames {
		begins, ends = !text.LetterBefore(lines, at), !text.LetterAfter(lines, end)
	}
	switch {
	case begins && ends:
		return tierWord
	case begins:
		return tierPrefix
	}
	return tierInside
}
