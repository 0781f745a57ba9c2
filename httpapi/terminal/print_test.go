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
