package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean returns text as it is stored: in NFC, without white space and invisible characters at its ends. A text in which nothing can be
// seen is empty.
func Clean(s string) string {
	if s = compose(s); isASCII(s) {
		return strings.TrimSpace(s)
	}
	for {
		r, size := utf8.DecodeLastRuneInString(s)
		if size == 0 || !isEnd(r) || isJoiner(r) && afterVirama(s[:len(s)-size]) {
			break
		}
		s = s[:len(s)-size]
	}
	return strings.TrimLeftFunc(s, isEnd)
}

// Empty reports whether a text has nothing that can be seen.
func Empty(s string) bool { return Clean(s) == "" }

// CleanTag returns a tag as it is stored: as Clean does, and without invisible characters inside.
func CleanTag(s string) string { return Clean(drop(s, isInvisible)) }

// CleanPhone returns a phone number as it is stored: as Clean does, and without invisible characters and joiners inside. Address books
// put directional marks around numbers.
func CleanPhone(s string) string { return Clean(drop(s, isUnseen)) }

// NFC returns text in Unicode's normalization form C, in which the spellings of one letter are one.
func NFC(s string) string { return norm.NFC.String(s) }

// Caseless returns the form in which two texts are equal that differ only in case, or in how Unicode composes their letters.
func Caseless(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return compose(strings.Map(foldCase, compose(s)))
}

// foldCase returns one rune for all that differ only in case, such as Σ, σ and ς.
func foldCase(r rune) rune {
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return unicode.ToLower(least)
}

// compose returns valid UTF-8 in NFC.
func compose(s string) string {
	if isASCII(s) {
		return s
	}
	return norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))
}

// drop returns s without some of its runes.
func drop(s string, which func(rune) bool) string {
	if !strings.ContainsFunc(s, which) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if which(r) {
			return -1
		}
		return r
	}, s)
}

// isEnd reports whether r says nothing at the ends of a text.
func isEnd(r rune) bool { return isUnseen(r) || unicode.IsSpace(r) }

func isUnseen(r rune) bool { return isInvisible(r) || isJoiner(r) }

// isJoiner reports whether r is the zero width joiner or non-joiner, which decide inside a word how letters and emoji are drawn.
func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// afterVirama reports whether a joiner behind s changes how the last letter is drawn (RFC 5892, appendix A.1). Names in Malayalam may end so.
func afterVirama(s string) bool {
	const virama = 9 // canonical combining class
	r, _ := utf8.DecodeLastRuneInString(s)
	return norm.NFC.PropertiesString(string(r)).CCC() == virama
}

// isInvisible reports whether r is a character that nobody sees: directional marks, fillers, soft hyphens, byte order marks.
func isInvisible(r rune) bool {
	switch r {
	case '\u00ad', '\u034f', '\u061c', '\u115f', '\u1160', '\u180e', '\u200b', '\u200e', '\u200f', '\u3164', '\ufeff', '\uffa0':
		return true
	}
	return '\u202a' <= r && r <= '\u202e' || '\u2060' <= r && r <= '\u2069'
}
