package kv

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fileName is the name of the file in a test's folder.
const fileName = "crm.db"

// walName is the name of its write-ahead log.
const walName = "crm.journal"

// The buckets of tests: rows have values of some hundred bytes, entries have keys alone.
const (
	rows Bucket = iota
	entries
)

var testBuckets = []string{"rows", "entries"}

// openAt opens the file in a folder, and makes it where there is none. A write-ahead log of so many bytes is started, unless that is 0.
// When the test ends the file is closed and all of its pages are checked.
func openAt(t testing.TB, dir string, logSize int64) *DB {
	t.Helper()
	path := filepath.Join(dir, fileName)
	if !Exists(path) {
		if err := Create(path, testBuckets, func(*Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	db, err := Open(path, testBuckets)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Helper()
		closeDB(t, db)
		if err := CheckFile(t.Context(), path, nil); err != nil && !errors.Is(err, os.ErrNotExist) && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	if logSize > 0 {
		if err := db.StartWAL(logSize); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func closeDB(t testing.TB, db *DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// filled returns a file with n rows.
func filled(t testing.TB, n int) (db *DB, dir string) {
	t.Helper()
	dir = t.TempDir()
	db = openAt(t, dir, 0)
	for i := range n {
		put(t, db, key(i))
	}
	return db, dir
}

func key(n int) string { return fmt.Sprintf("row %05d", n) }

// putRow puts a row and its entry.
func putRow(tx *Tx, key string) error {
	return errors.Join(tx.Put(rows, []byte(key), []byte(key+strings.Repeat(" value", 50))), tx.Put(entries, []byte("entry of "+key), nil))
}

// put commits a row and its entry.
func put(t testing.TB, db *DB, key string) {
	t.Helper()
	update(t, db, func(tx *Tx) error { return putRow(tx, key) })
}

func update(t testing.TB, db *DB, fn func(*Tx) error) {
	t.Helper()
	if err := db.Update(fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

// everything returns all pairs, by bucket.
func everything(t testing.TB, db *DB) [][]string {
	t.Helper()
	all := make([][]string, len(testBuckets))
	err := db.View(func(tx *Tx) error {
		for b := range all {
			for k, v := range tx.Scan(Bucket(b), nil) {
				all[b] = append(all[b], fmt.Sprintf("%s %s", k, v))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// wantAfterFailure opens what a failure has left and compares it with what was acknowledged.
func wantAfterFailure(t *testing.T, dir, when string, want [][]string) {
	t.Helper()
	path := filepath.Join(dir, fileName)
	db, err := Open(path, testBuckets)
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	if got := everything(t, db); !slices.EqualFunc(got, want, slices.Equal) {
		for b := range got {
			if !slices.Equal(got[b], want[b]) {
				t.Errorf("%s: %s has %d pairs, want %d in the same state", when, testBuckets[b], len(got[b]), len(want[b]))
			}
		}
	}
	closeDB(t, db)
	if err := CheckFile(t.Context(), path, nil); err != nil {
		t.Errorf("%s: %v", when, err)
	}
	if Exists(WALPath(path)) {
		t.Errorf("%s: the write-ahead log is still there", when)
	}
}

// crashed returns a folder as a power failure leaves it that has kept nothing since the last sync, so that only the log has
// the newest commit, and what was in the file.
func crashed(t *testing.T) (dir string, want [][]string) {
	t.Helper()
	db, from := filled(t, 25)
	closeDB(t, db)
	db, dir = openAt(t, from, WALSize), t.TempDir()
	copyFile(t, filepath.Join(from, fileName), filepath.Join(dir, fileName))
	put(t, db, "newest")
	copyFile(t, filepath.Join(from, walName), filepath.Join(dir, walName))
	return dir, everything(t, db)
}

// failed returns a copy of a folder as it is while its file is open.
func failed(t *testing.T, dir string) (image string) {
	t.Helper()
	return folderOf(t, mustRead(t, filepath.Join(dir, fileName)), mustRead(t, filepath.Join(dir, walName)))
}

// folderOf returns a folder with a file and its write-ahead log.
func folderOf(t *testing.T, file, log []byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write(t, filepath.Join(dir, fileName), file)
	write(t, filepath.Join(dir, walName), log)
	return dir
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	write(t, to, mustRead(t, from))
}

func write(t testing.TB, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
