package store

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"
)

// CheckFile reads every page of a database file that can be reached, and reports what makes it unreadable; visit, if
// not nil, sees each value.
// It serves any bbolt file, such as the one inside a search index. A damaged file can make the engine run in a circle, panic
// or read past the end of its memory map; all of these become errors here.
func CheckFile(path string, visit func(value []byte)) (err error) {
	return walkFile(&pace{ctx: context.Background()}, path, func(value []byte) error {
		if visit != nil {
			visit(value)
		}
		return nil
	})
}

// walkFile is CheckFile at a pace, until its context ends.
func walkFile(p *pace, path string, visit func(value []byte) error) (err error) {
	k, err := readKV(path)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, k.close()) }()
	if err := checkPages(p, path); err != nil {
		return err
	}
	return k.check(p, visit)
}

// check reads every page that can be reached, of a file whose pages hang together, until the pace's context ends.
func (k *kv) check(p *pace, visit func(value []byte) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			err = &DamagedError{Path: k.path, Cause: fmt.Errorf("%v", v)}
		}
	}()
	return k.db.View(func(tx *bolt.Tx) error {
		err := tx.ForEach(func(_ []byte, b *bolt.Bucket) error {
			return checkBucket(b, func(value []byte) error { return firstError(p.step(), visit(value)) })
		})
		if p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		if err == nil { // now every page can be read, which Check relies on
			for problem := range tx.Check() {
				err = firstError(err, problem)
			}
		}
		if err != nil {
			return &DamagedError{Path: k.path, Cause: err}
		}
		return nil
	})
}

// CheckFolder is CheckFile for the database of a data folder. Its error about damage names the last verified backup.
func CheckFolder(ctx context.Context, dir string, options ...Option) error {
	err := walkFile(&pace{ctx: ctx}, filepath.Join(dir, FileName), func([]byte) error { return nil })
	return newStore(dir, options).advise(err)
}

// checkBucket visits all keys, values and buckets below b; keys must ascend.
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

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
