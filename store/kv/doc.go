// Package kv keeps sorted key-value pairs in one bbolt file. It is the only package that imports bbolt.
//
// A DB has buckets, whose names its caller gives to Open. View runs a function in a read transaction, Update runs one in
// the only write transaction:
//
//	db, err := kv.Open(path, []string{"meta", "customers"})
//	err = db.Update(func(tx *kv.Tx) error { return tx.Put(customers, key, value) })
//	err = db.View(func(tx *kv.Tx) error { value := tx.Get(customers, key); … })
//
// With a write-ahead log (StartWAL) a commit costs one sync of one short record. DESIGN.md says what must hold for that to
// be safe, and why it does.
//
// The files: db.go opens and closes, tx.go reads and writes, create.go makes a new file, copy.go reads a file without
// changing anything beside it, pack.go writes a file without its free pages. wal.go is the log and its records,
// checkpoint.go its commits and checkpoints, recover.go what an open does after a crash, meta.go bbolt's meta page.
// pages.go and check.go look for damage, damage.go turns a panic over damage into an error. lock, sync and volume are
// what differs between operating systems.
package kv
