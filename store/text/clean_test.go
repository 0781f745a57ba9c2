package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// invisible has the characters that are dropped, by their code points.
const invisible = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f" +
	"\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2065\u2066\u2067\u2068\u2069\u3164\ufeff\uffa0"

func TestClean(t *testing.T) {
	const persian, malayalam, family = "می\u200cخواهم", "രാമന\u0d4d\u200d", "👨\u200d👩\u200d👧"
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"white space", " \t\r\n\v\f\u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000", ""},
		{"white space around", "\u00a0\u3000Ali Benali\u2003\n", "Ali Benali"},
		{"inner white space", "Ali\u00a0 Benali", "Ali\u00a0 Benali"},
		{"NFC", "He\u0301le\u0300ne", "Hélène"},
		{"NFC stays", "Hélène", "Hélène"},
		{"no compatibility forms", "ﬁn ①", "ﬁn ①"},
		{"invisible alone", invisible, ""},
		{"invisible around", invisible + "Ali" + invisible, "Ali"},
		{"invisible among white space", " \u200b \u200fAli\u200e \ufeff ", "Ali"},
		{"invisible inside", "A\u200bli", "A\u200bli"},
		{"joiners alone", "\u200c\u200d", ""},
		{"joiners among invisible", " \u200d\u200b\u200c ", ""},
		{"non-joiner inside", persian, persian},
		{"joiners of an emoji", family, family},
		{"joiners at the ends", "\u200dAli\u200c", "Ali"},
		{"joiner of a last letter", malayalam, malayalam},
		{"joiner of a last letter, and another", malayalam + "\u200d \u200b", malayalam},
		{"invalid UTF-8", "a\xff\xfeb", "a\uFFFDb"},
		{"lines", "first\nsecond\n", "first\nsecond"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clean(tt.in); got != tt.want {
				t.Errorf("got %+q, want %+q", got, tt.want)
			}
			if got := Empty(tt.in); got != (tt.want == "") {
				t.Errorf("empty: %t", got)
			}
		})
	}
}

// Each invisible character is dropped alone, at the ends of any text, and inside tags, phone numbers and e-mail addresses.
func TestEveryInvisibleCharacter(t *testing.T) {
	for _, r := range invisible {
		c := string(r)
		for _, clean := range []func(string) string{Clean, CleanTag, CleanPhone, CleanEmail} {
			if got := clean(c + "a1" + c); got != "a1" {
				t.Errorf("%U at the ends: got %+q", r, got)
			}
			if got := clean(" " + c + " "); got != "" {
				t.Errorf("%U alone: got %+q", r, got)
			}
		}
		for _, clean := range []func(string) string{CleanTag, CleanPhone, CleanEmail} {
			if got := clean("a" + c + "1"); got != "a1" {
				t.Errorf("%U inside: got %+q", r, got)
			}
		}
		if got := Clean("a" + c + "1"); got != "a"+c+"1" {
			t.Errorf("%U inside a text: got %+q", r, got)
		}
	}
}

func TestJoinersInside(t *testing.T) {
	for _, c := range []string{"\u200c", "\u200d"} {
		if got := CleanTag("V" + c + "IP"); got != "V"+c+"IP" {
			t.Errorf("tag: got %+q", got)
		}
		if got := CleanPhone("06" + c + "12"); got != "0612" {
			t.Errorf("phone: got %+q", got)
		}
		if got := CleanEmail("a" + c + "b@example.com"); got != "ab@example.com" {
			t.Errorf("e-mail: got %+q", got)
		}
	}
}

func TestCaseless(t *testing.T) {
	equal := [][]string{
		{"VIP", "vip", "Vip"}, {"Été", "ÉTÉ", "E\u0301te\u0301", "été"}, {"ΠΕΛΆΤΗΣ", "πελάτης", "πελάτησ"}, {"Ёлка", "ёЛКА", "Е\u0308лка"},
		{"Straße", "STRAẞE"}, {"K", "k", "\u212a"}, {"İ", "i"}, {"Ａ", "ａ"}, {"ǅ", "ǆ", "Ǆ"},
	}
	seen := map[string]int{}
	for i, group := range equal {
		for _, s := range group {
			if got := Caseless(s); got != Caseless(group[0]) {
				t.Errorf("%+q has %+q, %+q has %+q", s, got, group[0], Caseless(group[0]))
			}
		}
		seen[Caseless(group[0])] = i
	}
	if len(seen) != len(equal) {
		t.Errorf("%d keys of %d groups", len(seen), len(equal))
	}
	for _, other := range [][2]string{{"ete", "été"}, {"ı", "i"}, {"a", "а"}} {
		if Caseless(other[0]) == Caseless(other[1]) {
			t.Errorf("%q and %q are equal", other[0], other[1])
		}
	}
}

func TestCaselessOfEveryRune(t *testing.T) {
	for r := range rune(0x20000) {
		s := string(r)
		once := Caseless(s)
		if twice := Caseless(once); twice != once {
			t.Errorf("%U: %+q, then %+q", r, once, twice)
		}
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			if got := Caseless(string(f)); got != once {
				t.Errorf("%U has %+q, and %U has %+q", r, once, f, got)
			}
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", " Ali ", "e\u0301\u200b\u0327", "\u0d4d\u200d", "\u0d4d\u0327\u200d", "\u1100\u1160", "a\xff", "\u200c\u200d", "ﬁ", "Σς", "\u0958", "\u200d\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, clean := range map[string]func(string) string{
			"text": Clean, "tag": CleanTag, "phone": CleanPhone, "e-mail": CleanEmail, "caseless": Caseless, "key": EmailKey,
		} {
			once := clean(s)
			if !utf8.ValidString(once) {
				t.Errorf("%s: %+q becomes %+q, which is no UTF-8", name, s, once)
			}
			if twice := clean(once); twice != once {
				t.Errorf("%s: %+q becomes %+q, and that %+q", name, s, once, twice)
			}
			if NFC(once) != once {
				t.Errorf("%s: %+q becomes %+q, which is not NFC", name, s, once)
			}
		}
		if strings.TrimSpace(Clean(s)) != Clean(s) || Empty(s) != (CleanTag(s) == "") {
			t.Errorf("%+q becomes %+q, as a tag %+q", s, Clean(s), CleanTag(s))
		}
	})
}
