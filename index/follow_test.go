package index

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"crm/store"
)

// manyExports makes more changes in one transaction than the store keeps for its followers.
func (h *fixture) manyExports() {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		for range 600 {
			if err := tx.Note(store.KindCustomer, store.ID{}, store.OpExport); err != nil {
				return err
			}
		}
		return nil
	})
	if _, ok := h.store.Events(h.store.Seq() - 1); ok {
		h.t.Fatal("the store keeps them")
	}
}

func (h *fixture) update(fn func(*store.Tx) error) {
	h.t.Helper()
	if _, err := h.store.Update(store.By{}, fn); err != nil {
		h.t.Fatal(err)
	}
}

// fresh makes facets from the records.
func (h *fixture) fresh() *facets {
	h.t.Helper()
	f, _, err := New(h.store, h.t.TempDir(), Options{}).readStore()
	if err != nil {
		h.t.Fatal(err)
	}
	return f
}

// same reports how facets differ from those made from the records.
func (h *fixture) same(name string, got *facets) {
	h.t.Helper()
	if problems := compareFacets(got, h.fresh()); problems != nil {
		h.t.Errorf("%s: %v", name, problems)
	}
}

// An index has the same facets in whichever way it got the changes: one by one from the store, from the log, or some of both. They are
// those of the records.
func TestEveryWayOfFollowingEndsAlike(t *testing.T) {
	h := newFixture(t)
	h.settled()
	half := changeAtRandom(h, 150)
	h.caughtUp()
	h.same("events", h.index.facets)
	h.stop()
	saved := New(h.store, filepath.Join(h.dir, "index"), Options{})
	if err := saved.load(); err != nil || saved.Applied() != half {
		t.Fatalf("saved at %d, want %d (%v)", saved.Applied(), half, err)
	}
	changeAtRandom(h, 150)
	h.manyExports()
	if err := saved.catchUp(); err != nil {
		t.Fatal(err)
	}
	h.same("saved, then the log", saved.facets)
	log := New(h.store, t.TempDir(), Options{})
	if err := log.catchUp(); err != nil {
		t.Fatal(err)
	}
	h.same("the log alone", log.facets)
	for _, ix := range []*Index{saved, log} {
		if ix.Applied() != h.store.Seq() {
			t.Errorf("applied %d, want %d", ix.Applied(), h.store.Seq())
		}
	}
}

func unlessErased(err error) error {
	if errors.Is(err, store.ErrErased) {
		return nil
	}
	return err
}

// changeAtRandom creates, changes, moves in time, deletes and erases, and returns the sequence afterwards.
func changeAtRandom(h *fixture, n int) uint64 {
	r := rand.New(rand.NewPCG(uint64(n), h.store.Seq()))
	var people, calls []store.ID
	h.update(func(tx *store.Tx) error {
		for id := range tx.Customers(store.ID{}) {
			people = append(people, id)
		}
		for id := range tx.Interactions(store.ID{}) {
			calls = append(calls, id)
		}
		return nil
	})
	for range n {
		switch k := r.IntN(10); {
		case k < 2 || len(people) < 3:
			people = append(people, h.create("Someone", fmt.Sprintf("r%d@example.com", h.store.Seq()), "0612345678"))
		case k < 6 || len(calls) < 3:
			i := store.Interaction{CustomerID: people[r.IntN(len(people))], Channel: "phone", Summary: "x", Timestamp: h.store.Now() - store.Time(r.IntN(20))*1000}
			h.update(func(tx *store.Tx) error {
				_, err := tx.CreateInteraction(&i, nil)
				if err == nil {
					calls = append(calls, i.ID)
				}
				return unlessErased(err)
			})
		case k == 6:
			h.update(func(tx *store.Tx) error {
				_, err := tx.UpdateInteraction(calls[r.IntN(len(calls))], func(i *store.Interaction) store.Invalid {
					i.Timestamp = tx.Now() - store.Time(r.IntN(20))*1000
					i.Channel, i.FollowUpRequired = "email", !i.FollowUpRequired
					return nil
				})
				return err
			})
		case k == 7:
			at := r.IntN(len(calls))
			h.update(func(tx *store.Tx) error { return tx.DeleteInteraction(calls[at]) })
			calls = slices.Delete(calls, at, at+1)
		case k == 8:
			f := store.Feedback{CustomerID: &people[r.IntN(len(people))], ServiceType: "Tour", Rating: int64(1 + r.IntN(5))}
			h.update(func(tx *store.Tx) error {
				_, err := tx.CreateFeedback(&f, nil)
				return unlessErased(err)
			})
		case r.IntN(4) > 0:
			h.rename(people[0], fmt.Sprintf("Name %d", r.IntN(100)))
		default:
			at := 1 + r.IntN(len(people)-1)
			h.update(func(tx *store.Tx) error {
				_, err := tx.Erase(people[at], tx.Traces(people[at]), nil)
				return err
			})
		}
	}
	return h.store.Seq()
}
