package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// AppendSpaced appends s with one space for each run of white space and control characters, and none at the ends.
func AppendSpaced(dst []byte, s string) []byte {
	start := len(dst)
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(dst, word...)
	}
	return dst
}

// LetterBefore reports whether a letter or digit ends at a place in the text.
func LetterBefore(text []byte, at int) bool {
	if at == 0 {
		return false
	}
	if c := text[at-1]; c < utf8.RuneSelf {
		return IsLetter(rune(c))
	}
	r, _ := utf8.DecodeLastRune(text[:at])
	return IsLetter(r)
}

// LetterAfter reports whether a letter or digit begins at a place in the text.
func LetterAfter(text []byte, at int) bool {
	if at == len(text) {
		return false
	}
	if c := text[at]; c < utf8.RuneSelf {
		return IsLetter(rune(c))
	}
	r, _ := utf8.DecodeRune(text[at:])
	return IsLetter(r)
}

// IsLetter reports whether r is a letter or digit, which words consist of.
func IsLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
