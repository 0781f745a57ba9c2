package text

import (
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// Words returns the words of a text, folded: its runs of letters and digits. All else divides words.
func Words(s string) iter.Seq[string] {
	return strings.FieldsFuncSeq(Fold(s), func(r rune) bool { return !IsLetter(r) })
}

// Joined returns the letters and digits of a text, folded, without what divides its words. It is "elqabbaj" for "El Qabbaj",
// "El-Qabbaj" and "Elqabbaj": people write one name in all these ways.
func Joined(s string) string {
	return strings.Map(func(r rune) rune {
		if IsLetter(r) {
			return r
		}
		return -1
	}, Fold(s))
}

// Letters are the letters and digits of folded lines without what divides their words, and where the words begin. Lines still end
// with '\n'.
type Letters struct {
	Text   []byte
	Begins []bool // by place in Text: whether a word begins there, or a line ends
}

// Set replaces the letters by those of other lines.
func (l *Letters) Set(lines []byte) {
	letters, begins := slices.Grow(l.Text[:0], len(lines))[:len(lines)], slices.Grow(l.Begins[:0], len(lines))[:len(lines)]
	n, next := 0, true // next: a word begins with the next letter
	for at := 0; at < len(lines); {
		c := lines[at]
		size, letter := 1, asciiLetters[c]
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRune(lines[at:])
			letter = IsLetter(r)
		}
		switch {
		case letter && size == 1:
			letters[n], begins[n] = c, next
			n, next = n+1, false
		case letter:
			copy(letters[n:], lines[at:at+size])
			clear(begins[n : n+size])
			begins[n] = next
			n, next = n+size, false
		case c == '\n':
			letters[n], begins[n] = c, true
			n, next = n+1, true
		default:
			next = true
		}
		at += size
	}
	l.Text, l.Begins = letters[:n], begins[:n]
}

// Runs calls visit with every word of the letters, and with up to most words in a row as if they were one, until visit returns false.
func (l *Letters) Runs(most int, visit func(run []byte) bool) {
	for from := range l.Text {
		if !l.Begins[from] || l.Text[from] == '\n' {
			continue
		}
		words := 0
		for to := from + 1; words < most && to <= len(l.Text); to++ {
			if to < len(l.Text) && !l.Begins[to] {
				continue
			}
			if !visit(l.Text[from:to]) {
				return
			}
			if words++; to < len(l.Text) && l.Text[to] == '\n' {
				break
			}
		}
	}
}
