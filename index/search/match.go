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
	query  *Query
	lines  []byte // the text
	names  int    // where its names end, 0 before it is known
	joined text.Letters
	joins  bool // joined has the letters of the names
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
func (m *matcher) read(lines []byte) { m.lines, m.names, m.joins = lines, 0, false }

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
		worst = min(worst, m.findJoined(all.letters, all.rare, all.short))
	}
	if worst == tierWord && m.findPlain(m.query.phrase, 0, true) == tierWord {
		return tierExact
	}
	return worst
}

// find returns the tier of the best match of a needle, and whether there is one. Where the text has it as typed and better than inside
// of a word, the joined names are not looked at.
func (m *matcher) find(n *needle) (best tier, ok bool) {
	best = tierCount
	if n.text != nil {
		if n.plain() {
			best = m.findPlain(n.text, 0, n.short)
		} else {
			best = m.findPlain(n.text, m.namesEnd(), false)
		}
	}
	if best > tierPrefix && len(n.letters) > 1 { // a single letter that no word begins with begins nothing here either
		best = min(best, m.findJoined(n.letters, n.rare, n.short))
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

// findJoined is findPlain for letters in the names, whatever divides the words there.
func (m *matcher) findJoined(letters []byte, rare byte, begins bool) (best tier) {
	best = tierCount
	if names := m.namesEnd(); len(letters) > names || bytes.IndexByte(m.lines[:names], rare) < 0 {
		return best
	}
	joined := m.join()
	for from := 0; best > tierWord; {
		i := indexOf(joined.Text[from:], letters)
		if i < 0 {
			break
		}
		at := from + i
		switch {
		case joined.Begins[at] && joined.Begins[at+len(letters)]:
			best = tierWord
		case joined.Begins[at]:
			best = min(best, tierPrefix)
		case !begins:
			best = min(best, tierInside)
		}
		from = at + 1
	}
	return best
}

// join returns the letters of the names.
func (m *matcher) join() *text.Letters {
	if !m.joins {
		m.joined.Set(m.lines[:m.namesEnd()])
		m.joins = true
	}
	return &m.joined
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
