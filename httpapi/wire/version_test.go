package wire

import "testing"

// A change of any byte of a record changes its tag, also if the length stays the same.
func TestTagOfEveryByte(t *testing.T) {
	raw := []byte(`{"full_name":"Ahmed Hassan","notes":"Desert"}`)
	tag := TagOf(raw)
	for i := range raw {
		raw[i] ^= 1
		if TagOf(raw) == tag {
			t.Errorf("byte %d changed, and the tag did not", i)
		}
		raw[i] ^= 1
	}
}

// Fields that are parsed from others do not change the tag, neither when they are added nor when they are parsed by other rules.
func TestTagLeavesOutParsedFields(t *testing.T) {
	const before, after = `{"phone":"0612345678","last_interaction":null`, `,"erased_at":"2026-11-23T06:01:56.852Z"}`
	want := TagOf([]byte(before + after))
	for _, computed := range []string{"null", `"+212612345678"`, `"+33612345678"`} {
		if got := TagOf([]byte(before + `,"phone_international":` + computed + after)); got != want {
			t.Errorf("%s: got %s, want %s", computed, got, want)
		}
		if got, want := TagOf([]byte(before+`,"phone_international":`+computed+"}")), TagOf([]byte(before+"}")); got != want {
			t.Errorf("%s at the end: got %s, want %s", computed, got, want)
		}
	}
}

// If-Match compares only what people edit, If-None-Match everything in a record. Both accept the tags of compressed answers.
func TestTagsInHeaders(t *testing.T) {
	before, after := TagOf([]byte(`{"name":"VIPs","customer_count":1}`)), TagOf([]byte(`{"name":"VIPs","customer_count":2}`))
	other := TagOf([]byte(`{"name":"All","customer_count":1}`))
	for _, test := range []struct {
		header          string
		current, listed bool
	}{
		{after, true, true}, {before, true, false}, {other, false, false}, {"*", true, true}, {"W/" + after, false, true},
		{other + ", " + after, true, true}, {`"a,b",` + after, true, true}, {after[:len(after)-1] + Packed + `"`, true, true}, {"", false, false},
	} {
		if got := IsCurrent([]string{test.header}, after); got != test.current {
			t.Errorf("If-Match: %s: got %t, want %t", test.header, got, test.current)
		}
		if got := IsListed([]string{test.header}, after); got != test.listed {
			t.Errorf("If-None-Match: %s: got %t, want %t", test.header, got, test.listed)
		}
	}
}
