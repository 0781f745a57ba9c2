package search

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"crm/store/text"
)

// findJoined returns the tier of the best match of a needle's letters in the names, whatever divides the words there. It is tierCount if
// there is none.
func (m *matcher) findJoined(n *needle) (best tier) {
	best = tierCount
	names := m.lines[:m.namesEnd()]
	for from := 0; best > tierWord; {
		i := bytes.IndexByte(names[from:], n.letters[n.rare])
		if i < 0 {
			break
		}
		at := from + i
		from = at + 1
		if n.short && at > 0 && alnum[names[at-1]] { // nothing begins after a letter or digit
			continue
		}
		if begin, end, ok := n.around(names, at); ok {
			if t := place(names, begin, end, true); !n.short || t < tierInside {
				best = min(best, t)
			}
		}
	}
	return best
}

// around returns where a match of the needle's letters begins and ends that has its rare byte at a place in the names.
func (n *needle) around(names []byte, at int) (begin, end int, ok bool) {
	middle := n.rare
	for ; !utf8.RuneStart(n.letters[middle]); middle-- {
		at--
	}
	if at < 0 || !utf8.RuneStart(names[at]) {
		return 0, 0, false
	}
	if end, ok = matchAhead(names, at, n.letters[middle:]); !ok {
		return 0, 0, false
	}
	begin, ok = matchBack(names, at, n.letters[:middle])
	return begin, end, ok
}

// matchAhead returns where letters end that begin at a place in the names. It passes over what divides words, but for the end of a line.
func matchAhead(names []byte, at int, letters []byte) (end int, ok bool) {
	for len(letters) > 0 {
		size := 1
		if names[at] >= utf8.RuneSelf {
			_, size = utf8.DecodeRune(names[at:])
		}
		one := names[at : at+size]
		switch {
		case bytes.HasPrefix(letters, one):
			letters = letters[size:]
		case one[0] == '\n' || text.LetterAfter(one, 0):
			return 0, false
		}
		at += size
	}
	return at, true
}

// matchBack returns where letters begin that end at a place in the names, as matchAhead.
func matchBack(names []byte, at int, letters []byte) (begin int, ok bool) {
	for len(letters) > 0 {
		if at == 0 {
			return 0, false
		}
		size := 1
		if names[at-1] >= utf8.RuneSelf {
			_, size = utf8.DecodeLastRune(names[:at])
		}
		one := names[at-size : at]
		switch {
		case bytes.HasSuffix(letters, one):
			letters = letters[:len(letters)-size]
		case one[0] == '\n' || text.LetterAfter(one, 0):
			return 0, false
		}
		at -= size
	}
	return at, true
}

// rarest returns the place in a word of the byte that fewest names have; of a short word, which matches beginnings only, one of its first
// letter. Of an Arabic letter, the last byte tells more than the first.
func rarest(letters string, short bool) int {
	if short {
		_, size := utf8.DecodeRuneInString(letters)
		return size - 1
	}
	for _, c := range []byte("qxzwvjpkgcydfbutohsmrnlei") {
		if i := strings.IndexByte(letters, c); i >= 0 {
			return i
		}
	}
	return strings.IndexByte(letters, letters[len(letters)-1])
}
