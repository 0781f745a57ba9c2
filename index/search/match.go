package search

import (
	"bytes"
	"unicode/utf8"
)

// A tier says how well a text answers a query. Lower is better.
type tier uint8

const (
	tierWord   tier = iota // every needle is a whole word of a name, or the whole e-mail address or phone number
	tierPrefix             // every needle is the beginning of one, or all of it
	tierInside             // a needle is somewhere else
	tierCount
)

// match reports whether a text answers the query, and how well: as well as the needle that matches worst. What match says counts; Bleve
// only proposes the texts.
func (q *Query) match(text []byte) (tier, bool) {
	worst := tierWord
	for i := range q.needles {
		t, ok := q.needles[i].match(text)
		if !ok {
			return tierInside, q.hasPhrase(text)
		}
		worst = max(worst, t)
	}
	return worst, true
}

func (q *Query) hasPhrase(text []byte) bool {
	return q.phrase != nil && bytes.Contains(text, q.phrase)
}

func (n *needle) match(text []byte) (tier, bool) {
	best, ok := n.find(text, n.text, 0)
	if n.digits == nil {
		return best, ok
	}
	for _, digits := range n.digits {
		if t, found := n.find(text, digits, skipLines(text, phoneLines)); found {
			best, ok = min(best, t), true
		}
	}
	return best, ok
}

// find searches the text for s from a place on, and returns the tier of the best match. A match of a short needle must be the
// beginning of something.
func (n *needle) find(text, s []byte, from int) (best tier, ok bool) {
	best = tierCount
	names := -1
	for best > tierWord {
		i := indexOf(text[from:], s)
		if i < 0 {
			break
		}
		at := from + i
		t := tierInside
		if at == 0 || !alnum[text[at-1]] { // nothing begins after a letter or digit
			if names < 0 {
				names = skipLines(text, nameLines)
			}
			t = place(text, at, at+len(s), at < names)
		}
		if !n.short || t < tierInside {
			best = min(best, t)
		}
		from = at + 1
	}
	return best, best < tierCount
}

// indexOf is bytes.Index, which is faster for at most 64 bytes: there it uses vector instructions.
func indexOf(text, s []byte) int {
	const piece = 64
	if len(text) <= piece || len(s) == 1 || len(s) > piece/2 {
		return bytes.Index(text, s)
	}
	if i := bytes.Index(text[:piece], s); i >= 0 {
		return i
	}
	rest := piece - len(s) + 1
	if i := bytes.Index(text[rest:], s); i >= 0 {
		return rest + i
	}
	return -1
}

// alnum says which bytes are ASCII letters and digits.
var alnum = func() (set [256]bool) {
	for c := range rune(utf8.RuneSelf) {
		set[c] = isLetter(c)
	}
	return set
}()

// place returns the tier of a match at text[at:end]. A match in the names is compared with words, in other lines with the whole line.
func place(text []byte, at, end int, inNames bool) tier {
	begins, ends := at == 0 || text[at-1] == '\n', text[end] == '\n'
	if inNames {
		begins, ends = !letterBefore(text, at), !letterAfter(text, end)
	}
	switch {
	case begins && ends:
		return tierWord
	case begins:
		return tierPrefix
	}
	return tierInside
}
