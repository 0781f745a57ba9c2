package search

import (
	"bytes"

	"crm/store/text"
)

// A tier tells how well a text answers a query. Lower is better.
type tier uint8

const (
	tierExact  tier = iota // a name has the whole query as it was typed, as whole words; or it is the whole e-mail address or phone number
	tierWord               // every word is a whole word of a name, or whole words in a row; or the whole e-mail address or phone number
	tierPrefix             // every word is the beginning of one, or all of it
	tierInside             // a word is somewhere else
	tierCount
)

// A matcher decides of texts, one after the other, whether they answer a query. Bleve only proposes the texts.
type matcher struct {
	query *Query
	lines []byte       // the text
	names int          // where its names end, 0 before it is known
	words text.Letters // of the names, for typos; empty before it is known
}

// match reports whether a text answers the query, and how well, which is the tier of the word or number that matches worst.
func (m *matcher) match(lines []byte) (tier, bool) {
	m.read(lines)
	worst, ok := m.matchNumbers()
	if !ok {
		return tierInside, false
	}
	for i := range m.query.needles {
		t, ok := m.find(&m.query.needles[i])
		if !ok {
			if !m.findRun(i) {
				return tierInside, false
			}
			t = tierInside
		}
		worst = max(worst, t)
	}
	return m.rank(worst), true
}

// read makes lines the text of the matcher.
func (m *matcher) read(lines []byte) { m.lines, m.names, m.words.Text = lines, 0, m.words.Text[:0] }

// findRun reports whether a word that is not found, for it is short and begins nothing, is found as one with the words beside it.
func (m *matcher) findRun(i int) bool {
	if !m.query.needles[i].short {
		return false
	}
	for at := range m.query.runs {
		if r := &m.query.runs[at]; r.rescues && r.has(i) {
			if _, ok := m.find(&r.needle); ok {
				return true
			}
		}
	}
	return false
}

// rank returns the tier of a text from that of its worst word: it is better if all words are found as one, or as they were typed.
func (m *matcher) rank(worst tier) tier {
	if m.query.Empty() {
		return tierExact
	}
	if all := &m.query.all; worst > tierWord && m.query.parts() > 1 {
		worst = min(worst, m.findJoined(all))
	}
	if worst == tierWord && m.findPlain(m.query.phrase, 0, true) == tierWord {
		return tierExact
	}
	return worst
}

// find returns the tier of the best match of a needle, and whether there is one: of its letters in the names, or of its text in the other
// lines.
func (m *matcher) find(n *needle) (best tier, ok bool) {
	best = m.findJoined(n)
	if best > tierWord && n.text != nil {
		best = min(best, m.findPlain(n.text, m.namesEnd(), n.short && n.plain()))
	}
	return best, best < tierCount
}

// findPlain searches the text for s from a place on, and returns the tier of the best match, tierCount if there is none. With begins, a
// match must be the beginning of something.
func (m *matcher) findPlain(s []byte, from int, begins bool) (best tier) {
	best = tierCount
	for lines := m.lines; best > tierWord; {
		i := indexOf(lines[from:], s)
		if i < 0 {
			break
		}
		at := from + i
		t := tierInside
		if at == 0 || !alnum[lines[at-1]] { // nothing begins after a letter or digit
			t = place(lines, at, at+len(s), at < m.namesEnd())
		}
		if !begins || t < tierInside {
			best = min(best, t)
		}
		from = at + 1
	}
	return best
}

// namesEnd returns where the names of the text end.
func (m *matcher) namesEnd() int {
	if m.names == 0 {
		m.names = skipLines(m.lines, nameLines)
	}
	return m.names
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
	for c := range rune(128) {
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
