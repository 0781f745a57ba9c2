package store

import (
	"crypto/rand"
	"fmt"
	"io"

	"crm/store/kv"
)

// A Snapshot describes a database at one moment.
type Snapshot struct {
	Database ID
	Schema   int
	Seq      uint64       // of the newest change
	Counts   map[Kind]int // records by kind
	Size     int64        // of the file in bytes

	pairs *kv.Tx
}

// Snapshot runs fn with a snapshot of the store. It does not block writers.
func (s *Store) Snapshot(fn func(*Snapshot) error) error {
	return s.located(s.kv.View(func(pairs *kv.Tx) error { return fn(snapshotOf(pairs)) }))
}

func snapshotOf(pairs *kv.Tx) *Snapshot {
	tx := &Tx{kv: pairs}
	snapshot := &Snapshot{Schema: tx.Schema(), Size: pairs.Size(), pairs: pairs}
	copy(snapshot.Database[:], pairs.Get(bucketMeta, metaID))
	if snapshot.Schema > 0 { // else the file is of another program
		snapshot.Seq, snapshot.Counts = tx.Seq(), tx.Counts()
	}
	return snapshot
}

// WriteTo writes the database file, which has Size bytes. It must be called within the function that Snapshot runs.
func (s *Snapshot) WriteTo(w io.Writer) (int64, error) { return s.pairs.CopyTo(w) }

// Inspect reads every page of a database file that nobody writes, and describes it. It calls step before each page and after each value.
// An error of step ends it and is returned.
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

// Renew gives a copy of a database a new id, so that an index of the original database is not used with the copy.
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

// Lock locks a database file, so that nobody else can open it until the lock is closed.
func Lock(path string) (io.Closer, error) {
	db, err := openDB(path)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return db, nil
}

// rowsOf has the bucket of each kind's records.
var rowsOf = map[Kind]kv.Bucket{
	KindCustomer: bucketCustomers, KindInteraction: bucketInteractions, KindFeedback: bucketFeedback, KindSegment: bucketSegments, KindUser: bucketUsers,
}

// Counts returns the number of records of each kind.
func (tx *Tx) Counts() map[Kind]int {
	all := make(map[Kind]int, len(rowsOf))
	for kind := range rowsOf {
		all[kind] = tx.Count(kind)
	}
	return all
}

// Count returns the number of records of a kind. It reads a part of each of their pages.
func (tx *Tx) Count(kind Kind) int { return tx.kv.Count(rowsOf[kind]) }
