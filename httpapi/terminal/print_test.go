package terminal

import (
	"strings"
	"testing"

	"crm/store"
	"crm/store/backup"
)

func TestDescribeCounts(t *testing.T) {
	b := backup.File{Manifest: backup.Manifest{Counts: map[store.Kind]int{store.KindCustomer: 1, store.KindInteraction: 2}}}
	if got := Describe(b); !strings.HasPrefix(got, "1 customer, 2 interactions and 0 feedback") {
		t.Errorf("got %q", got)
	}
}

func TestOutdated(t *testing.T) {
	id, first := store.ID{1}, store.ID{2}
	for want, o := range map[string]store.Outdated{
		"customer 01000000-0000-0000-0000-000000000000: has the e-mail address of customer 02000000-0000-0000-0000-000000000000, written in another way; phone: Must have a digit in it": {
			Kind: store.KindCustomer, ID: id, Same: &first, Rules: store.Invalid{{Field: "phone", Msg: "Must have a digit in it"}},
		},
		"segment 01000000-0000-0000-0000-000000000000: has the name of segment 02000000-0000-0000-0000-000000000000, written in another way": {Kind: store.KindSegment, ID: id, Same: &first},
	} {
		if got := Outdated(o); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
