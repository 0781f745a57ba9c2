package kv

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// OpenReadOnly opens a file for reading alone, beside others who do so. Where a crash has left a journal, it opens a copy of the file
// with what is in that.
func OpenReadOnly(path string, buckets []string) (db *DB, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	keep := false // the lock, with a copy
	defer func() {
		if !keep {
			_ = file.Close() // nothing was written to it; a copy that failed has closed it
		}
	}()
	if err := lock(file, shared, lockWait); errors.Is(err, ErrLocked) {
		return nil, fmt.Errorf("%s: %w", filepath.Dir(path), err)
	} else if err != nil {
		return nil, err
	}
	left, err := readJournal(JournalOf(path)) // nobody writes it while the file is locked
	if err != nil {
		return nil, err
	}
	if left != nil {
		if ours, err := left.ours(file); err != nil {
			return nil, err
		} else if ours {
			db, err = left.copied(path, buckets, file)
			keep = err == nil
			return db, err
		}
	}
	return open(path, buckets, bolt.Options{ReadOnly: true})
}

// copied is a copy of a database file with the commits of its journal.
func (r *redo) copied(path string, buckets []string, file *os.File) (*DB, error) {
	size := int64(r.base.pages()) * r.base.pageSize()
	if err := r.fits(path, file); err != nil {
		return nil, err
	}
	db, err := openCopy(path, buckets, size, func(copy *os.File) error {
		if _, err := io.Copy(copy, io.NewSectionReader(file, 0, size)); err != nil {
			return err
		}
		return r.writeBase(copy)
	}, file.Close)
	if err != nil {
		return nil, err
	}
	if err := db.Update(r.replay); err != nil {
		return nil, errors.Join(fmt.Errorf("make the commits in %s again: %w", JournalOf(path), err), db.Close())
	}
	db.replayed = len(r.records)
	return db, nil
}

// IsCopy reports whether the file is a copy, which goes when it is closed.
func (db *DB) IsCopy() bool { return db.release != nil }

// Replayed returns how many commits of a journal that a crash has left are in a copy.
func (db *DB) Replayed() int { return db.replayed }

// Copy returns a copy of an open file that can be written to. Closing it closes the file too.
func (db *DB) Copy() (c *DB, err error) {
	err = db.View(func(tx *Tx) error {
		c, err = openCopy(db.path, db.buckets, tx.Size(), func(copy *os.File) error {
			_, err := tx.CopyTo(copy)
			return err
		}, db.Close)
		return err
	})
	return c, err
}

// openCopy opens a copy, which fill makes, of the file at a path. It goes when it is closed, and release is called then. On
// systems where a file can lose its name while it is open, it has none: it has everybody's data in it, and nothing of that
// is left when the process is killed.
func openCopy(path string, buckets []string, size int64, fill func(*os.File) error, release func() error) (*DB, error) {
	file, err := temporary(size)
	if err != nil {
		return nil, fmt.Errorf("looking at %s needs a copy among the temporary files (a folder with room can be named in TMPDIR): %w", path, err)
	}
	name := file.Name()
	_ = os.Remove(name)
	if err := fill(file); err != nil {
		return nil, errors.Join(Classify(err), file.Close(), RemoveIfThere(name))
	}
	db, err := openBolt(path, buckets, bolt.Options{
		NoSync: true, NoGrowSync: true, InitialMmapSize: initialMmap(),
		OpenFile: func(string, int, os.FileMode) (*os.File, error) { return file, nil },
	})
	if err != nil {
		return nil, errors.Join(err, RemoveIfThere(name))
	}
	db.release = func() error { return errors.Join(RemoveIfThere(name), release()) }
	return db, nil
}

// temporary makes a file among the temporary ones, where there is room for so many bytes.
func temporary(size int64) (file *os.File, err error) {
	for _, dir := range TemporaryFolders() {
		if err = HasRoom(dir, size); err != nil {
			continue
		}
		if file, err = os.CreateTemp(dir, "crm-look-*"); err == nil {
			return file, nil
		}
	}
	return nil, Classify(err)
}
