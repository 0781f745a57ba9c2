package store

import (
	"context"
	"errors"
	"path/filepath"

	"crm/store/kv"
)

// OpenReadOnly opens the database in dir for reading alone, beside others who do so, and changes nothing in the folder. What a crash
// has left in the write-ahead log, and an older schema, are brought up to date in a copy among the temporary files, which goes
// when the store is closed. It returns the errors that Open does, and ErrFull where there is no room for a copy.
func OpenReadOnly(dir string, options ...Option) (*Store, error) {
	s := newStore(dir, options)
	k, err := readDB(filepath.Join(dir, FileName))
	if err != nil {
		return nil, s.located(err)
	}
	s.kv = k
	err = s.identify()
	if err == nil && s.found < Schema() && !s.keepSchema {
		err = s.migrateCopy()
	}
	if err == nil {
		err = s.load()
	}
	if err != nil {
		return nil, errors.Join(err, s.kv.Close())
	}
	s.closed = true // to writes
	close(s.stopped)
	return s, nil
}

// KeepSchema lets OpenReadOnly leave an older schema as it is, for those who read what every schema has in the same form.
func KeepSchema() Option { return func(s *Store) { s.keepSchema = true } }

// Found is the schema that the file had when it was opened.
func (s *Store) Found() int { return s.found }

// CheckFolder reads every page of the database of a data folder, and returns a DamagedError for what makes it unreadable. The error
// is a FolderError too.
func CheckFolder(ctx context.Context, dir string, options ...Option) error {
	return newStore(dir, options).located(kv.CheckFile(ctx, filepath.Join(dir, FileName), nil))
}

// migrateCopy goes on with a copy of the file, of this program's schema.
func (s *Store) migrateCopy() error {
	if !s.kv.IsCopy() {
		k, err := s.kv.Copy()
		if err != nil {
			return err
		}
		s.kv = k
	}
	return s.kv.Update(migrateFrom(s.found))
}
