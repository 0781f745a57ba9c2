package store

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"crm/store/kv"
)

// relist gives a list of names another content until the test ends.
func relist(t *testing.T, list *[]string, names ...string) {
	t.Helper()
	old := *list
	t.Cleanup(func() { *list = old })
	*list = names
}

// Counts that are stored mean the same under a list of names that is longer, in another order, or lacks one of them.
func TestCountsAreByName(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	channels, services := slices.Clone(Channels), slices.Clone(Services)
	relist(t, &Channels, append(channels, "fax")...)
	relist(t, &Services, append(services, "Visa")...)
	id := createCustomer(t, s, "a@example.com")
	var faxes []ID
	for _, channel := range []string{"fax", "email", "fax", "sms"} {
		update(t, s, func(tx *Tx) error {
			i := &Interaction{CustomerID: id, Channel: channel, Summary: "S", Timestamp: Never}
			_, err := tx.CreateInteraction(i, nil)
			if channel == "fax" {
				faxes = append(faxes, i.ID)
			}
			return err
		})
	}
	createFeedback(t, s, Feedback{CustomerID: &id, ServiceType: "Visa", Rating: 2})
	createFeedback(t, s, Feedback{CustomerID: &id, ServiceType: "Tour", Rating: 3})
	want := Activity{Channels: Counts{{"email", 1}, {"fax", 2}, {"sms", 1}}, Services: Counts{{"Tour", 1}, {"Visa", 1}}, Ratings: 5, LastFeedback: activity(t, s, id).LastFeedback}
	reopen := func(name string, channels, services []string) {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		checkFile(t, filepath.Join(dir, FileName))
		relist(t, &Channels, channels...)
		relist(t, &Services, services...)
		if s, err = Open(dir); err != nil {
			t.Fatal(err)
		}
		if got := activity(t, s, id); !got.equal(&want) || got.Interactions() != 4 || got.Feedback() != 2 || got.Channels.Of("fax") != 2 || got.Channels.Of("chat") != 0 {
			t.Errorf("%s: got %s, want %s", name, asJSON(got), asJSON(want))
		}
	}
	slices.Reverse(Channels)
	slices.Reverse(Services)
	reopen("reversed", Channels, Services)
	reopen("shorter", channels, services)
	update(t, s, func(tx *Tx) error { return tx.DeleteInteraction(faxes[0]) })
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateInteraction(faxes[1], func(i *Interaction) Invalid { i.Channel = "chat"; return nil })
		return err
	})
	if got := activity(t, s, id); asJSON(got.Channels) != `{"chat":1,"email":1,"sms":1}` {
		t.Errorf("got %s", asJSON(got))
	}
	if problems := check(t, s); len(problems) != 1 { // the service that is in no list, and no count
		t.Errorf("check: %v", problems)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestNameCounts turns counts by position into counts by name, whatever the lists are by now.
func TestNameCounts(t *testing.T) {
	dir := t.TempDir()
	unpack(t, "../testdata/schema-2.db.gz", filepath.Join(dir, FileName))
	k, err := openDB(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	relist(t, &Channels, "fax", "sms")
	relist(t, &Services, "Visa")
	empty := ID{0xff}
	err = k.Update(func(pairs *kv.Tx) error {
		none := []byte(`{"channels":[0,0,0,0,0,0],"services":[0,0,0,0,0,0],"ratings":0,"last_feedback":null}`)
		return errors.Join(pairs.Put(bucketActivity, empty[:], none), nameCounts(pairs))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = k.View(func(pairs *kv.Tx) error {
		tx, counted := &Tx{kv: pairs}, int64(0)
		for key, raw := range pairs.Scan(bucketActivity, nil) {
			got, err := tx.Activity(ID(key))
			if err != nil {
				return err
			}
			if want := tx.recount(ID(key)); !got.equal(&want) {
				t.Errorf("%x: got %s, want %s", key, raw, asJSON(want))
			}
			counted += got.Interactions() + got.Feedback()
		}
		if counted < 20 {
			t.Errorf("only %d are counted", counted)
		}
		if got := string(pairs.Get(bucketActivity, empty[:])); got != `{"ratings":0,"last_feedback":null}` {
			t.Errorf("of nothing: got %s", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestCloseErased migrates a database in which an erased customer still has open follow-ups and feedback. Only these are closed.
func TestCloseErased(t *testing.T) {
	clock := newClock()
	dir := t.TempDir()
	s, err := Open(dir, WithClock(clock.time))
	if err != nil {
		t.Fatal(err)
	}
	id, other := createCustomer(t, s, "a@example.com"), createCustomer(t, s, "b@example.com")
	open := map[ID][2]ID{}
	for _, customer := range []ID{id, other} {
		open[customer] = [2]ID{createInteraction(t, s, customer, Never), createFeedback(t, s, Feedback{CustomerID: &customer, ServiceType: "Tour", Rating: 1})}
	}
	clock.move(time.Hour)
	erased := clock.now()
	update(t, s, func(tx *Tx) error { _, err := tx.Erase(id, Traces{}, nil); return err })
	clock.move(time.Hour)
	for _, records := range open {
		update(t, s, func(tx *Tx) error { // as erasures left it once
			_, err := tx.UpdateInteraction(records[0], func(i *Interaction) Invalid { i.FollowUpRequired = true; return nil })
			if err == nil {
				_, err = tx.UpdateFeedback(records[1], nil, func(f *Feedback) Invalid { f.Resolved = false; return nil })
			}
			return err
		})
	}
	last, seq := clock.now(), s.Seq()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	k, err := openDB(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds nothing to do
		err = errors.Join(err, k.Update(func(pairs *kv.Tx) error { // what cannot be read does not stop the migration
			broken := ID{0xff}
			entry := append(idTime(id, 0), broken[:]...)
			return errors.Join(
				pairs.Put(bucketInteractions, broken[:], []byte("{")), pairs.Put(bucketInteractionCustomer, entry, nil), closeErased(pairs),
				pairs.Delete(bucketInteractions, broken[:]), pairs.Delete(bucketInteractionCustomer, entry),
			)
		}))
	}
	if err := errors.Join(err, k.Close()); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, dir, WithClock(clock.time))
	view(t, s, func(tx *Tx) error {
		for customer, records := range open {
			i, err := tx.Interaction(records[0])
			f, failed := tx.Feedback(records[1])
			if err := errors.Join(err, failed); err != nil {
				return err
			}
			if i.FollowUpRequired != (customer == other) || f.Resolved == (customer == other) {
				t.Errorf("got %s and %s; somebody else's: %t", asJSON(i), asJSON(f), customer == other)
			}
			if customer == id && (f.ResolvedAt == nil || *f.ResolvedAt != erased || f.ResolvedBy != nil) {
				t.Errorf("got %s, want it resolved at %s by nobody", asJSON(f), erased)
			}
		}
		want := []string{`update interaction {"follow_up_required":true}`, `update feedback {"resolved":false,"resolved_at":null}`}
		for c, err := range tx.Changes(seq) {
			if err != nil {
				return err
			}
			if len(want) == 0 || string(c.Op)+" "+string(c.Kind)+" "+string(c.Old) != want[0] || c.Actor != "upgrade" || c.Time != last {
				t.Fatalf("got %s, want %q of %s", asJSON(c), want, last)
			}
			want = want[1:]
		}
		if len(want) > 0 {
			t.Errorf("not in the log: %q", want)
		}
		return nil
	})
}
