package text

import (
	"strings"
	"sync"
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
	r, _ := utf8.DecodeLastRune(text[:at])
	return IsLetter(r)
}

// LetterAfter reports whether a letter or digit begins at a place in the text.
func LetterAfter(text []byte, at int) bool {
	if at == len(text) {
		return false
	}
	r, _ := utf8.DecodeRune(text[at:])
	return IsLetter(r)
}

// IsLetter reports whether words consist of r: a letter, a digit, or a vowel sign that has a place of its own.
func IsLetter(r rune) bool {
	switch {
	case uint32(r) < utf8.RuneSelf:
		return asciiLetters[r]
	case uint32(r) < 1<<16:
		return letterBits()[r>>6]&(1<<(r&63)) != 0
	}
	return isLetter(r)
}

func isLetter(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mc, r)
}

// asciiLetters says which bytes are ASCII letters and digits.
var asciiLetters = func() (set [256]bool) {
	for c := range rune(utf8.RuneSelf) {
		set[c] = isLetter(c)
	}
	return set
}()

// letterBits has a bit for each rune below U+10000: one look is faster than Unicode's tables.
var letterBits = sync.OnceValue(func() *[1 << 10]uint64 {
	var bits [1 << 10]uint64
	for r := range rune(1 << 16) {
		if isLetter(r) {
			bits[r>>6] |= 1 << (r & 63)
		}
	}
	return &bits
})
