// Package storetest damages databases for tests, as a failing disk or another program would.
package storetest

import (
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// Put writes a pair to a bucket of the database in a data folder that nobody has open, past all rules.
func Put(t testing.TB, dir, bucket string, key, value []byte) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, "crm.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte(bucket)).Put(key, value) })
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
