package store

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"

	"crm/store/kv"
)

// Rows has a whole data set. The rows of each kind are in ascending order of id, and have their ids and times.
type Rows struct {
	Customers    iter.Seq[*Customer]
	Interactions iter.Seq[*Interaction]
	Feedback     iter.Seq[*Feedback]
	Segments     iter.Seq[*Segment]
}

// loadChunk is how many rows a transaction of Load writes.
const loadChunk = 20_000

// Load fills an empty store, bucket by bucket in the order of keys, so that the file is compact. It checks the same rules as single
// writes and logs every row, with the time of loading. progress, if not nil, is called after each row, and its error ends the load.
// Nothing else may write meanwhile. A store whose Load did not finish cannot be opened again.
func (s *Store) Load(by By, rows Rows, progress func(n int) error) error {
	l := &loader{s: s, by: by, progress: progress, activity: make(map[ID]*Activity)}
	if err := l.begin(); err != nil {
		return err
	}
	steps := []func() error{
		func() error { return load(l, interactions, rows.Interactions, l.interaction) },
		func() error { return load(l, feedback, rows.Feedback, l.feedback) },
		func() error { return load(l, customers, rows.Customers, l.customer) },
		func() error { return load(l, segments, rows.Segments, (*Segment).Validate) },
		l.records, l.end,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("load: %w", err)
		}
	}
	return nil
}

type loader struct {
	s        *Store
	by       By
	progress func(int) error
	activity map[ID]*Activity
	logged   [][24]byte // record id, sequence
	counted  []entry    // the activity of the customers seen so far
}

// An entry is a pair that is to be written in the order of keys.
type entry struct{ key, value []byte }

func (l *loader) begin() error {
	return l.update(func(tx *Tx) error {
		for _, b := range []kv.Bucket{bucketCustomers, bucketFeedback, bucketSegments} {
			for range tx.kv.Scan(b, nil) {
				return ErrNotEmpty
			}
		}
		return tx.put(bucketMeta, metaLoading, []byte{1})
	})
}

func (l *loader) end() error {
	return l.update(func(tx *Tx) error { return tx.delete(bucketMeta, metaLoading) })
}

func (l *loader) update(fn func(*Tx) error) error {
	_, err := l.s.Update(l.by, fn)
	return err
}

func (l *loader) of(customer ID) *Activity {
	a := l.activity[customer]
	if a == nil {
		a = new(Activity)
		l.activity[customer] = a
	}
	return a
}

func (l *loader) interaction(i *Interaction) error {
	if err := i.Validate(TimeOf(l.s.clock())); err != nil {
		return err
	}
	l.of(i.CustomerID).interaction(i, 1)
	return nil
}

func (l *loader) feedback(f *Feedback) error {
	if err := f.Validate(); err != nil {
		return err
	}
	if f.IsAnonymous {
		f.CustomerID = nil
	}
	if f.CustomerID != nil {
		a := l.of(*f.CustomerID)
		a.rating(f, 1)
		if a.LastFeedback == nil || *a.LastFeedback < f.SubmittedAt {
			a.LastFeedback = &f.SubmittedAt
		}
	}
	return nil
}

// customer checks c, and removes its counts from activity to store them. Counts that are left in activity at the end belong to customers
// that do not exist.
func (l *loader) customer(c *Customer) error {
	if a := l.activity[c.ID]; a != nil {
		raw, err := Encode(a)
		if err != nil {
			return err
		}
		l.counted = append(l.counted, entry{c.ID[:], raw})
		delete(l.activity, c.ID)
	}
	err := c.Validate()
	c.readPhone(l.s.home)
	return err
}

// records writes what is computed from the rows: the activities and the histories of records.
func (l *loader) records() error {
	for _, id := range slices.SortedFunc(maps.Keys(l.activity), func(a, b ID) int { return bytes.Compare(a[:], b[:]) }) {
		return fmt.Errorf("customer %s: %w", id, ErrNotFound)
	}
	slices.SortFunc(l.logged, func(a, b [24]byte) int { return bytes.Compare(a[:], b[:]) })
	err := inChunks(l, bucketLogRecord, slices.Values(l.logged), func(tx *Tx, key [24]byte) error {
		return tx.put(bucketLogRecord, bytes.Clone(key[:]), nil)
	})
	if err != nil {
		return err
	}
	return l.write(bucketActivity, l.counted)
}

func (l *loader) write(b kv.Bucket, entries []entry) error {
	return inChunks(l, b, slices.Values(entries), func(tx *Tx, e entry) error { return tx.put(b, e.key, e.value) })
}

// A loaded row is checked and encoded.
type loaded struct {
	id  ID
	raw []byte
}

// load writes the rows of one kind and then its indexes. see checks and counts a row.
func load[T any](l *loader, t *table[T], rows iter.Seq[*T], see func(*T) error) error {
	var (
		last    ID
		refused error
		entries = make([][]entry, len(t.indexes))
	)
	prepare := func(row *T) (r loaded, err error) {
		r.id = t.id(row)
		if err := see(row); err != nil {
			return r, fmt.Errorf("%s %s: %w", t.kind, r.id, err)
		}
		if bytes.Compare(r.id[:], last[:]) <= 0 {
			return r, fmt.Errorf("%s %s is not in order", t.kind, r.id)
		}
		last = r.id
		for i, ix := range t.indexes {
			if key := ix.key(row); key != nil {
				entries[i] = append(entries[i], entry{ix.entry(key, r.id), ix.value(r.id)})
			}
		}
		r.raw, err = t.encode(row)
		return r, err
	}
	prepared := func(yield func(loaded) bool) {
		for row := range rows {
			var r loaded
			if r, refused = prepare(row); refused != nil || !yield(r) {
				return
			}
		}
	}
	err := inChunks(l, t.rows, prepared, func(tx *Tx, r loaded) error { return l.insert(tx, t.kind, t.rows, r) })
	if err := cmp.Or(err, refused); err != nil {
		return err
	}
	for i, ix := range t.indexes {
		if err := l.index(ix.bucket, entries[i], ix.taken); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) insert(tx *Tx, kind Kind, b kv.Bucket, row loaded) error {
	if err := tx.put(b, row.id[:], row.raw); err != nil {
		return err
	}
	if l.progress != nil {
		if err := l.progress(1); err != nil {
			return err
		}
	}
	c, err := tx.append(Change{Kind: kind, ID: row.id, Op: OpCreate})
	if err == nil && !c.implied() {
		l.logged = append(l.logged, [24]byte(slices.Concat(row.id[:], seqKey(c.Seq))))
	}
	return err
}

func (l *loader) index(b kv.Bucket, entries []entry, taken error) error {
	slices.SortFunc(entries, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
	for i := 1; i < len(entries); i++ {
		if bytes.Equal(entries[i-1].key, entries[i].key) {
			return fmt.Errorf("%q: %w", entries[i].key, taken)
		}
	}
	return l.write(b, entries)
}

// inChunks calls put for every item, in transactions of loadChunk items each. While one transaction is written, the items of the next
// are prepared.
func inChunks[T any](l *loader, b kv.Bucket, items iter.Seq[T], put func(*Tx, T) error) error {
	chunks, stop := make(chan []T), make(chan struct{})
	go func() {
		defer close(chunks)
		for chunk := range chunked(items, loadChunk) {
			select {
			case chunks <- chunk:
			case <-stop:
				return
			}
		}
	}()
	defer func() { // waits until the goroutine that prepares items has ended
		close(stop)
		for range chunks {
		}
	}()
	for chunk := range chunks {
		err := l.update(func(tx *Tx) error {
			tx.kv.Fill(b)
			tx.kv.Fill(bucketLog)
			for _, item := range chunk {
				if err := put(tx, item); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// chunked yields the items in slices of n.
func chunked[T any](items iter.Seq[T], n int) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		chunk := make([]T, 0, n)
		for item := range items {
			if chunk = append(chunk, item); len(chunk) == n {
				if !yield(chunk) {
					return
				}
				chunk = make([]T, 0, n)
			}
		}
		if len(chunk) > 0 {
			yield(chunk)
		}
	}
}
