package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"crm/store/kv"
	"crm/store/zone"
)

func zoneOf(t testing.TB, data *zone.Data, name string) *zone.Zone {
	t.Helper()
	z, err := data.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t testing.TB, s string) *Time {
	t.Helper()
	std, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return new(TimeOf(std))
}

// A due is a follow-up as the API shows one.
type due struct{ date, local string }

func (s *Store) due(t testing.TB, id ID) (d due) {
	t.Helper()
	view(t, s, func(tx *Tx) error {
		i, err := tx.Interaction(id)
		if err != nil {
			return err
		}
		if i.FollowUpDate != nil {
			d.date = i.FollowUpDate.String()
		}
		if i.FollowUpLocal != nil {
			d.local = *i.FollowUpLocal
		}
		return nil
	})
	return d
}

func followUp(t testing.TB, s *Store, customer ID, required bool, date *Time, local *string) (id ID) {
	t.Helper()
	update(t, s, func(tx *Tx) error {
		i := &Interaction{CustomerID: customer, Channel: "phone", Summary: "Call", Timestamp: Never, FollowUpRequired: required, FollowUpDate: date, FollowUpLocal: local}
		_, err := tx.CreateInteraction(i, nil)
		id = i.ID
		return err
	})
	return id
}

func changesAfter(t testing.TB, s *Store, seq uint64) (list []Change) {
	t.Helper()
	view(t, s, func(tx *Tx) error {
		for c, err := range tx.Changes(seq) {
			if err != nil {
				return err
			}
			list = append(list, c)
		}
		return nil
	})
	return list
}

// asSchema2 rewrites the file in a folder as the program of schema 2 wrote it.
func asSchema2(t testing.TB, dir string) {
	t.Helper()
	k, err := openDB(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	err = k.Update(func(pairs *kv.Tx) error {
		rows := map[string][]byte{}
		for key, raw := range pairs.Scan(bucketInteractions, nil) {
			rows[string(key)] = bytes.Replace(raw, []byte(`"follow_up_local":null,`), nil, 1)
		}
		for key, raw := range rows {
			if err := pairs.Put(bucketInteractions, []byte(key), raw); err != nil {
				return err
			}
		}
		return pairs.Put(bucketMeta, metaSchema, binary.BigEndian.AppendUint64(nil, 2))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Older rows are read by the rules by which they were written, and then follow the present rules.
func TestDaysFromBefore(t *testing.T) {
	tests := []struct {
		name     string
		required bool
		date     string
		want     due
		changed  bool
	}{
		{"a day", true, "2026-12-09T23:00:00Z", due{"2026-12-10T00:00:00.000Z", "2026-12-10"}, true},
		{"a day that is done", false, "2026-12-09T23:00:00Z", due{"2026-12-09T23:00:00.000Z", "2026-12-10"}, false},
		{"a day in Ramadan, by both rules", true, "2026-02-20T00:00:00Z", due{"2026-02-20T00:00:00.000Z", "2026-02-20"}, false},
		{"midnight of UTC was none", true, "2026-12-10T00:00:00Z", due{"2026-12-10T00:00:00.000Z", ""}, false},
		{"an instant", true, "2026-12-10T09:00:00Z", due{"2026-12-10T09:00:00.000Z", ""}, false},
		{"some day", true, "", due{}, false},
		{"nothing to do", false, "", due{}, false},
	}
	dir, clock := t.TempDir(), newClock()
	s := openAt(t, dir, WithClock(clock.time))
	customer := createCustomer(t, s, email(1))
	ids := make([]ID, len(tests))
	for i, tt := range tests {
		var date *Time
		if tt.date != "" {
			date = at(t, tt.date)
		}
		ids[i] = followUp(t, s, customer, tt.required, date, nil)
	}
	before := customerJSON(t, s, customer)
	seq := s.Seq()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	asSchema2(t, dir)
	office := zoneOf(t, zone.Embedded(), "Africa/Casablanca")
	s = openAt(t, dir, WithClock(clock.time)) // a command that knows no zone migrates the file
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, dir, WithClock(clock.time), WithZone(office))
	changed := map[ID]bool{}
	for _, c := range changesAfter(t, s, seq) {
		changed[c.ID] = true
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.due(t, ids[i]); got != tt.want || changed[ids[i]] != tt.changed {
				t.Errorf("got %q, logged %v, want %q, %v", got, changed[ids[i]], tt.want, tt.changed)
			}
		})
	}
	if after := customerJSON(t, s, customer); after != before {
		t.Errorf("the customer was\n%s, and is\n%s", before, after)
	}
	seq = s.Seq()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s = openAt(t, dir, WithClock(clock.time), WithZone(office)); s.Seq() != seq {
		t.Errorf("the same rules changed something: %+v", changesAfter(t, s, seq))
	}
}

func customerJSON(t testing.TB, s *Store, id ID) (raw string) {
	t.Helper()
	view(t, s, func(tx *Tx) error {
		row, err := tx.CustomerJSON(id)
		raw = string(row)
		return err
	})
	return raw
}

// A start with other rules computes the instants of open follow-ups again, as one batch.
func TestRulesChange(t *testing.T) {
	dir, clock := t.TempDir(), newClock()
	old := zoneOf(t, zone.Before(), "Africa/Casablanca")
	s := openAt(t, dir, WithClock(clock.time), WithZone(old))
	customer := createCustomer(t, s, email(1))
	day := followUp(t, s, customer, true, nil, new("2026-12-10"))
	hour := followUp(t, s, customer, true, nil, new("2026-12-10T10:00"))
	done := followUp(t, s, customer, false, nil, new("2026-12-10"))
	instant := followUp(t, s, customer, true, at(t, "2026-12-09T23:00:00Z"), nil)
	for _, step := range []struct {
		zone                     *zone.Zone
		day, hour, done, instant string // instants
		changes                  int
	}{
		{old, "2026-12-09T23:00:00.000Z", "2026-12-10T09:00:00.000Z", "2026-12-09T23:00:00.000Z", "2026-12-09T23:00:00.000Z", 0},
		{zoneOf(t, zone.Embedded(), "Africa/Casablanca"), "2026-12-10T00:00:00.000Z", "2026-12-10T10:00:00.000Z", "2026-12-09T23:00:00.000Z", "2026-12-09T23:00:00.000Z", 2},
		{zoneOf(t, zone.Embedded(), "Europe/London"), "2026-12-10T00:00:00.000Z", "2026-12-10T10:00:00.000Z", "2026-12-09T23:00:00.000Z", "2026-12-09T23:00:00.000Z", 0},
		{zoneOf(t, zone.Embedded(), "Asia/Tokyo"), "2026-12-09T15:00:00.000Z", "2026-12-10T01:00:00.000Z", "2026-12-09T23:00:00.000Z", "2026-12-09T23:00:00.000Z", 2},
	} {
		seq := s.Seq()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openAt(t, dir, WithClock(clock.time), WithZone(step.zone))
		got := []due{s.due(t, day), s.due(t, hour), s.due(t, done), s.due(t, instant)}
		want := []due{{step.day, "2026-12-10"}, {step.hour, "2026-12-10T10:00"}, {step.done, "2026-12-10"}, {step.instant, ""}}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", rules(step.zone), got, want)
		}
		wantBatch(t, s, seq, rules(step.zone), step.changes)
	}
	update(t, s, func(tx *Tx) error { // what was done under the old rules is to be done again
		_, err := tx.UpdateInteraction(done, func(i *Interaction) Invalid { i.FollowUpRequired = true; return nil })
		return err
	})
	if got := s.due(t, done); got != (due{"2026-12-09T15:00:00.000Z", "2026-12-10"}) {
		t.Errorf("opened again it is %q", got)
	}
}

// wantBatch checks that the changes after a sequence are so many, and those of one batch.
func wantBatch(t *testing.T, s *Store, seq uint64, title string, changes int) {
	t.Helper()
	list := changesAfter(t, s, seq)
	if len(list) != changes {
		t.Fatalf("%s: got %d changes, want %d: %+v", title, len(list), changes, list)
	}
	for _, c := range list {
		if c.Batch == nil || *c.Batch != *list[0].Batch || c.Actor != "crm serve" || !bytes.HasPrefix(c.Old, []byte(`{"follow_up_date":`)) {
			t.Fatalf("%s: got %+v, want a change of the instant in a batch", title, c)
		}
	}
	view(t, s, func(tx *Tx) error {
		if changes == 0 {
			return nil
		}
		b, err := tx.Batch(*list[0].Batch)
		if err != nil {
			return err
		}
		if b.Kind != BatchZone || b.Title != title || b.Changes != changes || b.Actor != "crm serve" || b.Time != list[0].Time {
			return fmt.Errorf("got batch %+v", b)
		}
		return nil
	})
}

// A row that cannot be read stays as it is, and the others are migrated.
func TestMigrationLeavesWhatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	customer := createCustomer(t, s, email(1))
	good := followUp(t, s, customer, true, at(t, "2026-12-09T23:00:00Z"), nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	asSchema2(t, dir)
	k, err := openDB(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	bad := []byte("\x00 is no row's id")
	err = k.Update(func(pairs *kv.Tx) error {
		if err := pairs.Put(bucketInteractions, bad, []byte(`{"id":7}`)); err != nil {
			return err
		}
		if err := keepCivil(pairs); err != nil {
			return err
		}
		if raw := pairs.Get(bucketInteractions, good[:]); !bytes.Contains(raw, []byte(`"follow_up_local":null`)) {
			t.Errorf("the good row is %s", raw)
		}
		if raw := pairs.Get(bucketInteractions, bad); string(raw) != `{"id":7}` {
			t.Errorf("the bad row is %s", raw)
		}
		return pairs.Delete(bucketInteractions, bad)
	})
	if err != nil {
		t.Fatal(err)
	}
}
