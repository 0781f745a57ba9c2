package text

import (
	"strings"
	"testing"
)

func TestValidEmail(t *testing.T) {
	label := func(n int) string { return strings.Repeat("d", n) }
	long := strings.Repeat(label(61)+".", 4) // 248 bytes
	tests := []struct {
		in   string
		want bool
	}{
		{"a@b.com", true}, {"ahmed.hassan+crm@example.com", true}, {"o'neil@example.com", true}, {"A_B!#$%&*=?^`{|}~/@Example.COM", true},
		{"é@exämple.com", true}, {"أحمد@مثال.إختبار", true}, {"user@例え.テスト", true}, {"user@例え。テスト", true}, {"a@straße.de", true}, {"a@l·l.cat", true},
		{"a@xn--mnchen-3ya.example", true}, {"a@XN--MNCHEN-3YA.example", true}, {"a@xn--a.example", true}, {"a@r3---sn.example", true},
		{"a@1.com", true}, {"a@123.co", true}, {"a@b.c1", true}, {"a@b.1c", true}, {"erased-019a8e02-55d0-7c19-a3f7-1b6c8d9e0f42@erased.invalid", true},
		{label(64) + "@b.com", true}, {label(65) + "@b.com", false}, {strings.Repeat("é", 32) + "@b.com", true}, {strings.Repeat("é", 33) + "@b.com", false},
		{"a@" + label(63) + ".com", true}, {"a@" + label(64) + ".com", false}, {"a@b." + label(64), false}, {"a@" + strings.Repeat("é", 60) + ".com", false},
		{"a@" + long + "abcde", true}, {"a@" + long + "abcdef", false},
		{"", false}, {"a", false}, {"@", false}, {"a@", false}, {"@b.com", false}, {"a@@b.com", false}, {"a@b@c.com", false},
		{"a@b", false}, {"a@localhost", false}, {"a@b.", false}, {"a@b.com.", false}, {"a@.com", false}, {"a@b..com", false}, {"a@.", false},
		{"a@b.com'", false}, {"a@b.com’", false}, {"a@b.com>", false}, {"a@-b.example", false}, {"a@b-.example", false}, {"a@b.com-", false}, {"a@b.-com", false}, {"a@-ü.example", false}, {"a@ü-.example", false},
		{"a@1.2.3.4", false}, {"a@[1.2.3.4]", false}, {"a@b.123", false}, {"a@b.١٢٣", false}, {"a@b_c.com", false}, {"a@b c.com", false}, {"a@i❤.ws", false},
		{"a b@c.com", false}, {"a\u00a0b@c.com", false}, {"a\u3000b@c.com", false}, {"a\tb@c.com", false}, {"a\u0085b@c.com", false}, {"a@b\u2003.com", false}, {"a\x00@b.com", false}, {"a\uFFFD@b.com", false},
		{".a@b.com", false}, {"a.@b.com", false}, {"a..b@c.com", false}, {`"a b"@c.com`, false}, {"a(b)@c.com", false}, {"A <a@b.com>", false}, {"a,b@c.com", false}, {"a;b@c.com", false}, {`a\b@c.com`, false}, {"mailto:a@b.com", false},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			if got := ValidEmail(tt.in); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestEmailKey(t *testing.T) {
	equal := [][]string{
		{"agent@x.example", "Agent@X.Example", " agent@x.example ", "agent@x.example\u00a0", "\u3000agent@x.example", "\ufeffagent@x.example", "a\u200bgent@x.\u00adexample", "ag\u200dent@x.example"},
		{"é@x.example", "e\u0301@x.example", "É@X.example", "E\u0301@x.example"},
		{"a@münchen.example", "a@mu\u0308nchen.example", "A@MÜNCHEN.example", "a@xn--mnchen-3ya.example", "a@XN--Mnchen-3ya.example", "a@münchen．example"},
		{"a@مثال.إختبار", "a@xn--mgbh0fb.xn--kgbechtv"},
		{"a@straße.de", "a@xn--strae-oqa.de"},
		{"a@b.com'", "A@B.com'"}, {"A@-ü.com", "a@-U\u0308.com"}, {"not an address", "NOT an address"}, {"a@xn--a.example", "a@XN--A.example"},
		{"e@x.example"}, {"a@strasse.de"}, {"a@munchen.example"},
	}
	keys := map[string]string{}
	for _, group := range equal {
		key := EmailKey(group[0])
		if other, taken := keys[key]; taken {
			t.Errorf("%q and %q are one mailbox", other, group[0])
		}
		keys[key] = group[0]
		for _, s := range group {
			if got := EmailKey(s); got != key {
				t.Errorf("%+q has %+q, want %+q", s, got, key)
			}
		}
	}
}

// A sign-in is answered for whatever is sent as an e-mail address.
func TestEmailKeyOfLongText(t *testing.T) {
	for _, s := range []string{"a@" + strings.Repeat("ü", 1<<12), "a@" + strings.Repeat("ü.", 1<<12), strings.Repeat("é", 1<<12)} {
		if EmailKey(s) == "" || ValidEmail(s) {
			t.Errorf("%.10q…", s)
		}
	}
}

func FuzzEmail(f *testing.F) {
	for _, s := range []string{"a@b.com", "é@münchen.example", "a@xn--mnchen-3ya.example", "a@xn--a.b", "a@例え。テスト", "a@b.com'", "a@1.2.3.4", "@", "a@\u200db.c", "a@ß.de", "\u212a@\u212a.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean := CleanEmail(s)
		key := EmailKey(s)
		if got := EmailKey(clean); got != key {
			t.Errorf("%+q has the key %+q, and cleaned %+q", s, key, got)
		}
		if local, _, _ := strings.Cut(key, "@"); ValidEmail(clean) && len(local) <= maxLocal && !ValidEmail(key) { // lower case may be longer
			t.Errorf("%+q can exist, and its key %+q cannot", clean, key)
		}
	})
}
