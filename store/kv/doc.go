// Package kv keeps sorted key-value pairs in one bbolt file. It is the only package that imports bbolt.
//
// A DB has buckets, whose names its caller gives to Open. View runs a function in a read transaction, Update runs one in
// the only write transaction:
//
//	db, err := kv.Open(path, []string{"meta", "customers"})
//	err = db.Update(func(tx *kv.Tx) error { return tx.Put(customers, key, value) })
//	err = db.View(func(tx *kv.Tx) error { value := tx.Get(customers, key); … })
//
// With a write-ahead log (StartWAL) a commit costs one sync of one short record. DESIGN.md lists the invariants that make this safe, and
// why each holds.
//
//	db.go          Open, Close, View, Update
//	tx.go          reading and writing in a transaction
//	create.go      creating a file
//	copy.go        opening a file read-only, if need be as a copy
//	pack.go        copying a file without its free pages
//	wal.go         the write-ahead log and its records
//	checkpoint.go  commits with the log, and checkpoints
//	recover.go     recovery from the log after a crash
//	meta.go        bbolt's meta pages
//	pages.go       the checks of pages that bbolt lacks
//	check.go       reading everything to find damage
//	damage.go      turning panics that mean damage into errors
//	errors.go      errors that callers test for
//
// The files lock_*.go, sync_*.go and volume*.go have what differs between operating systems: file locks, syncs, and what kind of disk a
// folder is on.
package kv
