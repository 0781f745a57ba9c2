package text

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A dial has the digits to dial of a phone number as it was written: "tél. (+212) 0661-90·11_01 poste 12" dials +212 0661901101.
type dial struct {
	digits string
	plus   bool
	first  string // the digits before the first sign that may divide two numbers; "" where there is none
}

// dividers are the signs that may stand between two numbers, or before an extension; people also write them within numbers.
const dividers = "/,;|("

// dialled returns the digits to dial of a folded text. It skips what stands before the first digit, and stops at a letter or # after the
// digits, where an extension or a remark begins.
func dialled(folded string) (d dial) {
	digits := make([]byte, 0, 24)
	for _, r := range folded {
		switch {
		case '0' <= r && r <= '9':
			digits = append(digits, byte(r))
		case r == '+' && strings.Trim(string(digits), "0") == "": // 00+212 is +212
			d.plus, digits = true, digits[:0]
		case len(digits) == 0:
			d.plus = d.plus && !unicode.IsLetter(r)
		case r == '+' || r == '#' || unicode.IsLetter(r):
			d.digits = string(digits)
			return d
		case d.first == "" && len(digits) >= minLocal && strings.ContainsRune(dividers, r):
			d.first = string(digits)
		}
	}
	d.digits = string(digits)
	return d
}

// labels are the words that people write before a phone number, folded.
const labels = `tel|telephone|phone|mobile|mob|gsm|cell|portable|port|fax|fixe|whatsapp|sms|n°|no|num|numero|هاتف|الهاتف|جوال|محمول|واتساب|رقم`

// extensions are the words that people write before an extension, folded.
const extensions = `x|#|ext|extn|extension|poste|post|int|interne|تحويله|داخلي`

var (
	// labelled matches a label, or what stands before the number in an address such as https://wa.me/212661…, and the number after it.
	labelled = regexp.MustCompile(`^(?:(?:` + labels + `)[.:]*|(?:https?://)?wa\.me/)([^\pL]*)$`)
	extended = regexp.MustCompile(`^(.*\d)[;,]?(?:` + extensions + `)[.:=]*\d+$`)
	// extension matches an extension in one word, or the word before one
	extension = regexp.MustCompile(`^(?:` + extensions + `)[.:=]*(\d*)$`)
)

// SplitNumbers divides the words of a folded query into phone numbers, each with the signs and spaces between its digits, and other words.
// The label before a number and the extension after it are in neither. A number has at least as many digits as least.
func SplitNumbers(words []string, least int) (numbers, others []string) {
	for len(words) > 0 {
		number, n := numberAt(words)
		if len(Digits(number)) >= least {
			numbers = append(numbers, number)
		} else {
			others, n = append(others, words[0]), 1
		}
		words = words[n:]
	}
	return numbers, others
}

// numberAt returns the phone number at the beginning of words, or "" if there is none, and how many words it takes.
func numberAt(words []string) (number string, n int) {
	rest, label := withoutLabel(words)
	n = len(words) - len(rest)
	for _, word := range rest {
		more := extended.FindStringSubmatch(word)
		if more != nil {
			word = more[1]
		}
		if !numeric(word) {
			break
		}
		number += " " + word
		if n++; more != nil {
			break
		}
	}
	digits := Digits(number)
	if label && len(digits) < minLocal && strings.Trim(number[:min(2, len(number))], " 0(+") != "" {
		return "", 0 // "port 2000" is a name
	}
	if n < len(words) && (len(digits) >= minLocal || strings.HasPrefix(number, " +")) {
		n += extensionAt(words[n:])
	}
	return strings.TrimSpace(number), n
}

// withoutLabel returns words without the label of a phone number that they begin with, and reports whether they do.
func withoutLabel(words []string) ([]string, bool) {
	switch m := labelled.FindStringSubmatch(words[0]); {
	case m == nil:
		return words, false
	case m[1] == "":
		return words[1:], true
	default:
		return slices.Concat(m[1:], words[1:]), true
	}
}

// extensionAt returns how many words the extension at the beginning of words takes: 2 for "poste 12", 1 for "x12", 0 if there is none.
func extensionAt(words []string) int {
	switch m := extension.FindStringSubmatch(words[0]); {
	case m == nil:
		return 0
	case m[1] != "":
		return 1
	case len(words) > 1 && Digits(words[1]) == words[1]:
		return 2
	}
	return 0
}

// numeric reports whether a word may be a part of a phone number: it has no letters, and no sign that people do not write between digits.
func numeric(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || strings.ContainsRune("@&#%*", r) })
}
