package search

import (
	"bytes"
	"unicode/utf8"
)

// A tier is how well a text answers a query; lower is better.
type tier uint8

const (
	tierWord   tier = iota // every needle is a whole word of a name, or the whole e-mail or phone number
	tierPrefix             // every needle at least begins one
	tierInside             // some needle is only inside
	tierCount
)

// match reports whether a text has every needle, and how well its worst one matches. It is the truth about
// who answers a query: Bleve only proposes whom to ask it about.
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

// find looks for s from a place in the text on and returns its best tier; short needles must begin something.
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
		if at == 0 || !alnum[text[at-1]] { // nothing begins behind a letter or digit
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

// indexOf is bytes.Index, in pieces for which that has the processor's own search.
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

// alnum are the bytes of ASCII letters and digits.
var alnum = func() (set [256]bool) {
	for c := range rune(utf8.RuneSelf) {
		set[c] = isLetter(c)
	}
	return set
}()

// place is the tier of a match at text[at:end]. In names words count, in the other lines the whole line.
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
