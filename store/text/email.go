package text

import (
	"net/mail"
	"strings"
	"unicode"
)

// ValidEmail accepts a plain RFC 5322 address with a dot in its domain: no display name, no quotes, no spaces.
func ValidEmail(s string) bool {
	addr, err := mail.ParseAddress(s)
	if err != nil || addr.Address != s || strings.ContainsAny(s, " \"<>()[]\\,;:") {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	first, rest, ok := strings.Cut(domain, ".")
	return ok && first != "" && rest != "" && !strings.HasSuffix(rest, ".") && !strings.ContainsFunc(s, unicode.IsControl)
}
