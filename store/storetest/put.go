// Package storetest opens, fills and damages stores for tests. store.go opens and fills them, and damages pages; put.go writes to
// buckets without the rules of the store.
package storetest

import (
	"errors"
	"path/filepath"
	"testing"

	"crm/store/kv"
)

// Put writes a pair to a bucket of the database in a data folder that is not in use, without checking any rule.
func Put(t testing.TB, dir, bucket string, key, value []byte) {
	t.Helper()
	db, err := kv.Open(filepath.Join(dir, "crm.db"), []string{bucket})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *kv.Tx) error { return tx.Put(0, key, value) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}
