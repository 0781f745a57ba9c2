package index

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
func (q *query) match(text []byte) (tier, bool) {
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

func (q *query) hasPhrase(text []byte) bool {
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

// matchTypos is match where a word may also be a few edits away from a whole word of a name.
func (q *query) matchTypos(text []byte) bool {
	for i := range q.needles {
		n := &q.needles[i]
		if _, ok := n.match(text); !ok && !n.near(text) {
			return q.hasPhrase(text)
		}
	}
	return true
}

// near reports whether a word of the names is within the needle's number of typos.
func (n *needle) near(text []byte) bool {
	if n.typos == 0 {
		return false
	}
	var b [maxWordRunes + 2]rune
	found := false
	eachWord(text, func(word []byte) bool {
		if size := utf8.RuneCount(word); abs(size-len(n.runes)) <= n.typos {
			found = distance(n.runes, decode(b[:0], word)) <= n.typos
		}
		return !found
	})
	return found
}

// maxWordRunes bounds the words that are compared with typos.
const maxWordRunes = 64

func decode(dst []rune, s []byte) []rune {
	for _, r := range string(s) {
		dst = append(dst, r)
	}
	return dst
}

// eachWord visits the words of a text's name lines until visit returns false.
func eachWord(text []byte, visit func(word []byte) bool) {
	names := text[:skipLines(text, nameLines)]
	start := -1
	for at := 0; at < len(names); {
		letter, size := alnum[names[at]], 1
		if names[at] >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRune(names[at:])
			letter = isLetter(r)
		}
		switch {
		case letter && start < 0:
			start = at
		case !letter && start >= 0:
			if !visit(names[start:at]) {
				return
			}
			start = -1
		}
		at += size
	}
}

// distance is the number of insertions, deletions, substitutions and swaps of neighbours that lead from a to b (optimal
// string alignment). Both have at most maxWordRunes+2 runes.
func distance(a, b []rune) int {
	var rows [3][maxWordRunes + 3]uint8
	two, one, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		one[j] = uint8(j)
	}
	for i := 1; i <= len(a); i++ {
		row[0] = uint8(i)
		for j := 1; j <= len(b); j++ {
			cost := uint8(1)
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one, row = one, row, two
	}
	return int(one[len(b)])
}

func abs(n int) int { return max(n, -n) }
