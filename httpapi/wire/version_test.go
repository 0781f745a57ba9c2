package wire

import "testing"

// No byte of a record can change without its tag, also where the length stays.
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
