package store

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"crm/store/object"
)

func storedRow(t *testing.T, s *Store, id ID) (raw []byte) {
	t.Helper()
	view(t, s, func(tx *Tx) error {
		raw = bytes.Clone(tx.kv.Get(bucketCustomers, id[:]))
		return nil
	})
	return raw
}

// An interaction changes what is read of its customer, and not the row.
func TestInteractionWritesNoCustomer(t *testing.T) {
	s := open(t)
	id := createCustomer(t, s, "a@example.com")
	before := storedRow(t, s, id)
	contact := createInteraction(t, s, id, Never)
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateInteraction(contact, func(i *Interaction) Invalid { i.Timestamp -= 1000; return nil })
		return err
	})
	if after := storedRow(t, s, id); !bytes.Equal(after, before) {
		t.Errorf("got %s, want %s", after, before)
	}
	if customer(t, s, id).LastInteraction == nil {
		t.Error("no last interaction is read")
	}
}

// Programs that kept last_interaction in the row left values there. They are ignored when rows are read, and do not count as a change.
func TestStoredLastInteractionIsIgnored(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	id, other := createCustomer(t, s, "a@example.com"), createCustomer(t, s, "b@example.com")
	at := clock.now()
	createInteraction(t, s, id, at)
	clock.move(time.Hour)
	old := object.Set(storedRow(t, s, id), "last_interaction", []byte(`"2001-01-01T00:00:00.000Z"`))
	update(t, s, func(tx *Tx) error { return tx.put(bucketCustomers, id[:], old) })
	if problems := check(t, s); problems != nil {
		t.Errorf("check: %v", problems)
	}
	want := `"last_interaction":"` + at.String() + `"`
	view(t, s, func(tx *Tx) error {
		row, err := tx.Customer(id)
		if err != nil || *row.LastInteraction != at {
			t.Errorf("got %s, want %s (%v)", row.LastInteraction, at, err)
		}
		raw, err := tx.CustomerJSON(id)
		if !bytes.Contains(raw, []byte(want)) {
			t.Errorf("got %s, want %s (%v)", raw, want, err)
		}
		for of, raw := range tx.Customers(ID{}) {
			if of == id && !bytes.Contains(raw, []byte(want)) || of == other && !bytes.Contains(raw, []byte(`"last_interaction":null`)) {
				t.Errorf("of all: got %s", raw)
			}
		}
		return nil
	})
	seq := s.Seq()
	patch := func(change func(*Customer)) (raw []byte) {
		update(t, s, func(tx *Tx) (err error) {
			raw, err = tx.UpdateCustomer(id, func(c *Customer) Invalid { change(c); return nil })
			return err
		})
		return raw
	}
	patch(func(*Customer) {})
	if !bytes.Equal(storedRow(t, s, id), old) || s.Seq() != seq {
		t.Error("a change of nothing wrote")
	}
	if raw := patch(func(c *Customer) { c.Phone = "0698765432" }); !bytes.Contains(raw, []byte(want)) {
		t.Errorf("after a change: got %s, want %s", raw, want)
	}
	view(t, s, func(tx *Tx) error {
		c, _ := tx.newest()
		if got := string(c.Old); !strings.HasPrefix(got, `{"phone":"0612345678","updated_at":`) || strings.Contains(got, "last_interaction") {
			t.Errorf("the log has %s", got)
		}
		return nil
	})
	if raw := storedRow(t, s, id); !bytes.Contains(raw, []byte(`"last_interaction":null`)) {
		t.Errorf("stored: got %s", raw)
	}
}
