package kv

import (
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// StartWAL makes the present state the base of a write-ahead log of so many bytes. It does nothing where the file cannot be
// mapped with room to grow, for a memory map grows only while nobody reads, or where the disk has no room for the log. Then
// bbolt syncs each commit. It returns an error where bbolt has a format that this package does not know.
func (db *DB) StartWAL(size int64) error {
	if initialMmap() < 1<<31 {
		return nil
	}
	if err := db.bolt.Sync(); err != nil {
		return err
	}
	base, err := db.bolt.Begin(false)
	if err != nil {
		return err
	}
	path := WALPath(db.bolt.Path())
	meta, err := db.metaOf(base)
	if err == nil {
		db.wal, err = createWAL(path, size, meta[:])
	}
	switch {
	case err == nil:
		db.base = base
		db.bolt.NoSync, db.bolt.NoGrowSync = true, true
		return nil
	case isFull(err) && !Exists(path):
		return base.Rollback()
	}
	return errors.Join(err, base.Rollback())
}

// updateLogged runs fn in a transaction, and commits that with a record or, where the log is full, with a checkpoint.
func (db *DB) updateLogged(fn func(*Tx) error) error {
	if db.failed != nil {
		return db.failed
	}
	tx, err := db.bolt.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	db.wal.start()
	if err := fn(&Tx{tx: tx, db: db, wal: db.wal}); err != nil {
		return err
	}
	if !db.wal.fits() {
		return db.checkpoint(tx)
	}
	return db.commitLogged(tx)
}

// commitLogged commits a transaction whose record fits. When the record is not synced, or bbolt does not commit, or panics
// over a damaged page, the record is erased: the next commit takes its place, and must not be replayed after it.
func (db *DB) commitLogged(tx *bolt.Tx) (err error) {
	if err := db.wal.append(); err != nil { // a part of a record is none
		return err
	}
	committed := false
	defer func() {
		if !committed {
			err = errors.Join(err, db.wal.erase())
		}
	}()
	if err := syncData(db.wal.file); err != nil {
		return err
	}
	db.bolt.NoFreelistSync = true
	if err := tx.Commit(); err != nil {
		return err
	}
	committed = true
	db.wal.keep()
	return nil
}

// checkpoint commits a transaction, syncs the file, and makes that state the base of an empty log. With NoSync bbolt does
// not sync in its commit, so when that returns an error nobody has seen the transaction. After a sync has failed nothing is
// committed any more, since the system may take pages for written that are not; the next open recovers from the log.
func (db *DB) checkpoint(tx *bolt.Tx) error {
	if err := db.bolt.Sync(); err != nil { // a disk that fails does so here, while nobody has seen the transaction
		return db.fail(err)
	}
	db.bolt.NoFreelistSync = false
	if err := tx.Commit(); err != nil {
		return err
	}
	if err := db.bolt.Sync(); err != nil {
		return db.fail(err)
	}
	next, err := db.bolt.Begin(false)
	if err != nil {
		return db.fail(err)
	}
	meta, err := db.metaOf(next)
	if err == nil {
		err = db.wal.reset(meta[:])
	}
	if err != nil {
		return errors.Join(db.fail(err), next.Rollback())
	}
	err, db.base = db.base.Rollback(), next
	return err
}

// fail makes every later commit fail. The cause is only named, so that the error does not match ErrFull: a disk that was
// full is not one that will work again.
func (db *DB) fail(cause error) error {
	db.failed = fmt.Errorf("%w (%s)", ErrUnsafe, cause.Error())
	return db.failed
}

// outgrown reports whether the file nears the end of its memory map, which cannot grow while the base is read.
func (db *DB) outgrown() bool {
	info, err := db.file.Stat()
	return err != nil || info.Size() > int64(initialMmap())-1<<30
}

// stopWAL makes a checkpoint and removes the log. After an error the log stays in use, unless nothing is committed any more.
func (db *DB) stopWAL() error {
	if db.failed != nil {
		return db.failed
	}
	err := db.guarded(func() error {
		tx, err := db.bolt.Begin(true)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		return db.checkpoint(tx)
	})
	if err != nil {
		return err
	}
	if path := WALPath(db.bolt.Path()); !replaced(path, db.wal.file) { // else it was deleted, or is another database's
		if err := removeWAL(path); err != nil {
			return db.fail(err)
		}
	}
	return db.leaveWAL()
}

// leaveWAL goes on without the log, and leaves its file.
func (db *DB) leaveWAL() error {
	err := errors.Join(db.base.Rollback(), db.wal.file.Close())
	db.wal = nil
	db.bolt.NoSync, db.bolt.NoGrowSync, db.bolt.NoFreelistSync = false, false, false
	return err
}
