package text

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""}, {"abc 1", "abc 1"}, {"ABC", "abc"}, {"Hélène", "helene"}, {"He\u0301le\u0300ne", "helene"}, {"ÇAĞLAR İ ı", "caglar i i"},
		{"Straße", "strasse"}, {"Œuvre Ærø Łódź", "oeuvre aero lodz"}, {"ﬁn", "fin"}, {"Ａｂ１", "ab1"}, {"O’Neil–X", "o'neil-x"},
		{"أحمد إبراهيم آمال", "احمد ابراهيم امال"}, {"فَاطِمَة", "فاطمه"}, {"مصطفى", "مصطفي"}, {"مـــحمد", "محمد"}, {"ﻣﺤﻤﺪ", "محمد"},
		{"٠٦١٢٣٤٥٦٧٨", "0612345678"}, {"۰۶۱۲", "0612"}, {"०१२९", "0129"}, {"Σίσυφος", "σισυφοσ"}, {"ЁЖ", "еж"}, {"a\xffb", "a\uFFFDb"},
		{"a\u200db\ufeff", "ab"}, {"日本", "日本"},
		{"a—b−c‐d", "a-b-c-d"}, {"L′o lʻo lʼo lꞌo ʿAbd", "l'o l'o l'o l'o 'abd"}, {"\u3164\u115f\u2060\ufe0f", ""}, {"a\u20dd", "a"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			if got := Fold(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := string(AppendFold([]byte("x"), tt.in)); got != "x"+tt.want {
				t.Errorf("appended %q, want %q", got, "x"+tt.want)
			}
		})
	}
}

// Every decimal digit of Unicode has the value of its place in its run of ten.
func TestFoldDigits(t *testing.T) {
	n := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.Is(unicode.Nd, r) {
			continue
		}
		if got, want := Fold(string(r)), string(rune('0'+n%10)); got != want {
			t.Errorf("%U: got %q, want %q", r, got, want)
		}
		n++
	}
}

func TestFoldEveryRune(t *testing.T) {
	for r := range rune(0x20000) {
		once := Fold(string(r))
		if twice := Fold(once); twice != once {
			t.Errorf("%U: %q, then %q", r, once, twice)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Hélène", "أحمد", "٠٦١٢", "a\xffb", "Σς", "e\u0301\u0327", "\u200d", "\U0001D16D\u200d\U0001D165"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if !utf8.ValidString(once) {
			t.Errorf("%q folds to %q, which is no UTF-8", s, once)
		}
		if twice := Fold(once); twice != once {
			t.Errorf("%q folds to %q, and that to %q", s, once, twice)
		}
	})
}
