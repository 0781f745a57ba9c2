package wire

import (
	"testing"

	"crm/store"
	"crm/store/zone"
)

var office = func() *zone.Zone {
	z, err := zone.Before().Zone("Africa/Casablanca")
	if err != nil {
		panic(err)
	}
	return z
}()

// FuzzTime checks that a time that is accepted can be written in an answer, and is the same when it is read from there.
func FuzzTime(f *testing.F) {
	for _, seed := range []string{
		"2024-01-22T10:00:00Z", "2024-01-22", "2024-01-22T10:00", "2024-01-22 10:00:00.123456789+01:00", "0000-01-01", "9999-12-31T23:59:59-23:59", "2024-02-30",
		"2024-03-31T02:30:00", "-0001-01-01", "2024-01-22T24:00:00Z", "2024-01-22T10:00:60Z", "20240122", "0001-01-01T00:00:00+14:00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, z := range []*zone.Zone{zone.UTC, office} {
			sent, err := ParseTime(s, z)
			if err != nil {
				continue
			}
			got := sent.At
			again, err := ParseTime(got.String(), z)
			if err != nil || again.At != got || again.Local != nil {
				t.Errorf("%q is %s, which is %s, %v", s, got, again.At, err)
			}
			raw, err := store.Encode(got)
			var decoded store.Time
			if err != nil || decoded.UnmarshalJSON(raw) != nil || decoded != got {
				t.Errorf("%q as JSON is %s, which is %s", s, raw, decoded)
			}
		}
	})
}
