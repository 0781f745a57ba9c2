package store

import (
	"errors"
	"testing"
)

// Followers get the records as each change left them, in the order of the log, and nothing of what failed.
func TestEvents(t *testing.T) {
	s, dir := filled(t, 1)
	from := s.Seq()
	c := person("new@example.com")
	update(t, s, func(tx *Tx) error {
		if _, err := tx.CreateCustomer(c, nil); err != nil {
			return err
		}
		_, err := tx.UpdateCustomer(c.ID, func(c *Customer) Invalid { c.Phone = "0698765432"; return nil })
		return err
	})
	c.Email = "another@example.com" // of the caller, who may use it again
	contact := createInteraction(t, s, c.ID, Never)
	if _, err := s.Update(By{}, func(tx *Tx) error {
		return errors.Join(tx.Note(KindCustomer, c.ID, OpExport), errors.New("no"))
	}); err == nil {
		t.Fatal("got no error")
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteInteraction(contact) })
	events, ok := s.Events(from)
	if !ok || len(events) != 4 || events[0].Seq != from+1 {
		t.Fatalf("got %d events, %t, from %v", len(events), ok, events)
	}
	if got := events[0].Customer; got == nil || got.Email != "new@example.com" || got.Phone != "0612345678" {
		t.Errorf("create: got %s", asJSON(got))
	}
	if got := events[1].Customer; got == nil || got.Phone != "0698765432" || got.UpdatedAt != events[1].Time {
		t.Errorf("update: got %s", asJSON(got))
	}
	for _, e := range events[2:4] {
		if e.Interaction == nil || e.Interaction.ID != contact || e.Interaction.CustomerID != c.ID || e.Customer != nil {
			t.Errorf("%s: got %s", e.Op, asJSON(e.Interaction))
		}
	}
	i := 0
	view(t, s, func(tx *Tx) error {
		for change, err := range tx.Changes(from) {
			if err != nil || asJSON(change) != asJSON(events[i].Change) {
				t.Errorf("event %d: got %s, want %s (%v)", i, asJSON(events[i].Change), asJSON(change), err)
			}
			i++
		}
		return nil
	})
	if list, ok := s.Events(s.Seq()); !ok || len(list) != 0 {
		t.Errorf("at the end: got %v, %t", list, ok)
	}
	if _, ok := s.Events(s.Seq() + 1); ok {
		t.Error("events of the future")
	}
	update(t, s, func(tx *Tx) error {
		_, err := tx.Erase(c.ID, tx.Traces(c.ID), nil)
		return err
	})
	if events, ok := s.Events(s.Seq() - 1); ok {
		t.Errorf("events are kept beyond an erasure: %v", events)
	}
	closeStore(t, s)
	s = openAt(t, dir)
	if _, ok := s.Events(s.Seq() - 1); ok {
		t.Error("events from before the start")
	}
	if _, ok := s.Events(s.Seq()); !ok {
		t.Error("nothing has happened since the start, and no answer")
	}
}

// The store keeps a limited number of events, and says so when some of those asked for are missing.
func TestEventsAreBounded(t *testing.T) {
	s := open(t)
	note := func(n int) {
		update(t, s, func(tx *Tx) error {
			for range n {
				if err := tx.Note(KindCustomer, ID{}, OpExport); err != nil {
					return err
				}
			}
			return nil
		})
	}
	kept := func(n uint64, want bool) {
		t.Helper()
		list, ok := s.Events(s.Seq() - n)
		if ok != want || ok && (len(list) != int(n) || n > 0 && list[0].Seq != s.Seq()-n+1) {
			t.Errorf("the newest %d: got %d, %t", n, len(list), ok)
		}
	}
	note(maxEvents)
	kept(maxEvents, true)
	note(3)
	kept(maxEvents, true)
	kept(maxEvents+1, false)
	note(maxEvents + 1)
	kept(0, true)
	kept(1, false)
	note(2)
	kept(2, true)
	kept(3, false)
}
