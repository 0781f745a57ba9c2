package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold maps text to the form in which two spellings of one name are equal: lower case, without
// accents, Arabic letter forms and vowel signs unified, digits of every script as 0-9.
// Filters, criteria, sorting and search compare folded text.
func Fold(s string) string {
	if isFolded(s) {
		return s
	}
	return string(AppendFold(make([]byte, 0, len(s)), s))
}

// AppendFold appends the folded form of s to dst; invalid UTF-8 becomes U+FFFD.
func AppendFold(dst []byte, s string) []byte {
	if isASCII(s) {
		for i := range len(s) {
			dst = append(dst, lowerASCII(s[i]))
		}
		return dst
	}
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "\uFFFD")) {
		dst = appendRune(dst, r)
	}
	return dst
}

func appendRune(dst []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return append(dst, lowerASCII(byte(r)))
	}
	if s, ok := letterForms[r]; ok {
		return append(dst, s...)
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point) || reorders(r) {
		return dst
	}
	if '\u02B9' <= r && r <= '\u02DF' || r == 'ˬ' || r == 'ˮ' { // letters to Unicode, and marks beside letters to readers
		return append(dst, '\'')
	}
	if d, ok := digit(r); ok {
		return append(dst, '0'+d)
	}
	return utf8.AppendRune(dst, unicode.ToLower(r))
}

// reorders reports whether r is a mark that changes places with others in normalised text. A few notes of music are, and text folded
// twice would have them in another order.
func reorders(r rune) bool {
	return unicode.Is(unicode.Mc, r) && norm.NFKD.PropertiesString(string(r)).CCC() != 0
}

// letterForms are the letters that Unicode's decomposition leaves apart and readers do not.
var letterForms = map[rune]string{
	'ى': "ي", 'ة': "ه", 'ٱ': "ا", 'ـ': "", 'ک': "ك", 'ی': "ي", 'ھ': "ه", 'ہ': "ه", 'ە': "ه",
	'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ø': "o", 'Ø': "o",
	'ł': "l", 'Ł': "l", 'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th", 'ı': "i", 'ħ': "h", 'Ħ': "h",
	'’': "'", '‘': "'", '′': "'", 'ꞌ': "'", 'Ꞌ': "'", '—': "-", '−': "-", '–': "-", '‐': "-", '‑': "-", 'ς': "σ",
}

// digit returns the value of a decimal digit of any script. Unicode has the ten digits of each script in a row.
func digit(r rune) (byte, bool) {
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	var d byte
	for d < 9 && unicode.Is(unicode.Nd, r-rune(d)-1) {
		d++
	}
	return d, true
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isFolded(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || 'A' <= s[i] && s[i] <= 'Z' {
			return false
		}
	}
	return true
}
