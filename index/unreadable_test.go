package index

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"crm/store"
	"crm/store/storetest"
	"crm/store/zone"
)

// corrupt closes everything, writes a pair into the database without any checks, and opens and starts again.
func (h *fixture) corrupt(bucket string, key, value []byte) {
	h.t.Helper()
	if h.stop != nil {
		h.stop()
	}
	if err := h.store.Close(); err != nil {
		h.t.Fatal(err)
	}
	storetest.Put(h.t, h.dir, bucket, key, value)
	st, err := store.Open(h.dir)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		if h.stop != nil {
			h.stop()
		}
		if err := st.Close(); err != nil {
			h.t.Error(err)
		}
	})
	h.store = st
	h.start()
}

func (h *fixture) caughtUp() {
	h.t.Helper()
	if err := h.index.Wait(context.Background(), h.store.Seq()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *fixture) rename(id store.ID, name string) {
	h.t.Helper()
	_, err := h.store.Update(store.By{}, func(tx *store.Tx) error {
		_, err := tx.UpdateCustomer(id, func(c *store.Customer) store.Invalid { c.FullName = &name; return nil })
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// named returns the ids that the store knows to be unreadable.
func (h *fixture) named() (ids []store.ID) {
	_, found := h.store.Unreadable(100)
	for _, u := range found {
		ids = append(ids, u.ID)
	}
	return ids
}

// What is written in place of a row.
var corruptRows = map[string]string{
	"no JSON": "\x00\x01garbage", "cut off": `{"id":"01890000-0000-7000-8000-000000000001","full_na`, "another type": `{"tags":7}`,
	"no object": `null`, "nothing": ``,
}

// A row that cannot be read is left out of a new index, and the others are found.
func TestUnreadableRowWhenReadingAll(t *testing.T) {
	for name, row := range corruptRows {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t)
			bad := h.create("Bad Luck", "bad@example.com", "0612345678")
			good := h.create("Good Luck", "good@example.com", "0612345679")
			talk := h.interaction(bad, "phone")
			h.stop()
			if err := os.RemoveAll(filepath.Join(h.dir, "index")); err != nil {
				t.Fatal(err)
			}
			h.corrupt("customers", bad[:], []byte(row))
			if got := h.search("luck"); got != 1 {
				t.Errorf("found %d, want the other one", got)
			}
			if got := h.named(); !slices.Equal(got, []store.ID{bad}) {
				t.Errorf("named %v, want %v", got, bad)
			}
			if page := h.index.Interactions(InteractionFilter{}, Slice{Limit: 10}); !slices.Equal(page.IDs, []store.ID{talk}) {
				t.Errorf("interactions: %v, want %v", page.IDs, talk)
			}
			h.rename(good, "Best Luck")
			if got := h.search("best"); got != 1 {
				t.Errorf("after a change found %d, want 1", got)
			}
			h.stop()
			if _, err := os.Stat(h.index.savedFile()); err == nil {
				t.Error("facets without a record were saved: a start with a program that can read it would not have it")
			}
		})
	}
}

// interaction stores an interaction and returns its id.
func (h *fixture) interaction(customer store.ID, channel string) store.ID {
	h.t.Helper()
	i := store.Interaction{CustomerID: customer, Channel: channel, Summary: "talk", Timestamp: store.Never}
	_, err := h.store.Update(store.By{}, func(tx *store.Tx) error {
		_, err := tx.CreateInteraction(&i, nil)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return i.ID
}

// A row that a change has made unreadable stops nothing: what comes after it in the log is applied.
func TestUnreadableRowWhenFollowing(t *testing.T) {
	h := newFixture(t)
	bad := h.create("Bad Luck", "bad@example.com", "0612345678")
	talk := h.interaction(bad, "phone")
	h.settled()
	h.stop()
	h.rename(bad, "Worse Luck")
	h.create("Good Luck", "good@example.com", "0612345679")
	if _, err := h.store.Update(store.By{}, func(tx *store.Tx) error { return tx.DeleteInteraction(talk) }); err != nil {
		t.Fatal(err)
	}
	h.corrupt("customers", bad[:], []byte("garbage"))
	if got := h.search("good luck"); got != 1 {
		t.Errorf("found %d, want 1", got)
	}
	if got := h.named(); !slices.Equal(got, []store.ID{bad}) {
		t.Errorf("named %v, want %v", got, bad)
	}
	if page := h.index.Interactions(InteractionFilter{}, Slice{Limit: 10}); page.Total != 0 {
		t.Errorf("%d interactions, want none", page.Total)
	}
}

// An entry of the log that cannot be read may have been about any record: all of them are read again.
func TestUnreadableLogEntry(t *testing.T) {
	for name, newest := range map[string]bool{"newest": true, "others follow": false} {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t)
			h.create("First One", "first@example.com", "0612345678")
			h.settled()
			h.stop()
			h.create("Second One", "second@example.com", "0612345679")
			seq := h.store.Seq()
			if !newest {
				h.create("Third One", "third@example.com", "0612345670")
			}
			want := int(h.store.Seq())
			h.corrupt("log", binary.BigEndian.AppendUint64(nil, seq), []byte("garbage"))
			if got := h.search("one"); got != want {
				t.Errorf("found %d, want %d", got, want)
			}
			h.create("Last One", "last@example.com", "0612345671")
			if got := h.search("one"); got != want+1 {
				t.Errorf("found %d, want %d", got, want+1)
			}
			if total, found := h.store.Unreadable(1); total != 1 || found[0].Seq != seq {
				t.Errorf("named %v, want change %d", found, seq)
			}
		})
	}
}

// An index whose next changes were trimmed from the log reads the records again.
func TestTrimmedWhileFollowing(t *testing.T) {
	h := newFixture(t)
	h.fill(20)
	h.settled()
	h.stop()
	h.index = New(h.store, filepath.Join(h.dir, "index"), h.index.opts)
	if err := h.index.load(); err != nil {
		t.Fatal(err)
	}
	h.create("Last Of All", "last@example.com", "0612345678")
	h.create("Very Last", "very@example.com", "0612345679")
	h.manyExports()
	if _, err := h.store.Trim(t.Context(), h.store.Now()+1); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.index.run(ctx) }()
	if got := h.search("last"); got != 2 {
		t.Errorf("found %d, want 2", got)
	}
	h.settled()
	if got := h.search("number7"); got != 1 {
		t.Errorf("found %d, want 1", got)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !strings.Contains(h.log.String(), "lost track") {
		t.Errorf("nothing was lost:\n%s", h.log)
	}
}

// An interaction with an unknown channel, as from another program, is listed, and counted for no known channel.
func TestUnknownChannel(t *testing.T) {
	h := newFixture(t)
	someone := h.create("Someone", "someone@example.com", "0612345678")
	talk := h.interaction(someone, "phone")
	h.interaction(someone, "email")
	h.stop()
	if err := os.RemoveAll(filepath.Join(h.dir, "index")); err != nil {
		t.Fatal(err)
	}
	var row []byte
	err := h.store.View(func(tx *store.Tx) error {
		raw, err := tx.InteractionJSON(talk)
		row = []byte(strings.Replace(string(raw), `"phone"`, `"pigeon"`, 1))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.corrupt("interactions", talk[:], row)
	h.caughtUp()
	stats := h.index.InteractionStats(h.store.Now(), zone.UTC, 30)
	if stats.ByChannel["email"] != 1 || stats.ByChannel["phone"] != 0 {
		t.Errorf("by channel: %v", stats.ByChannel)
	}
	if page := h.index.Interactions(InteractionFilter{}, Slice{Limit: 10}); page.Total != 2 {
		t.Errorf("%d are listed, want 2", page.Total)
	}
	if _, err := h.store.Update(store.By{}, func(tx *store.Tx) error { return tx.DeleteInteraction(talk) }); err != nil {
		t.Error(err)
	}
}
