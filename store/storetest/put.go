// Package storetest damages databases for tests, as a failing disk or another program would.
package storetest

import (
	"errors"
	"path/filepath"
	"testing"

	"crm/store/kv"
)

// Put writes a pair to a bucket of the database in a data folder that nobody has open, past all rules.
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
