package store

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// bucket names one sorted key space of the file.
type bucket uint8

const (
	bucketMeta      bucket = iota // "schema" → version, "id" → the database's own id
	bucketLog                     // sequence → Change
	bucketLogRecord               // record id, sequence → nothing
	bucketCustomers
	bucketCustomerEmail
	bucketActivity // customer id → Activity
	bucketInteractions
	bucketInteractionCustomer
	bucketFeedback
	bucketFeedbackCustomer
	bucketFeedbackBooking
	bucketSegments
	bucketSegmentName
	bucketUsers
	bucketUserEmail
	bucketSessions
	bucketSessionUser
	bucketSessionRefresh
	bucketReplies
	bucketReplyTime
	bucketReplyRecord
	bucketCount
)

// bucketNames are what the file calls them; they never change once released.
var bucketNames = [bucketCount]string{
	"meta", "log", "log.record", "customers", "customers.email", "activity", "interactions", "interactions.customer",
	"feedback", "feedback.customer", "feedback.booking", "segments", "segments.name",
	"users", "users.email", "sessions", "sessions.user", "sessions.refresh",
	"replies", "replies.time", "replies.record",
}

// kv is an ordered key-value file. Everything else in this package is written in its words.
type kv struct{ db *bolt.DB }

// lockWait is how long an open tries to get the file's lock: long enough for a process that is just leaving.
const lockWait = 300 * time.Millisecond

func openKV(path string) (*kv, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, FreelistType: bolt.FreelistMapType, InitialMmapSize: initialMmap()})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("%s: %w", filepath.Dir(path), ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.AllocSize = growth
	return &kv{db}, nil
}

// growth is by how many bytes the file grows at a time.
const growth = 1 << 20

// initialMmap is how many bytes of address space are mapped from the start. Growing the map waits for all readers,
// so it should be rare; on Windows a map makes the file as large.
func initialMmap() int {
	if runtime.GOOS == "windows" {
		return 0
	}
	return 1 << 30
}

func (k *kv) close() error { return k.db.Close() }

// size is the length of the file in bytes.
func (k *kv) size() (n int64) {
	_ = k.db.View(func(tx *bolt.Tx) error { n = tx.Size(); return nil })
	return n
}

// createKV makes a new file under a temporary name, lets fill write to it, and puts it in place when it
// is safely on disk: bbolt's own first initialisation does not survive a power failure. The temporary file's lock
// keeps two processes from doing so at once.
func createKV(path string, fill func(*kvTx) error) error {
	temp := path + ".new"
	k, err := openKV(temp)
	if err != nil && !errors.Is(err, ErrLocked) { // what a crash left behind
		if err := removeIfThere(temp); err != nil {
			return err
		}
		k, err = openKV(temp)
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil { // another process was faster
		return errors.Join(k.close(), removeIfThere(temp))
	}
	if err := k.update(func(tx *kvTx) error { return initialiseBuckets(tx, fill) }); err != nil {
		return errors.Join(err, k.close())
	}
	err = k.db.Sync()
	if runtime.GOOS == "windows" { // which does not rename open files
		err = errors.Join(err, k.close())
	} else {
		defer k.close()
	}
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func initialiseBuckets(tx *kvTx, fill func(*kvTx) error) error {
	for b := range bucketCount {
		if err := tx.create(b); err != nil {
			return err
		}
	}
	return fill(tx)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// syncDir makes a rename in dir durable. Windows has no such call and needs none.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// view runs fn in a read transaction: a snapshot that no writer changes.
func (k *kv) view(fn func(*kvTx) error) error {
	return engineError(k.db.View(func(tx *bolt.Tx) error { return fn(&kvTx{tx: tx}) }))
}

// update runs fn in the one write transaction and makes it durable; an error of fn undoes it.
func (k *kv) update(fn func(*kvTx) error) error {
	return engineError(k.db.Update(func(tx *bolt.Tx) error { return fn(&kvTx{tx: tx}) }))
}

// engineError turns what the engine and the operating system say into this package's sentinels.
func engineError(err error) error {
	var errno syscall.Errno
	const windowsDiskFull, windowsHandleDiskFull = 112, 39
	switch {
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return ErrClosed
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case runtime.GOOS == "windows" && errors.As(err, &errno) && (errno == windowsDiskFull || errno == windowsHandleDiskFull):
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// kvTx is a transaction. Slices that it returns belong to it and die with it.
type kvTx struct {
	tx      *bolt.Tx
	buckets [bucketCount]*bolt.Bucket
}

func (t *kvTx) bucket(b bucket) *bolt.Bucket {
	if t.buckets[b] == nil {
		t.buckets[b] = t.tx.Bucket([]byte(bucketNames[b]))
	}
	return t.buckets[b]
}

// create makes an empty bucket unless it is there.
func (t *kvTx) create(b bucket) error {
	_, err := t.tx.CreateBucketIfNotExists([]byte(bucketNames[b]))
	return err
}

// get is the value of a key, nil when there is none.
func (t *kvTx) get(b bucket, key []byte) []byte {
	if bucket := t.bucket(b); bucket != nil { // nil in a file of another program
		return bucket.Get(key)
	}
	return nil
}

func (t *kvTx) put(b bucket, key, value []byte) error { return t.bucket(b).Put(key, value) }

func (t *kvTx) delete(b bucket, key []byte) error { return t.bucket(b).Delete(key) }

// fill packs the bucket's pages when keys come in ascending order, as in a bulk load.
func (t *kvTx) fill(b bucket) { t.bucket(b).FillPercent = 1 }

// scan yields the pairs from a key on, ascending. The bucket must not be changed meanwhile.
func (t *kvTx) scan(b bucket, from []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := t.bucket(b).Cursor()
		for k, v := c.Seek(from); k != nil; k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// prefix yields the pairs whose key begins with p, ascending.
func (t *kvTx) prefix(b bucket, p []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := t.bucket(b).Cursor()
		for k, v := c.Seek(p); bytes.HasPrefix(k, p); k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// lastUnder is the last key that begins with p, nil when there is none.
func (t *kvTx) lastUnder(b bucket, p []byte) (k []byte) {
	c := t.bucket(b).Cursor()
	if end := after(p); end == nil {
		k, _ = c.Last()
	} else if k, _ = c.Seek(end); k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	if bytes.HasPrefix(k, p) {
		return k
	}
	// Prev stops at a page whose keys were all deleted in this transaction; going forward skips such pages.
	k = nil
	for key := range t.prefix(b, p) {
		k = key
	}
	return k
}

// after is the first key behind all that begin with p, nil for an empty p.
func after(p []byte) []byte {
	end := bytes.Clone(p)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
