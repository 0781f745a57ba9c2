package index

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/store"
	"crm/store/sample"
	"crm/store/zone"
)

// newSampleFixture returns a fixture with sample data of all kinds.
func newSampleFixture(t *testing.T) *fixture {
	t.Helper()
	h := &fixture{t: t, dir: t.TempDir(), log: &lines{}}
	var err error
	if h.store, err = store.Open(h.dir); err != nil {
		t.Fatal(err)
	}
	g := sample.New(sample.Options{Seed: 5, Customers: 800, Interactions: 2000, Feedback: 600, Now: store.Now()})
	rows := store.Rows{Customers: g.Customers(), Interactions: g.Interactions(), Feedback: g.Feedback(), Segments: slices.Values(g.Segments())}
	if err := h.store.Load(store.By{}, rows, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if h.stop != nil {
			h.stop()
		}
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	h.start()
	return h
}

// everything returns the JSON of many answers: lists by each filter and order, and all statistics.
func (h *fixture) everything(now time.Time) string {
	h.t.Helper()
	if err := h.index.Wait(context.Background(), h.store.Seq()); err != nil {
		h.t.Fatal(err)
	}
	var answers []any
	for _, sort := range []string{"", "name", "updated_at", "last_interaction"} {
		for _, filter := range []CustomerFilter{{}, {Active: new(false)}, {Values: store.Criteria{"tags": {"vip"}}}, {Values: store.Criteria{"region": {"marrakech", "rabat"}}}} {
			page, err := h.index.Customers(CustomerQuery{CustomerFilter: filter, Slice: Slice{Sort: sort, Limit: 900}})
			if err != nil {
				h.t.Fatal(err)
			}
			answers = append(answers, page)
		}
	}
	for _, filter := range []InteractionFilter{
		{}, {Channel: "phone"}, {FollowUp: new(true)}, {From: new(store.TimeOf(now.AddDate(0, -2, 0)))},
		{Due: &Due{From: store.TimeOf(now.AddDate(0, -1, 0)), To: store.TimeOf(now.AddDate(0, 1, 0)), Undated: true}},
	} {
		answers = append(answers, h.index.Interactions(filter, Slice{Limit: 3000}))
	}
	for _, filter := range []FeedbackFilter{{}, {Service: "Tour"}, {Ratings: []int{5}}, {Resolved: new(false)}} {
		page, err := h.index.Feedback(filter, Slice{Limit: 3000})
		if err != nil {
			h.t.Fatal(err)
		}
		answers = append(answers, page)
	}
	answers = append(answers, h.index.InteractionStats(store.TimeOf(now), zone.UTC, 90), h.index.FeedbackStats(store.TimeOf(now), zone.UTC, 365), h.index.Values("tags"), h.index.Values("region"))
	raw, err := json.Marshal(answers)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(raw)
}

// change makes one change of each kind that the facets must follow.
func (h *fixture) change() {
	h.t.Helper()
	page := h.index.Interactions(InteractionFilter{FollowUp: new(true)}, Slice{Limit: 3})
	opinions, err := h.index.Feedback(FeedbackFilter{Resolved: new(false)}, Slice{Limit: 2})
	if err != nil {
		h.t.Fatal(err)
	}
	_, err = h.store.Update(store.By{}, func(tx *store.Tx) error {
		i, err := tx.Interaction(page.IDs[0])
		if err != nil {
			return err
		}
		if _, err := tx.UpdateCustomer(i.CustomerID, func(c *store.Customer) store.Invalid {
			c.FullName, c.Tags, c.IsActive = new("Zineb Changed"), []string{"Changed", "VIP"}, !c.IsActive
			return nil
		}); err != nil {
			return err
		}
		if _, err := tx.UpdateInteraction(page.IDs[0], func(i *store.Interaction) store.Invalid {
			i.Channel, i.FollowUpRequired, i.Timestamp = "sms", false, i.Timestamp.Add(-time.Hour)
			return nil
		}); err != nil {
			return err
		}
		if err := tx.DeleteInteraction(page.IDs[1]); err != nil {
			return err
		}
		if _, err := tx.CreateInteraction(&store.Interaction{CustomerID: i.CustomerID, Channel: "chat", Summary: "new", Timestamp: store.Never}, nil); err != nil {
			return err
		}
		if _, err := tx.UpdateFeedback(opinions.IDs[0], nil, func(f *store.Feedback) store.Invalid { f.Resolved = true; return nil }); err != nil {
			return err
		}
		return tx.DeleteFeedback(opinions.IDs[1])
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// TestFacetsAreTheSameFollowedSavedOrRead compares facets that followed changes, facets that were saved and replayed
// the changes, and facets made from the store's rows.
func TestFacetsAreTheSameFollowedSavedOrRead(t *testing.T) {
	h := newSampleFixture(t)
	now := store.Now()
	before := h.everything(now)
	h.stop()
	saved, err := os.ReadFile(h.index.savedFile())
	if err != nil {
		t.Fatal(err)
	}
	h.start()
	if got := h.everything(now); got != before {
		t.Error("saved facets answer otherwise than those that were saved")
	}
	h.change()
	followed := h.everything(now)
	if followed == before {
		t.Fatal("the changes made no difference")
	}
	h.stop()
	for name, file := range map[string][]byte{"saved before the changes": saved, "flipped": flipped(saved), "cut off": saved[:len(saved)/2], "emptied": {}, "deleted": nil} {
		t.Run(name, func(t *testing.T) {
			h.t = t
			if err := os.RemoveAll(h.index.savedFile()); err != nil {
				t.Fatal(err)
			}
			if file != nil {
				if err := os.WriteFile(h.index.savedFile(), file, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			h.log = &lines{}
			h.start()
			if got := h.everything(now); got != followed {
				t.Error("answers differ from those of facets that followed the changes")
			}
			if read, want := strings.Contains(h.log.String(), "whole store is read"), name != "saved before the changes" && name != "deleted"; read != want {
				t.Errorf("whole store was read: %v, want %v; log:\n%s", read, want, h.log)
			}
			h.stop()
		})
	}
	h.t = t
}

func flipped(file []byte) []byte {
	file = bytes.Clone(file)
	file[len(file)/3] ^= 4
	return file
}

func TestSavedFacetsOfAnotherStoreAreRefused(t *testing.T) {
	h := newSampleFixture(t)
	h.settled()
	h.stop()
	path := h.index.savedFile()
	if _, _, err := loadFacets(path, originOf(h.store)); err != nil {
		t.Fatal(err)
	}
	for name, load := range map[string]func() error{
		"store": func() error {
			_, _, err := loadFacets(path, origin{store.ID{1}, h.store.PhoneRules(), h.store.Home()})
			return err
		},
		"phones": func() error { _, _, err := loadFacets(path, origin{h.store.ID(), "FR", h.store.Home()}); return err },
		"file": func() error {
			_, _, err := loadFacets(filepath.Join(h.dir, store.FileName), originOf(h.store))
			return err
		},
	} {
		if load() == nil {
			t.Errorf("another %s: facets were taken over", name)
		}
	}
}
