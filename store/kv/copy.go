package kv

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// OpenReadOnly opens a file for reading. Several processes may do so at a time. If a crash has left a write-ahead log, it opens a copy of
// the file with the commits of the log.
func OpenReadOnly(path string, buckets []string) (db *DB, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	keep := false // whether the copy keeps the lock
	defer func() {
		if !keep {
			_ = file.Close() // nothing was written to it; a failed copy has closed it already
		}
	}()
	if err := lock(file, shared, lockWait); errors.Is(err, ErrLocked) {
		return nil, fmt.Errorf("%s: %w", filepath.Dir(path), err)
	} else if err != nil {
		return nil, err
	}
	left, err := readWAL(WALPath(path)) // nobody writes to the log while the file is locked
	if err != nil {
		return nil, err
	}
	if left != nil {
		if ours, err := left.belongsTo(file); err != nil {
			return nil, err
		} else if ours {
			db, err = left.copied(path, buckets, file)
			keep = err == nil
			return db, err
		}
	}
	return open(path, buckets, bolt.Options{ReadOnly: true})
}

// copied returns a copy of a database file with the commits of its write-ahead log.
func (c *walContent) copied(path string, buckets []string, file *os.File) (*DB, error) {
	size := int64(c.base.pages()) * c.base.pageSize()
	if err := c.hasPages(path, file); err != nil {
		return nil, err
	}
	db, err := openCopy(path, buckets, size, func(copy *os.File) error {
		if _, err := io.Copy(copy, io.NewSectionReader(file, 0, size)); err != nil {
			return err
		}
		return c.writeBase(copy)
	}, file.Close)
	if err != nil {
		return nil, err
	}
	if err := db.Update(c.replay); err != nil {
		return nil, errors.Join(fmt.Errorf("replay %s: %w", WALPath(path), err), db.Close())
	}
	db.replayed = len(c.records)
	return db, nil
}

// IsCopy reports whether the file is a copy, which is deleted when it is closed.
func (db *DB) IsCopy() bool { return db.release != nil }

// Replayed returns how many commits of a write-ahead log were added to a copy.
func (db *DB) Replayed() int { return db.replayed }

// Copy returns a writable copy of an open file. Closing it closes the file too.
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

// openCopy opens a copy of the file at path, which fill writes. Close removes the copy and calls release. Where the operating system
// allows it, the copy is removed as soon as it is open, so that nobody's data is left on the disk if the process is killed.
func openCopy(path string, buckets []string, size int64, fill func(*os.File) error, release func() error) (*DB, error) {
	file, err := temporary(size)
	if err != nil {
		return nil, fmt.Errorf("reading %s needs a copy among the temporary files (a folder with room can be named in TMPDIR): %w", path, err)
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

// temporary creates a temporary file on a disk with room for size bytes.
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
