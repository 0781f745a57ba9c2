package search

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"crm/store"
)

// The text of a customer is lines of folded text, each ended by '\n':
//
//	the full name, or else the company; lists sort by this line
//	the company, empty when the first line has it
//	the e-mail address
//	the forms of the phone number, digits only, one a line
const (
	nameLines  = 2 // the first lines, which have names and so words
	phoneLines = 3 // the lines before the forms of the phone number
)

// AppendText appends the text of a customer to dst. home is the country of phone numbers without a country code.
func AppendText(dst []byte, c *store.Customer, home Country) []byte {
	dst = appendLine(dst, c.Name())
	company := ""
	if c.FullName != nil && c.CompanyName != nil {
		company = *c.CompanyName
	}
	dst = appendLine(dst, company)
	dst = appendLine(dst, c.Email)
	for _, form := range phoneForms(c.Phone, home) {
		dst = append(append(dst, form...), '\n')
	}
	return dst
}

func appendLine(dst []byte, s string) []byte {
	return append(appendSpaced(dst, store.Fold(s)), '\n')
}

// appendSpaced appends s with one space for each run of white space and control characters, and none at the ends.
func appendSpaced(dst []byte, s string) []byte {
	start := len(dst)
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(dst, word...)
	}
	return dst
}

// SortName returns the line of a customer's text that lists sort by.
func SortName(text []byte) []byte {
	return text[:bytes.IndexByte(text, '\n')]
}

// skipLines returns where the line behind the first n lines begins.
func skipLines(text []byte, n int) int {
	at := 0
	for range n {
		at += bytes.IndexByte(text[at:], '\n') + 1
	}
	return at
}

// letterBefore reports whether a letter or digit ends at a place in the text.
func letterBefore(text []byte, at int) bool {
	if at == 0 {
		return false
	}
	if c := text[at-1]; c < utf8.RuneSelf {
		return isLetter(rune(c))
	}
	r, _ := utf8.DecodeLastRune(text[:at])
	return isLetter(r)
}

// letterAfter reports whether a letter or digit begins at a place in the text.
func letterAfter(text []byte, at int) bool {
	if at == len(text) {
		return false
	}
	if c := text[at]; c < utf8.RuneSelf {
		return isLetter(rune(c))
	}
	r, _ := utf8.DecodeRune(text[at:])
	return isLetter(r)
}

// isLetter reports whether r is a letter or digit, which words consist of.
func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
