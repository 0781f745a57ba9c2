package index

import (
	"strings"
	"testing"

	"crm/store"
)

func TestSearchBeforeAndAfterBleveHasIt(t *testing.T) {
	h := newFixture(t)
	h.fill(2500)
	before := h.search("number123")
	h.settled()
	if after := h.search("number123"); after != before || after != 11 {
		t.Errorf("before Bleve had it: %d, after: %d, want 11", before, after)
	}
}

func TestRestartResumes(t *testing.T) {
	h := newFixture(t)
	h.fill(1500)
	h.settled()
	h.stop()
	h.create("Late Comer", "late@example.com", "0612345678")
	h.start()
	if got := h.search("late comer"); got != 1 {
		t.Errorf("a customer created while the index was down: found %d, want 1", got)
	}
	h.settled()
	if strings.Contains(h.log.String(), "rebuilt") {
		t.Errorf("a clean restart rebuilt the index:\n%s", h.log)
	}
}

func TestUpdatedTextIsFoundAndOldIsNot(t *testing.T) {
	h := newFixture(t)
	id := h.create("Before Change", "x@example.com", "0612345678")
	h.settled()
	_, err := h.store.Update(store.By{}, func(tx *store.Tx) error {
		_, err := tx.UpdateCustomer(id, func(c *store.Customer) store.Invalid { c.FullName = new("Afterwards Different"); return nil })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, settled := range []bool{false, true} {
		if settled {
			h.settled()
		}
		if got := h.search("afterwards"); got != 1 {
			t.Errorf("settled %v: new name found %d times, want 1", settled, got)
		}
		if got := h.search("before change"); got != 0 {
			t.Errorf("settled %v: old name found %d times, want 0", settled, got)
		}
	}
}
