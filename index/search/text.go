package search

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"crm/store"
)

// A customer's text is what search looks at: lines of folded text, each ended by '\n'. The first is what lists sort
// by, the full name or else the company; the second the company, empty when it stands first already; the third
// the e-mail; then the forms of the phone number, digits only.
const (
	nameLines  = 2 // lines that hold names, whose words count
	phoneLines = 3 // lines before the phone's forms
)

// AppendText appends a customer's text. home is the country of phone numbers without a country code.
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

// appendSpaced appends s with one space where it has white space or control characters, and none at its ends.
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

// SortName is a text's first line.
func SortName(text []byte) []byte {
	return text[:bytes.IndexByte(text, '\n')]
}

// skipLines is where a text's line n begins.
func skipLines(text []byte, n int) int {
	at := 0
	for range n {
		at += bytes.IndexByte(text[at:], '\n') + 1
	}
	return at
}

// letterBefore and letterAfter report whether a letter or digit ends before at, or begins there.
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

// isLetter tells what words are made of.
func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
