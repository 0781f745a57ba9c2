package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// The greatest lengths of the parts of an e-mail address, in bytes (RFC 5321, RFC 1035).
const (
	maxLocal  = 64
	maxDomain = 253
	maxLabel  = 63
)

// CleanEmail returns an e-mail address as it is stored: as Clean does, and without invisible characters and joiners inside.
func CleanEmail(s string) string { return Clean(drop(s, isUnseen)) }

// ValidEmail reports whether a cleaned e-mail address can exist: one or more words with dots between them, and a domain that DNS could
// have. It accepts no display name, no quotes and no IP address.
func ValidEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && validLocal(local) && validDomain(domain)
}

// EmailKey returns the form in which two e-mail addresses are equal that lead to one mailbox. It returns a key for a text that is no
// address too.
func EmailKey(s string) string {
	s = CleanEmail(s)
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return lower(s)
	}
	domain := s[at+1:]
	ascii, ok := asciiDomain(domain)
	if !ok {
		ascii = lower(domain)
	}
	return lower(s[:at+1]) + ascii
}

// lower returns text in lower case and NFC.
func lower(s string) string { return compose(strings.ToLower(s)) }

func validLocal(s string) bool {
	if len(s) > maxLocal {
		return false
	}
	for word := range strings.SplitSeq(s, ".") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return !isAtom(r) }) {
			return false
		}
	}
	return true
}

// isAtom reports whether r may be in a word of a mailbox's name (RFC 5322 atext, and RFC 6531 beyond ASCII).
func isAtom(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
	}
	return unicode.IsPrint(r) && r != utf8.RuneError
}

// validDomain reports whether DNS could have a domain: at least two labels of letters, digits and inner hyphens, the last no number.
func validDomain(s string) bool {
	ascii, ok := asciiDomain(s)
	if !ok || len(ascii) > maxDomain {
		return false
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if len(label) > maxLabel {
			return false
		}
	}
	labels := strings.Split(strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(s), ".")
	for _, label := range labels {
		if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") || strings.ContainsFunc(label, func(r rune) bool { return !isHost(r) }) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && strings.ContainsFunc(last, func(r rune) bool { return !unicode.IsDigit(r) })
}

// isHost reports whether r may be in a label as people write it. Beyond ASCII these are the letters, their marks, digits, and what
// RFC 5892 allows beside them.
func isHost(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-'
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd) || strings.ContainsRune("·͵׳״・", r)
}

// hosts maps what people write to the names that DNS has. validDomain checks the lengths and hyphens of labels.
var hosts = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.CheckHyphens(false))

// maxMapped is how many bytes of a domain are mapped at most: the work grows with their square.
const maxMapped = 1_000

// asciiDomain returns the ASCII form of a domain, in lower case. It is false for what has none.
func asciiDomain(s string) (string, bool) {
	if isASCII(s) && !strings.Contains(strings.ToLower(s), "xn--") {
		return strings.ToLower(s), true
	}
	if len(s) > maxMapped {
		return "", false
	}
	ascii, err := hosts.ToASCII(s)
	if err != nil && isASCII(s) { // a label that begins as an encoded one, and is none
		return strings.ToLower(s), true
	}
	return ascii, err == nil
}
