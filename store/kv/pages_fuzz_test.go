package kv

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzPages writes something over a database file, wherever it hits. The file is checked, opened and read, or refused as damaged, in a
// short time; where a check finds nothing the file can be read and written. bbolt cannot safely write to a damaged file: it frees as many
// pages as a page's head states.
func FuzzPages(f *testing.F) {
	db, dir := filled(f, 200)
	packed, err := db.Pack(f.Context(), filepath.Join(dir, "packed"))
	if err != nil {
		f.Fatal(err)
	}
	if err := errors.Join(packed.Close(), db.Close()); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, "packed"))
	if err != nil {
		f.Fatal(err)
	}
	page := uint32(os.Getpagesize())
	for at := uint32(0); at < uint32(len(whole)); at += page {
		f.Add(at, []byte{0xff})               // the page's number
		f.Add(at+8, []byte{1})                // its kind
		f.Add(at+10, []byte{0xff, 0xff})      // how many elements it has
		f.Add(at+14, []byte{0xff, 0xff})      // how many pages follow that belong to it
		f.Add(at+16, []byte{0, 0, 0, 0xff})   // where the first one is
		f.Add(at+page/2, make([]byte, 1<<10)) // in the middle
	}
	f.Fuzz(func(t *testing.T, at uint32, over []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, fileName)
		raw := append([]byte(nil), whole...)
		copy(raw[at%uint32(len(raw)):], over)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		tooLong := time.AfterFunc(20*time.Second, func() { panic("a damaged file is read for ever") })
		defer tooLong.Stop()
		checked := CheckFile(t.Context(), path, nil)
		db, err := Open(path, testBuckets)
		if err != nil {
			return
		}
		defer func() { _ = db.Close() }()
		err = db.View(func(tx *Tx) error {
			for b := range Bucket(len(testBuckets)) {
				if tx.bucket(b) == nil { // in the state before it was made
					continue
				}
				for k := range tx.Scan(b, nil) {
					tx.Get(b, k)
				}
			}
			return nil
		})
		if checked == nil && err != nil {
			t.Errorf("after a check that found nothing: %v", err)
		}
		if checked == nil {
			_ = db.Update(func(tx *Tx) error { return putRow(tx, "new") })
		}
	})
}
