package terminal

import (
	"strings"
	"testing"

	"crm/store"
)

func TestDescribeCounts(t *testing.T) {
	b := store.Backup{Manifest: store.Manifest{Counts: map[store.Kind]int{store.KindCustomer: 1, store.KindInteraction: 2}}}
	if got := Describe(b); !strings.HasPrefix(got, "1 customer, 2 interactions and 0 feedback") {
		t.Errorf("got %q", got)
	}
}
