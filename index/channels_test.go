package index

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"crm/store"
	"crm/store/zone"
)

// call stores an interaction of a customer by a channel.
func (h *fixture) call(customer store.ID, channel string) {
	h.t.Helper()
	_, err := h.store.Update(store.By{}, func(tx *store.Tx) error {
		_, err := tx.CreateInteraction(&store.Interaction{CustomerID: customer, Channel: channel, Summary: "S", Timestamp: store.Never}, nil)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// Numbers of interactions belong to the names of channels, whatever list of them the program has: a longer one, another order, or one that
// lacks a channel that is stored. Facets that were saved with another list are not used.
func TestChannelsMayChange(t *testing.T) {
	six := store.Channels
	t.Cleanup(func() { store.Channels = six })
	store.Channels = append(slices.Clone(six), "fax")
	h := newFixture(t)
	id := h.create("Salma Bennis", "salma@example.com", "0612345678")
	for _, channel := range []string{"fax", "email", "fax", "sms"} {
		h.call(id, channel)
	}
	check := func(name string, want map[string]int) {
		t.Helper()
		if err := h.index.Wait(context.Background(), h.store.Seq()); err != nil {
			t.Fatal(err)
		}
		got := h.index.InteractionStats(h.store.Now().Add(time.Minute), zone.UTC, 30)
		if got.Total != 4 || len(got.ByChannel) != len(store.Channels) {
			t.Errorf("%s: got %d interactions, %v", name, got.Total, got.ByChannel)
		}
		for channel, n := range got.ByChannel {
			if n != want[channel] {
				t.Errorf("%s, %s: got %d, want %d", name, channel, n, want[channel])
			}
		}
	}
	all := map[string]int{"fax": 2, "email": 1, "sms": 1}
	check("a seventh", all)
	relist := func(channels []string) {
		t.Helper()
		h.stop()
		if _, _, err := h.index.loadSaved(); err != nil {
			t.Fatalf("saved under the same list: %v", err)
		}
		store.Channels = channels
		if _, _, err := h.index.loadSaved(); !errors.Is(err, errStale) {
			t.Errorf("saved under another list: got %v", err)
		}
		h.start()
	}
	relist([]string{"sms", "fax", "chat", "in-person", "whatsapp", "phone", "email"})
	check("another order", all)
	relist(six)
	check("without the seventh", map[string]int{"email": 1, "sms": 1})
	if problems := h.check(); problems != nil {
		t.Errorf("check: %q", problems)
	}
}
