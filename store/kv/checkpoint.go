package kv

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// recoverBase takes the lock of a file, which the engine is going to take for its own, and puts the base of a journal that a
// crash has left back in place. What the journal has since is returned; nil where there is none.
func recoverBase(path string, file *os.File) (*redo, error) {
	if err := lock(file, exclusive, lockWait); err != nil {
		return nil, err
	}
	if replaced(path, file) { // and the journal is that of the new one, which may be in use
		return nil, ErrLocked
	}
	left, err := readJournal(JournalOf(path))
	if left == nil || err != nil {
		return nil, err
	}
	ours, err := left.ours(file)
	switch {
	case err != nil:
		return nil, err
	case !ours: // of a file that somebody has replaced since
		return nil, putAside(path)
	}
	return left, left.putBack(file)
}

// makeAgain makes the commits of a journal that a crash has left, and removes it; the journal stays when that fails.
func (db *DB) makeAgain(left *redo) error {
	if left == nil {
		return nil
	}
	if err := db.Update(left.replay); err != nil {
		return fmt.Errorf("make the commits in %s again: %w", JournalOf(db.bolt.Path()), err)
	}
	return removeJournal(JournalOf(db.bolt.Path()))
}

func removeJournal(path string) error {
	if err := RemoveIfThere(path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// JournalOf returns the path of a file's journal.
func JournalOf(path string) string { return strings.TrimSuffix(path, ".db") + ".journal" }

// UnusedSuffix ends the name of a journal that was put aside.
const UnusedSuffix = ".unused"

// putAside takes away a journal, if there is one, that has nothing to do with the database at a path.
func putAside(path string) error {
	if err := os.Rename(JournalOf(path), JournalOf(path)+UnusedSuffix); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// StartJournal makes the present state the base of a journal of so many bytes. On systems where the file cannot be mapped
// with room to grow there is none, for a map grows only while nobody reads; nor is there one where the disk has no room for
// it. Then each commit is synced by itself.
func (db *DB) StartJournal(size int64) error {
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
	meta, err := db.metaOf(base)
	if err == nil {
		db.journal, err = newJournal(JournalOf(db.bolt.Path()), size, meta[:])
	}
	switch {
	case err == nil:
		db.base = base
		db.bolt.NoSync, db.bolt.NoGrowSync = true, true
		return nil
	case isFull(err) && !Exists(JournalOf(db.bolt.Path())):
		return base.Rollback()
	}
	return errors.Join(err, base.Rollback())
}

// metaOf is the meta page of a transaction that is committed.
func (db *DB) metaOf(tx *bolt.Tx) (metaPage, error) {
	return readMeta(db.file, uint64(tx.ID()), int64(db.bolt.Info().PageSize))
}

// journaled makes a commit durable in the journal, then in the file's memory; or, where the journal is full, everything
// in the file.
func (db *DB) journaled(fn func(*Tx) error) error {
	if db.failed != nil {
		return db.failed
	}
	tx, err := db.bolt.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	db.journal.open()
	if err := fn(&Tx{tx: tx, db: db, journal: db.journal}); err != nil {
		return err
	}
	if !db.journal.fits() {
		return db.rebase(tx)
	}
	return db.append(tx)
}

// append commits a transaction whose record fits. Whatever keeps the record from the disk or the engine from its commit, a
// panic over a damaged page too, the record goes again: nobody may find it after a crash, for the next commit knows nothing
// of it.
func (db *DB) append(tx *bolt.Tx) (err error) {
	if err := db.journal.append(); err != nil { // half a record is none
		return err
	}
	committed := false
	defer func() {
		if !committed {
			err = errors.Join(err, db.journal.takeBack())
		}
	}()
	if err := syncData(db.journal.file); err != nil {
		return err
	}
	db.bolt.NoFreelistSync = true
	if err := tx.Commit(); err != nil {
		return err
	}
	committed = true
	db.journal.keep()
	return nil
}

// outgrown reports whether the file nears the end of its map, which cannot grow while the base is read.
func (db *DB) outgrown() bool {
	info, err := db.file.Stat()
	return err != nil || info.Size() > int64(initialMmap())-1<<30
}

// rebase commits, syncs all that was written, and makes that the journal's base. The engine does not sync in its commit: so an
// error of that says that nobody sees anything of the transaction. After an error of a sync nothing is committed any more,
// since the system may take pages for written that are not; the next start has the journal.
func (db *DB) rebase(tx *bolt.Tx) error {
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
		err = db.journal.begin(meta[:])
	}
	if err != nil {
		return errors.Join(db.fail(err), next.Rollback())
	}
	err, db.base = db.base.Rollback(), next
	return err
}

// fail makes every commit from now on fail. The cause is only told: a disk that was full is not one that will do again.
func (db *DB) fail(cause error) error {
	db.failed = fmt.Errorf("%w (%s)", ErrUnsafe, cause.Error())
	return db.failed
}

// endJournal brings everything into the file, and removes the journal. After an error the journal is still in use, unless
// nothing is committed any more.
func (db *DB) endJournal() error {
	if db.failed != nil {
		return db.failed
	}
	err := db.guarded(func() error {
		tx, err := db.bolt.Begin(true)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		return db.rebase(tx)
	})
	if err != nil {
		return err
	}
	if path := JournalOf(db.bolt.Path()); !replaced(path, db.journal.file) { // somebody deleted it, or it is another database's
		if err := removeJournal(path); err != nil {
			return db.fail(err)
		}
	}
	return db.dropJournal()
}

// dropJournal goes on without a journal, and leaves its file.
func (db *DB) dropJournal() error {
	err := errors.Join(db.base.Rollback(), db.journal.file.Close())
	db.journal = nil
	db.bolt.NoSync, db.bolt.NoGrowSync, db.bolt.NoFreelistSync = false, false, false
	return err
}
