package auth

import (
	"slices"
	"strings"
	"testing"
)

// FuzzAllows checks that a permission covers another exactly if both have the same number of parts, each part is equal or a star, and no
// part of the wanted one is empty.
func FuzzAllows(f *testing.F) {
	for _, seed := range [][2]string{
		{"crm:read:customers", "crm:read:customers"}, {"crm:*:*", "crm:read:customers"}, {"*", "crm:read:customers"}, {"*:*:*", "crm::customers"}, {"crm:read", "crm:read:customers"},
		{"crm:read:customers:", "crm:read:customers"}, {"", ""}, {":", ":"}, {"crm:r*:customers", "crm:read:customers"}, {"CRM:read:customers", "crm:read:customers"}, {"a", "*"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, granted, wanted string) {
		have, want := strings.Split(granted, ":"), strings.Split(wanted, ":")
		covered := len(have) == len(want) && !slices.Contains(want, "")
		for i := 0; covered && i < len(want); i++ {
			covered = have[i] == want[i] || have[i] == "*"
		}
		if got := Allows([]string{"crm:none:none", granted}, wanted); got != covered {
			t.Errorf("%q covers %q: got %t, want %t", granted, wanted, got, covered)
		}
	})
}
