package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
)

// checkFile reads every page of a closed database and walks its invariants.
func checkFile(t testing.TB, path string) {
	t.Helper()
	if err := CheckFile(path, nil); err != nil {
		t.Errorf("file: %v", err)
		return
	}
	k, err := openKV(path)
	if err != nil {
		t.Errorf("file: %v", err)
		return
	}
	defer k.close()
	err = k.view(func(kv *kvTx) error {
		for err := range kv.tx.Check() {
			t.Errorf("pages: %v", err)
		}
		if kv.get(bucketMeta, metaLoading) == nil { // half loaded: nothing is promised
			for i, problem := range invariants(&Tx{kv: kv}) {
				if i < 10 {
					t.Errorf("invariant: %s", problem)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A walk compares what is stored with what follows from the rows.
type walk struct {
	tx       *Tx
	problems []string
	alive    map[ID]Kind // logged records that exist
}

func invariants(tx *Tx) []string {
	w := &walk{tx: tx, alive: make(map[ID]Kind)}
	people := walkTable(w, customers)
	contacts := walkTable(w, interactions)
	opinions := walkTable(w, feedback)
	accounts := walkTable(w, users)
	walkTable(w, segments)
	walkTable(w, replies)
	for _, s := range walkTable(w, sessions) {
		if accounts[s.UserID] == nil {
			w.add("session %s: no user %s", s.ID, s.UserID)
		}
	}
	w.activity(people, contacts, opinions)
	w.log()
	return w.problems
}

func (w *walk) add(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

// walkTable reads all rows and compares the indexes, both ways, with what the rows ask for.
func walkTable[T any](w *walk, t *table[T]) map[ID]*T {
	rows := make(map[ID]*T)
	want := make([]map[string]string, len(t.indexes))
	for i := range want {
		want[i] = make(map[string]string)
	}
	for key, raw := range w.tx.kv.scan(t.rows, nil) {
		row, err := t.decode(raw)
		if err != nil {
			w.add("%s %x: %v", t.kind, key, err)
			continue
		}
		id := t.id(row)
		if !bytes.Equal(key, id[:]) {
			w.add("%s %s is stored under %x", t.kind, id, key)
		}
		if again, _ := Encode(row); !bytes.Equal(again, raw) {
			w.add("%s %s is stored as %s, want %s", t.kind, id, raw, again)
		}
		for i, ix := range t.indexes {
			if k := ix.key(row); k != nil {
				want[i][string(ix.entry(k, id))] = string(ix.value(id))
			}
		}
		rows[id] = row
		if !t.silent {
			w.alive[id] = t.kind
		}
	}
	for i, ix := range t.indexes {
		w.sameBucket(ix.bucket, want[i])
	}
	return rows
}

func (w *walk) sameBucket(b bucket, want map[string]string) {
	got := maps.Collect(pairs(w.tx, b))
	for key, value := range want {
		if v, ok := got[key]; !ok || v != value {
			w.add("%s: entry %x is %x (there: %t), want %x", bucketNames[b], key, v, ok, value)
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			w.add("%s: entry %x leads nowhere", bucketNames[b], key)
		}
	}
}

// pairs yields a bucket's pairs as strings, which outlive the transaction.
func pairs(tx *Tx, b bucket) func(yield func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for k, v := range tx.kv.scan(b, nil) {
			if !yield(string(k), string(v)) {
				return
			}
		}
	}
}

// activity counts again what happened with each customer.
func (w *walk) activity(people map[ID]*Customer, contacts map[ID]*Interaction, opinions map[ID]*Feedback) {
	want := make(map[ID]Activity)
	last := make(map[ID]*Time)
	for id, i := range contacts {
		if people[i.CustomerID] == nil {
			w.add("interaction %s: no customer %s", id, i.CustomerID)
		}
		a := want[i.CustomerID]
		a.Channels[slices.Index(Channels, i.Channel)]++
		want[i.CustomerID] = a
		last[i.CustomerID] = later(last[i.CustomerID], i.Timestamp)
	}
	for id, f := range opinions {
		if f.Sentiment != Sentiment(f.Rating) {
			w.add("feedback %s: %s with %d stars", id, f.Sentiment, f.Rating)
		}
		if f.CustomerID == nil || f.IsAnonymous {
			if f.CustomerID != nil || !f.IsAnonymous {
				w.add("feedback %s: customer %v, anonymous %t", id, f.CustomerID, f.IsAnonymous)
			}
			continue
		}
		if people[*f.CustomerID] == nil {
			w.add("feedback %s: no customer %s", id, *f.CustomerID)
		}
		a := want[*f.CustomerID]
		a.Services[slices.Index(Services, f.ServiceType)]++
		a.Ratings += f.Rating
		a.LastFeedback = later(a.LastFeedback, f.SubmittedAt)
		want[*f.CustomerID] = a
	}
	for id, c := range people {
		got, err := w.tx.Activity(id)
		if g, m := asJSON(got), asJSON(want[id]); err != nil || g != m {
			w.add("customer %s: activity %s (%v), want %s", id, g, err, m)
		}
		if g, m := asJSON(c.LastInteraction), asJSON(last[id]); g != m {
			w.add("customer %s: last_interaction %s, want %s", id, g, m)
		}
	}
	for key := range w.tx.kv.scan(bucketActivity, nil) {
		if people[ID(key)] == nil {
			w.add("activity of nobody: %x", key)
		}
	}
}

func later(t *Time, other Time) *Time {
	if t != nil && *t > other {
		return t
	}
	return &other
}

func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// log checks that sequences have no gaps, that each entry is found by its record, that no secret is in it, and
// that what it creates and does not delete is what exists.
func (w *walk) log() {
	byRecord := make(map[string]string)
	exists := make(map[ID]Kind)
	var seq uint64
	var last Time
	for key, raw := range w.tx.kv.scan(bucketLog, nil) {
		var c Change
		if err := json.Unmarshal(raw, &c); err != nil {
			w.add("log %x: %v", key, err)
			continue
		}
		if seq++; c.Seq != seq || !bytes.Equal(key, seqKey(seq)) {
			w.add("log: sequence %d under %x, want %d", c.Seq, key, seq)
		}
		if c.Time < last {
			w.add("log: %d is at %s, after %s", c.Seq, c.Time, last)
		}
		last = c.Time
		if bytes.Contains(raw, []byte("_hash")) {
			w.add("log: %d has a hash in it: %s", c.Seq, raw)
		}
		entry := string(append(c.ID[:], key...))
		if !c.implied() || w.tx.kv.get(bucketLogRecord, []byte(entry)) != nil {
			byRecord[entry] = ""
		}
		_, there := exists[c.ID]
		if there != (c.Op != OpCreate) {
			w.add("log: %d is a %s, the record exists: %t", c.Seq, c.Op, there)
		}
		if exists[c.ID] = c.Kind; c.Op == OpDelete {
			delete(exists, c.ID)
		}
	}
	w.sameBucket(bucketLogRecord, byRecord)
	if !maps.Equal(exists, w.alive) {
		w.add("log leads to %d records, there are %d", len(exists), len(w.alive))
	}
}

// TestInvariants damages a good file in every way that the walk is there for.
func TestInvariants(t *testing.T) {
	tests := []struct {
		name   string
		damage func(tx *Tx, customer, interaction ID) error
	}{
		{"lost index entry", func(tx *Tx, _, _ ID) error {
			return tx.delete(bucketCustomerEmail, []byte("a@example.com"))
		}},
		{"stray index entry", func(tx *Tx, id, _ ID) error {
			return tx.put(bucketCustomerEmail, []byte("b@example.com"), id[:])
		}},
		{"lost customer", func(tx *Tx, id, _ ID) error { return tx.delete(bucketCustomers, id[:]) }},
		{"lost interaction", func(tx *Tx, _, id ID) error { return tx.delete(bucketInteractions, id[:]) }},
		{"wrong activity", func(tx *Tx, id, _ ID) error {
			return tx.count(id, func(a *Activity) { a.Channels[0]++ })
		}},
		{"wrong last interaction", func(tx *Tx, id, _ ID) error {
			c, err := tx.Customer(id)
			if err != nil {
				return err
			}
			*c.LastInteraction++
			return customers.rewrite(tx, c)
		}},
		{"gap in the log", func(tx *Tx, _, _ ID) error { return tx.delete(bucketLog, seqKey(1)) }},
		{"lost record of the log", func(tx *Tx, id, _ ID) error {
			return tx.delete(bucketLogRecord, append(id[:], seqKey(3)...))
		}},
	}
	s := open(t)
	id := createCustomer(t, s, "a@example.com")
	contact := createInteraction(t, s, id, Never)
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { c.Notes = new("Calls back."); return nil })
		return err
	})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			undo := fmt.Errorf("undo")
			var got []string
			_, err := s.Update(By{}, func(tx *Tx) error {
				if err := tt.damage(tx, id, contact); err != nil {
					return err
				}
				got = invariants(tx)
				return undo
			})
			if err != undo || len(got) == 0 {
				t.Errorf("problems %v, error %v; want a problem", got, err)
			}
		})
	}
}
