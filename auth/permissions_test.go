package auth_test

import (
	"testing"

	"crm/auth"
)

func TestAllows(t *testing.T) {
	const wanted = "crm:create:customers"
	for _, test := range []struct {
		name    string
		granted []string
		wanted  string
		want    bool
	}{
		{"exact", []string{"crm:read:customers", wanted}, wanted, true},
		{"any kind", []string{"crm:create:*"}, wanted, true},
		{"any action", []string{"crm:*:customers"}, wanted, true},
		{"any of crm", []string{"crm:*:*"}, wanted, true},
		{"anything", []string{"*:*:*"}, wanted, true},
		{"nothing granted", nil, wanted, false},
		{"other action", []string{"crm:read:*"}, wanted, false},
		{"other kind", []string{"crm:*:feedback"}, wanted, false},
		{"other area", []string{"crm:*:*"}, "auth:create:users", false},
		{"one star is one part", []string{"*"}, wanted, false},
		{"two parts are not three", []string{"crm:*"}, wanted, false},
		{"four parts are not three", []string{"crm:*:*:*"}, wanted, false},
		{"beginning of a word", []string{"crm:create:cust"}, wanted, false},
		{"star inside a word", []string{"crm:create:cust*"}, wanted, false},
		{"star in what is wanted", []string{wanted}, "crm:create:*", false},
		{"empty", []string{"", "*"}, "", false},
		{"empty part", []string{"*:*:*"}, "crm::customers", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := auth.Allows(test.granted, test.wanted); got != test.want {
				t.Errorf("Allows(%q, %q) = %v, want %v", test.granted, test.wanted, got, test.want)
			}
		})
	}
}

func TestAllowsDoesNotAllocate(t *testing.T) {
	granted := []string{"crm:read:feedback", "crm:update:*"}
	if got := testing.AllocsPerRun(100, func() { auth.Allows(granted, "crm:update:customers") }); got != 0 {
		t.Errorf("Allows allocates %v times, want 0", got)
	}
}
