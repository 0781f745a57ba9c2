package search

import (
	"bytes"

	"crm/store"
	"crm/store/text"
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
func AppendText(dst []byte, c *store.Customer, home text.Country) []byte {
	dst = appendLine(dst, c.Name())
	company := ""
	if c.FullName != nil && c.CompanyName != nil {
		company = *c.CompanyName
	}
	dst = appendLine(dst, company)
	dst = appendLine(dst, c.Email)
	for _, form := range text.PhoneForms(c.Phone, international(c), home) {
		dst = append(append(dst, form...), '\n')
	}
	return dst
}

func international(c *store.Customer) string {
	if c.PhoneInternational == nil {
		return ""
	}
	return *c.PhoneInternational
}

func appendLine(dst []byte, s string) []byte {
	return append(text.AppendSpaced(dst, text.Fold(s)), '\n')
}

// SortName returns the line of a customer's text that lists sort by.
func SortName(lines []byte) []byte {
	return lines[:bytes.IndexByte(lines, '\n')]
}

// skipLines returns where the line behind the first n lines begins.
func skipLines(lines []byte, n int) int {
	at := 0
	for range n {
		if at < len(lines) && lines[at] == '\n' { // most customers have no company
			at++
			continue
		}
		at += bytes.IndexByte(lines[at:], '\n') + 1
	}
	return at
}
