package kv

import (
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// StartWAL starts a write-ahead log of size bytes, whose base is the present state of the file. It does nothing if the file cannot be
// mapped with room to grow, since a memory map can grow only while nobody reads, or if the disk has no room for the log. Then bbolt
// syncs each commit. It returns an error if bbolt has a format that this package does not know.
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

// updateLogged runs fn in a transaction. It commits the transaction with a record or, if the log is full, with a checkpoint.
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

// commitLogged commits a transaction whose record fits. If the record cannot be synced, or if bbolt fails to commit or panics because of
// a damaged page, it erases the record. The next commit then takes its place, and the failed one must not be replayed before it.
func (db *DB) commitLogged(tx *bolt.Tx) (err error) {
	if err := db.wal.append(); err != nil { // an incomplete record is ignored
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

// checkpoint commits a transaction, syncs the file, and makes that state the base of an empty log. With NoSync bbolt does not sync when
// it commits, so if the commit returns an error nobody has seen the transaction. After a failed sync nothing is committed any more, since
// the operating system may treat pages as written that are not. The next open recovers from the log.
func (db *DB) checkpoint(tx *bolt.Tx) error {
	if err := db.bolt.Sync(); err != nil { // fails here if the disk does, before anybody has seen the transaction
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

// fail makes every later commit fail. The error contains the text of the cause, but does not wrap it: it must not match ErrFull, because
// commits do not succeed again when there is room.
func (db *DB) fail(cause error) error {
	db.failed = fmt.Errorf("%w (%s)", ErrUnsafe, cause.Error())
	return db.failed
}

// outgrown reports whether the file nears the end of its memory map, which cannot grow while the transaction on the base is open.
func (db *DB) outgrown() bool {
	info, err := db.file.Stat()
	return err != nil || info.Size() > int64(initialMmap())-1<<30
}

// stopWAL makes a checkpoint and removes the log. After an error the log stays in use, unless commits fail for good.
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
	if path := WALPath(db.bolt.Path()); !replaced(path, db.wal.file) { // else it was deleted, or is of another database
		if err := removeWAL(path); err != nil {
			return db.fail(err)
		}
	}
	return db.leaveWAL()
}

// leaveWAL continues without the log, and does not remove its file.
func (db *DB) leaveWAL() error {
	err := errors.Join(db.base.Rollback(), db.wal.file.Close())
	db.wal = nil
	db.bolt.NoSync, db.bolt.NoGrowSync, db.bolt.NoFreelistSync = false, false, false
	return err
}
