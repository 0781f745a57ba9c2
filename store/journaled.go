package store

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
	left, err := readJournal(journalOf(path))
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
func (k *kv) makeAgain(left *redo) error {
	if left == nil {
		return nil
	}
	if err := k.update(left.replay); err != nil {
		return fmt.Errorf("make the commits in %s again: %w", journalOf(k.db.Path()), err)
	}
	return removeJournal(journalOf(k.db.Path()))
}

func removeJournal(path string) error {
	if err := removeIfThere(path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// journalOf is the path of a database's journal.
func journalOf(path string) string { return strings.TrimSuffix(path, ".db") + ".journal" }

// unusedSuffix is of a journal that was put aside.
const unusedSuffix = ".unused"

// putAside takes away a journal, if there is one, that has nothing to do with the database at a path.
func putAside(path string) error {
	if err := os.Rename(journalOf(path), journalOf(path)+unusedSuffix); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// startJournal makes the present state the base of a journal of so many bytes. On systems where the file cannot be mapped
// with room to grow there is none, for a map grows only while nobody reads; nor is there one where the disk has no room for
// it. Then each commit is synced by itself.
func (k *kv) startJournal(size int64) error {
	if initialMmap() < 1<<31 {
		return nil
	}
	if err := k.db.Sync(); err != nil {
		return err
	}
	base, err := k.db.Begin(false)
	if err != nil {
		return err
	}
	meta, err := k.metaOf(base)
	if err == nil {
		k.journal, err = newJournal(journalOf(k.db.Path()), size, meta[:])
	}
	switch {
	case err == nil:
		k.base = base
		k.db.NoSync, k.db.NoGrowSync = true, true
		return nil
	case isFull(err) && !isThere(journalOf(k.db.Path())):
		return base.Rollback()
	}
	return errors.Join(err, base.Rollback())
}

// metaOf is the meta page of a transaction that is committed.
func (k *kv) metaOf(tx *bolt.Tx) (metaPage, error) {
	return readMeta(k.file, uint64(tx.ID()), int64(k.db.Info().PageSize))
}

// journaled makes a commit durable in the journal, then in the file's memory; or, where the journal is full, everything
// in the file.
func (k *kv) journaled(fn func(*kvTx) error) error {
	if k.failed != nil {
		return k.failed
	}
	tx, err := k.db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	k.journal.open()
	if err := fn(&kvTx{tx: tx, journal: k.journal}); err != nil {
		return err
	}
	if !k.journal.fits() {
		return k.rebase(tx)
	}
	return k.append(tx)
}

// append commits a transaction whose record fits. Whatever keeps the record from the disk or the engine from its commit, a
// panic over a damaged page too, the record goes again: nobody may find it after a crash, for the next commit knows nothing
// of it.
func (k *kv) append(tx *bolt.Tx) (err error) {
	if err := k.journal.append(); err != nil { // half a record is none
		return err
	}
	committed := false
	defer func() {
		if !committed {
			err = errors.Join(err, k.journal.takeBack())
		}
	}()
	if err := syncData(k.journal.file); err != nil {
		return err
	}
	k.db.NoFreelistSync = true
	if err := tx.Commit(); err != nil {
		return err
	}
	committed = true
	k.journal.keep()
	return nil
}

// outgrown reports whether the file nears the end of its map, which cannot grow while the base is read.
func (k *kv) outgrown() bool {
	info, err := k.file.Stat()
	return err != nil || info.Size() > int64(initialMmap())-1<<30
}

// rebase commits, syncs all that was written, and makes that the journal's base. The engine does not sync in its commit: so an
// error of that says that nobody sees anything of the transaction. After an error of a sync nothing is committed any more,
// since the system may take pages for written that are not; the next start has the journal.
func (k *kv) rebase(tx *bolt.Tx) error {
	if err := k.db.Sync(); err != nil { // a disk that fails does so here, while nobody has seen the transaction
		return k.fail(err)
	}
	k.db.NoFreelistSync = false
	if err := tx.Commit(); err != nil {
		return err
	}
	if err := k.db.Sync(); err != nil {
		return k.fail(err)
	}
	next, err := k.db.Begin(false)
	if err != nil {
		return k.fail(err)
	}
	meta, err := k.metaOf(next)
	if err == nil {
		err = k.journal.begin(meta[:])
	}
	if err != nil {
		return errors.Join(k.fail(err), next.Rollback())
	}
	err, k.base = k.base.Rollback(), next
	return err
}

// fail makes every commit from now on fail. The cause is only told: a disk that was full is not one that will do again.
func (k *kv) fail(cause error) error {
	k.failed = fmt.Errorf("%w (%s)", ErrUnsafe, cause.Error())
	return k.failed
}

// endJournal brings everything into the file, and removes the journal. After an error the journal is still in use, unless
// nothing is committed any more.
func (k *kv) endJournal() error {
	if k.failed != nil {
		return k.failed
	}
	err := k.guarded(func() error {
		tx, err := k.db.Begin(true)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		return k.rebase(tx)
	})
	if err != nil {
		return err
	}
	if path := journalOf(k.db.Path()); !replaced(path, k.journal.file) { // somebody deleted it, or it is another database's
		if err := removeJournal(path); err != nil {
			return k.fail(err)
		}
	}
	return k.dropJournal()
}

// dropJournal goes on without a journal, and leaves its file.
func (k *kv) dropJournal() error {
	err := errors.Join(k.base.Rollback(), k.journal.file.Close())
	k.journal = nil
	k.db.NoSync, k.db.NoGrowSync, k.db.NoFreelistSync = false, false, false
	return err
}
