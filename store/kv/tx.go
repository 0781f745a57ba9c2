package kv

import (
	"bytes"
	"errors"
	"io"
	"iter"

	bolt "go.etcd.io/bbolt"
)

// A Tx is a transaction. The slices that it returns are valid until it ends.
type Tx struct {
	tx      *bolt.Tx
	db      *DB
	wal     *wal // receives the changes; nil if there is none
	buckets [maxBuckets]*bolt.Bucket
	end     []byte                   // for Last
	cursors [maxBuckets]*bolt.Cursor // of a read transaction, for Get and Last
}

func (t *Tx) bucket(b Bucket) *bolt.Bucket {
	if t.buckets[b] == nil {
		t.buckets[b] = t.tx.Bucket([]byte(t.db.buckets[b]))
	}
	return t.buckets[b]
}

// ID returns the number of the transaction. A read transaction has the number of the newest commit that it sees.
func (t *Tx) ID() int { return t.tx.ID() }

// Create creates an empty bucket unless it exists. It must not be called while there is a write-ahead log, which has no records for that.
func (t *Tx) Create(b Bucket) error {
	if t.wal != nil {
		return errors.New("a bucket cannot be created while there is a write-ahead log")
	}
	_, err := t.tx.CreateBucketIfNotExists([]byte(t.db.buckets[b]))
	return err
}

// cursor returns a cursor of a bucket that nobody else is using. A read transaction has one for each bucket.
func (t *Tx) cursor(b Bucket) *bolt.Cursor {
	if t.tx.Writable() { // a change could move it
		return t.bucket(b).Cursor()
	}
	if t.cursors[b] == nil {
		t.cursors[b] = t.bucket(b).Cursor()
	}
	return t.cursors[b]
}

// Get returns the value of a key, or nil if there is none.
func (t *Tx) Get(b Bucket, key []byte) []byte {
	bucket := t.bucket(b)
	switch {
	case bucket == nil: // in a file of another program
		return nil
	case t.tx.Writable():
		return bucket.Get(key)
	}
	if k, v := t.cursor(b).Seek(key); bytes.Equal(k, key) { // like Get of bbolt, which makes a cursor each time
		return v
	}
	return nil
}

// Find returns the value of a key, which may be empty, and whether the key exists.
func (t *Tx) Find(b Bucket, key []byte) (value []byte, there bool) {
	k, value := t.bucket(b).Cursor().Seek(key)
	return value, bytes.Equal(k, key) && k != nil
}

// Put sets the value of a key.
func (t *Tx) Put(b Bucket, key, value []byte) error {
	if t.wal != nil {
		t.wal.put(t.db.buckets[b], key, value)
	}
	return t.bucket(b).Put(key, value)
}

// Delete deletes a key.
func (t *Tx) Delete(b Bucket, key []byte) error {
	if t.wal != nil {
		t.wal.delete(t.db.buckets[b], key)
	}
	return t.bucket(b).Delete(key)
}

// Count returns the number of keys in a bucket. It reads the head of each of its pages.
func (t *Tx) Count(b Bucket) int {
	if bucket := t.bucket(b); bucket != nil {
		return bucket.Stats().KeyN
	}
	return 0
}

// Size returns the number of bytes that CopyTo writes. CopyTo writes the file as the transaction sees it.
func (t *Tx) Size() int64                       { return t.tx.Size() }
func (t *Tx) CopyTo(w io.Writer) (int64, error) { return t.tx.WriteTo(w) }

// Fill makes Put fill pages completely, for a bulk load of keys in ascending order.
func (t *Tx) Fill(b Bucket) { t.bucket(b).FillPercent = 1 }

// Scan yields the pairs from a key on, in ascending order. The bucket must not be changed meanwhile.
func (t *Tx) Scan(b Bucket, from []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := t.bucket(b).Cursor()
		for k, v := c.Seek(from); k != nil; k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// Prefix yields the pairs whose key begins with p, in ascending order.
func (t *Tx) Prefix(b Bucket, p []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := t.bucket(b).Cursor()
		for k, v := c.Seek(p); bytes.HasPrefix(k, p); k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// Last returns the last key that begins with p, or nil if there is none.
func (t *Tx) Last(b Bucket, p []byte) (k []byte) {
	c := t.cursor(b)
	t.end = append(t.end[:0], p...)
	if end := after(t.end); end != nil {
		k, _ = c.Seek(end)
	}
	if k != nil {
		k, _ = c.Prev()
	} else if k, _ = c.First(); k != nil { // bbolt's Last loops for ever if all keys were deleted in this transaction
		k, _ = c.Last()
	}
	if bytes.HasPrefix(k, p) {
		return k
	}
	// Prev stops at a page whose keys were all deleted in this transaction. Next skips such pages.
	k = nil
	for key := range t.Prefix(b, p) {
		k = key
	}
	return k
}

// after turns a prefix into the first key after all keys that begin with it, or returns nil if there is none.
func after(end []byte) []byte {
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
