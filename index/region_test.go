package index

import (
	"testing"

	"crm/store"
)

// In another country, the same phone numbers are read differently. What was saved for lists and searches is rebuilt.
func TestAnotherRegion(t *testing.T) {
	h := newFixture(t)
	h.create("Khadija Bennani", "khadija@example.com", "0612345678")
	h.settled()
	h.stop()
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(h.dir, store.WithRegion("FR"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		h.stop()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	h.store = st
	h.start()
	h.settled()
	for query, want := range map[string]int{"+33612345678": 1, "0033 (0)6 12": 1, "khadija 06 12 34": 1, "+212612345678": 0, "0612345678": 1} {
		if got := h.search(query); got != want {
			t.Errorf("%s: got %d, want %d", query, got, want)
		}
	}
}
