package store

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestTrim removes the old half of a log: records stay, what is left is consistent, and followers of the old half are
// told that it is gone.
func TestTrim(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	s, err := Open(dir, WithClock(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		checkFile(t, dir+"/"+FileName)
	}()
	rename := func(id ID, name string) {
		update(t, s, func(tx *Tx) error {
			_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { c.FullName = new(name); return nil })
			return err
		})
	}
	const old = 2*trimChunk + 10
	var first ID
	update(t, s, func(tx *Tx) error {
		for n := range old {
			c := person(email(n))
			if _, err := tx.CreateCustomer(c, nil); err != nil {
				return err
			}
			if n == 0 {
				first = c.ID
			}
		}
		return nil
	})
	rename(first, "Before")
	now = now.Add(48 * time.Hour)
	second := createCustomer(t, s, "second@example.com")
	rename(first, "After")
	seq := s.Seq()

	removed, err := s.Trim(t.Context(), TimeOf(now.Add(-24*time.Hour)))
	if err != nil || removed != old+1 {
		t.Fatalf("removed %d (%v), want %d", removed, err, old+1)
	}
	if s.Seq() != seq {
		t.Errorf("newest sequence is %d, want %d", s.Seq(), seq)
	}
	view(t, s, func(tx *Tx) error {
		if got := entries(t, tx.History(first)); len(got) != 1 || !strings.Contains(got[0], "Before") {
			t.Errorf("history of the first: %q, want the change from Before", got)
		}
		if got := entries(t, tx.History(second)); len(got) != 1 {
			t.Errorf("history of the second: %q, want its creation", got)
		}
		for _, err := range tx.Changes(1) {
			if !errors.Is(err, ErrTrimmed) {
				t.Errorf("changes after 1: got %v, want %v", err, ErrTrimmed)
			}
		}
		if changes, since, bytes := tx.logSize(); changes != 2 || since != TimeOf(now) || bytes < 200 {
			t.Errorf("log: %d changes since %s, %d bytes; want 2 since %s", changes, since, bytes, TimeOf(now))
		}
		return nil
	})
	// The newest change stays, because the store reads its time from it.
	now = now.Add(1000 * time.Hour)
	if _, err := s.Trim(t.Context(), TimeOf(now)); err != nil {
		t.Fatal(err)
	}
	view(t, s, func(tx *Tx) error {
		if changes, _, _ := tx.logSize(); changes != 1 || tx.Seq() != seq {
			t.Errorf("%d changes up to %d, want 1 up to %d", changes, tx.Seq(), seq)
		}
		return nil
	})
	if n, err := s.Trim(t.Context(), TimeOf(now)); n != 0 || err != nil {
		t.Errorf("a second time: %d, %v", n, err)
	}
}
