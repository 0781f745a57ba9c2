package store

import (
	"crypto/rand"
	"fmt"
	"io"

	"crm/store/kv"
)

// A Snapshot says what a database has at one moment.
type Snapshot struct {
	Database ID
	Schema   int
	Seq      uint64       // of the newest change
	Counts   map[Kind]int // records by kind
	Size     int64        // of the file in bytes

	pairs *kv.Tx
}

// Snapshot runs fn with a snapshot of the store. Writers go on meanwhile.
func (s *Store) Snapshot(fn func(*Snapshot) error) error {
	return s.located(s.kv.View(func(pairs *kv.Tx) error { return fn(snapshotOf(pairs)) }))
}

func snapshotOf(pairs *kv.Tx) *Snapshot {
	tx := &Tx{kv: pairs}
	snapshot := &Snapshot{Schema: tx.Schema(), Size: pairs.Size(), pairs: pairs}
	copy(snapshot.Database[:], pairs.Get(bucketMeta, metaID))
	if snapshot.Schema > 0 { // else it is another program's
		snapshot.Seq, snapshot.Counts = tx.Seq(), tx.Counts()
	}
	return snapshot
}

// WriteTo writes the database file, of Size bytes. It must be called within the function that Snapshot runs.
func (s *Snapshot) WriteTo(w io.Writer) (int64, error) { return s.pairs.CopyTo(w) }

// Inspect reads every page of a database file that nobody writes, and returns what it has. It calls step before each page and
// after each value; an error of step ends it and is returned.
func Inspect(path string, step func() error) (*Snapshot, error) {
	if err := kv.CheckPages(path, step); err != nil {
		return nil, err
	}
	db, err := readDB(path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := db.Check(func([]byte) error { return step() }); err != nil {
		return nil, err
	}
	var found *Snapshot
	err = db.View(func(pairs *kv.Tx) error {
		found = snapshotOf(pairs)
		found.pairs = nil
		return nil
	})
	return found, err
}

// Renew gives a database file an id of its own, so that what was derived from the database that it is a copy of is not taken
// for its.
func Renew(path string) (id ID, err error) {
	db, err := openDB(path)
	if err != nil {
		return id, err
	}
	id = (&IDSource{Rand: rand.Reader}).Next(TimeOf(Now()))
	err = db.Update(func(pairs *kv.Tx) error { return pairs.Put(bucketMeta, metaID, id[:]) })
	if closing := db.Close(); err == nil {
		err = closing
	}
	return id, err
}

// Lock takes the lock of a database file, which keeps others from opening it until the lock is closed.
func Lock(path string) (io.Closer, error) {
	db, err := openDB(path)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return db, nil
}

// rowsOf is where the records of each kind are.
var rowsOf = map[Kind]kv.Bucket{
	KindCustomer: bucketCustomers, KindInteraction: bucketInteractions, KindFeedback: bucketFeedback, KindSegment: bucketSegments, KindUser: bucketUsers,
}

// Counts is how many records of each kind there are.
func (tx *Tx) Counts() map[Kind]int {
	all := make(map[Kind]int, len(rowsOf))
	for kind := range rowsOf {
		all[kind] = tx.Count(kind)
	}
	return all
}

// Count is how many records of a kind there are. It reads something of each of their pages.
func (tx *Tx) Count(kind Kind) int { return tx.kv.Count(rowsOf[kind]) }
