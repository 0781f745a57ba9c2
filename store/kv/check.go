package kv

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/crc32"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"
)

// CheckFile reads every page of a bbolt file that can be reached, and returns a DamagedError if the file is damaged. visit, if not nil, is
// called with each value. The file may be of another program, such as the one in a search index. A damaged file can make bbolt loop,
// panic or read past the end of its memory map; CheckFile turns all of these into errors.
func CheckFile(ctx context.Context, path string, visit func(value []byte)) (err error) {
	db, err := OpenReadOnly(path, nil)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, db.Close()) }()
	if err := CheckPages(path, ctx.Err); err != nil {
		return err
	}
	return db.Check(func(value []byte) error {
		if visit != nil {
			visit(value)
		}
		return ctx.Err()
	})
}

// Check reads every value that can be reached, and then calls bbolt's own check of the pages. CheckPages must have accepted the file
// before. visit is called with each value; its error ends the check and is returned.
func (db *DB) Check(visit func(value []byte) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			err = db.Damaged(fmt.Errorf("%v", v))
		}
	}()
	return db.bolt.View(func(tx *bolt.Tx) error {
		var stopped error
		err := tx.ForEach(func(_ []byte, b *bolt.Bucket) error {
			return checkBucket(b, func(value []byte) error {
				stopped = visit(value)
				return stopped
			})
		})
		if stopped != nil {
			return stopped
		}
		if err == nil { // bbolt's own check relies on readable pages
			for problem := range tx.Check() {
				err = cmp.Or(err, problem)
			}
		}
		if err != nil {
			return db.Damaged(err)
		}
		return nil
	})
}

// checkBucket visits all keys, values and buckets in b. The keys must ascend.
func checkBucket(b *bolt.Bucket, visit func(value []byte) error) error {
	var last []byte
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if last != nil && bytes.Compare(last, k) >= 0 {
			return fmt.Errorf("keys out of order at %.20x", k)
		}
		last = append(last[:0], k...)
		crc32.ChecksumIEEE(v) // reads the page
		if err := visit(v); err != nil {
			return err
		}
		if v == nil {
			if err := checkBucket(b.Bucket(k), visit); err != nil {
				return err
			}
		}
	}
	return nil
}
