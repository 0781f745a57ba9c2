package store

import (
	"context"
	"errors"
	"path/filepath"

	"crm/store/kv"
)

// OpenReadOnly opens the database in dir for reading. Several processes may do so at a time, and nothing in the folder changes. If a
// crash has left commits in the write-ahead log, or the schema is an older one, it opens an up-to-date copy among the temporary files,
// which is deleted when the store is closed. It returns the errors of Open, and ErrFull if there is no room for the copy.
func OpenReadOnly(dir string, options ...Option) (*Store, error) {
	s := newStore(dir, options)
	k, err := readDB(filepath.Join(dir, FileName))
	if err != nil {
		return nil, s.located(err)
	}
	s.kv = k
	err = s.identify()
	switch {
	case err != nil:
	case s.keepSchema:
		err = s.knowPhones()
	default:
		err = s.bringCopyUpToDate()
	}
	if err == nil {
		err = s.load()
	}
	if err != nil {
		return nil, errors.Join(err, s.kv.Close())
	}
	s.closed = true // so that Update returns ErrClosed
	close(s.stopped)
	return s, nil
}

// KeepSchema makes OpenReadOnly leave an older schema as it is, for callers that read only what is the same in every schema.
func KeepSchema() Option { return func(s *Store) { s.keepSchema = true } }

// Found returns the schema of the file when it was opened.
func (s *Store) Found() int { return s.found }

// CheckFolder reads every page of the database of a data folder. It returns an error that is both a FolderError and a DamagedError if a
// page cannot be read.
func CheckFolder(ctx context.Context, dir string, options ...Option) error {
	return newStore(dir, options).located(kv.CheckFile(ctx, filepath.Join(dir, FileName), nil))
}

// bringCopyUpToDate replaces the open file by a copy of this program's schema in which every phone number was read, unless the file is
// such already.
func (s *Store) bringCopyUpToDate() error {
	if err := s.knowPhones(); err != nil || s.found == Schema() && !s.unread {
		return err
	}
	if !s.kv.IsCopy() {
		k, err := s.kv.Copy()
		if err != nil {
			return err
		}
		s.kv = k
	}
	if err := s.kv.Update(migrateFrom(s.found)); err != nil {
		return err
	}
	return s.readPhones()
}
