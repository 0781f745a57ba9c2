package kv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// UnusedSuffix ends the name of a write-ahead log that belongs to another database, and was renamed.
const UnusedSuffix = ".unused"

// recoverBase locks a file, which bbolt then locks again, and restores the base of a write-ahead log that a crash has left. It returns the
// log, or nil if there is none that belongs to the file.
func recoverBase(path string, file *os.File) (*walContent, error) {
	if err := lock(file, exclusive, lockWait); err != nil {
		return nil, err
	}
	if replaced(path, file) { // the log belongs to the new file, which may be in use
		return nil, ErrLocked
	}
	left, err := readWAL(WALPath(path))
	if left == nil || err != nil {
		return nil, err
	}
	belongs, err := left.belongsTo(file)
	switch {
	case err != nil:
		return nil, err
	case !belongs:
		return nil, renameUnused(path)
	}
	return left, left.restoreBase(file)
}

// belongsTo reports whether the log was written for a database file. Another file that was copied to this path has other transactions. The
// newest transaction of the file is at least the one before the base, if the base's own meta page is damaged, and at most one after the
// last record, if a checkpoint was interrupted.
func (c *walContent) belongsTo(file io.ReaderAt) (bool, error) {
	valid, newest := false, uint64(0)
	for slot := range int64(2) {
		var m metaPage
		if _, err := file.ReadAt(m[:], slot*c.base.pageSize()); err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if m.valid() { // nothing follows from a damaged page
			valid, newest = true, max(newest, m.transaction())
		}
	}
	base := c.base.transaction()
	return !valid || newest+1 >= base && newest <= base+uint64(len(c.records))+1, nil
}

// restoreBase makes the base the state of a database file. A file without all pages of the base stays as it is.
func (c *walContent) restoreBase(file *os.File) error {
	if err := c.hasPages(file.Name(), file); err != nil {
		return err
	}
	return errors.Join(c.writeBase(file), file.Sync())
}

// hasPages returns a DamagedError for a file that lacks pages of the base.
func (c *walContent) hasPages(path string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if want := int64(c.base.pages()) * c.base.pageSize(); info.Size() < want {
		return &DamagedError{Path: path, Cause: fmt.Errorf("it has %d bytes, and its write-ahead log is of one with %d", info.Size(), want)}
	}
	return nil
}

// writeBase writes the base's meta page to both meta pages of the file.
func (c *walContent) writeBase(file *os.File) error {
	for slot := range uint64(2) {
		page := bytes.Clone(c.base[:])
		binary.NativeEndian.PutUint64(page, slot) // a page begins with its own number
		if _, err := file.WriteAt(page, int64(slot)*c.base.pageSize()); err != nil {
			return err
		}
	}
	return nil
}

// recoverCommits replays a log that a crash has left, and removes it. If that fails it leaves the log.
func (db *DB) recoverCommits(left *walContent) error {
	if left == nil {
		return nil
	}
	path := WALPath(db.bolt.Path())
	if err := db.Update(left.replay); err != nil {
		return fmt.Errorf("replay %s: %w", path, err)
	}
	return removeWAL(path)
}

func removeWAL(path string) error {
	if err := RemoveIfThere(path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// renameUnused renames the log at the path of a database, if there is one, because it belongs to another database.
func renameUnused(path string) error {
	if err := os.Rename(WALPath(path), WALPath(path)+UnusedSuffix); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
