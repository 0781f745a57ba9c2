package search

import (
	"unicode/utf8"

	"crm/store/text"
)

// matchTypos reports whether a text answers the query when its words may have typos: a word may be a few edits away from a word of
// a name.
func (q *Query) matchTypos(lines []byte) bool {
	if _, ok := q.matchNumbers(lines); !ok {
		return q.hasPhrase(lines)
	}
	for i := range q.needles {
		n := &q.needles[i]
		if _, ok := n.find(lines, n.text, 0); !ok && !n.near(lines) {
			return q.hasPhrase(lines)
		}
	}
	return true
}

// near reports whether a word of the names differs from the needle by no more typos than it may have.
func (n *needle) near(lines []byte) bool {
	if n.typos == 0 {
		return false
	}
	var b [maxWordRunes + 2]rune
	found := false
	eachWord(lines, func(word []byte) bool {
		if size := utf8.RuneCount(word); abs(size-len(n.runes)) <= n.typos {
			found = distance(n.runes, decode(b[:0], word)) <= n.typos
		}
		return !found
	})
	return found
}

// maxWordRunes bounds the length of words that are compared.
const maxWordRunes = 64

func decode(dst []rune, s []byte) []rune {
	for _, r := range string(s) {
		dst = append(dst, r)
	}
	return dst
}

// eachWord calls visit with the words of a text's names until it returns false.
func eachWord(lines []byte, visit func(word []byte) bool) {
	names := lines[:skipLines(lines, nameLines)]
	start := -1
	for at := 0; at < len(names); {
		letter, size := alnum[names[at]], 1
		if names[at] >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRune(names[at:])
			letter = text.IsLetter(r)
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

// distance returns how many insertions, deletions, substitutions and swaps of neighbours lead from a to b (optimal string alignment).
// Both have at most maxWordRunes+2 runes.
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
