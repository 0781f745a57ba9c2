package search

import "unicode/utf8"

// matchTypos reports whether a text answers the query when its words may have typos: a word, alone or as one with the words beside it,
// may be a few edits away from a word of a name, or from words of it in a row.
func (m *matcher) matchTypos(lines []byte) (tier, bool) {
	m.read(lines)
	if _, ok := m.matchNumbers(); !ok {
		return tierInside, false
	}
	for i := range m.query.needles {
		n := &m.query.needles[i]
		if _, ok := m.find(n); !ok && !m.near(n) && !m.nearRun(i) && !m.findRun(i) {
			return tierInside, false
		}
	}
	return tierInside, true
}

// nearRun reports whether one of the runs that have a word is near.
func (m *matcher) nearRun(i int) bool {
	for at := range m.query.runs {
		if r := &m.query.runs[at]; r.has(i) && m.near(&r.needle) {
			return true
		}
	}
	return false
}

// near reports whether words of the names differ from the needle by no more typos than it may have.
func (m *matcher) near(n *needle) bool {
	if n.typos == 0 {
		return false
	}
	if len(m.words.Text) == 0 {
		m.words.Set(m.lines[:m.namesEnd()])
	}
	var b [maxWordRunes + 2]rune
	found := false
	m.words.Runs(maxRun, func(word []byte) bool {
		if more := utf8.RuneCount(word) - len(n.runes); -n.fewer <= more && more <= n.typos {
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
