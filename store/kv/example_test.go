package kv_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"crm/store/kv"
)

// The buckets of a file are known by their positions in a list of names.
func Example() {
	const meta, customers kv.Bucket = 0, 1
	names := []string{"meta", "customers"}

	dir, err := os.MkdirTemp("", "crm-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "example.db")
	if err := kv.Create(path, names, func(tx *kv.Tx) error { return tx.Put(meta, []byte("schema"), []byte{1}) }); err != nil {
		log.Fatal(err)
	}
	db, err := kv.Open(path, names)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	if err := db.Update(func(tx *kv.Tx) error { return tx.Put(customers, []byte("1"), []byte("Ahmed Hassan")) }); err != nil {
		log.Fatal(err)
	}
	err = db.View(func(tx *kv.Tx) error {
		fmt.Printf("%s\n", tx.Get(customers, []byte("1")))
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: Ahmed Hassan
}
