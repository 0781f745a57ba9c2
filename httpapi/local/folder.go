package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"crm/store"
)

// ErrNoData is returned for a folder that has no database and never had one.
var ErrNoData = errors.New("there is no data")

// HasData returns ErrNoData, or store.ErrLost, unless there is a database in a folder.
func HasData(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, store.FileName)); !errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := store.Lost(dir); err != nil {
		return err
	}
	return fmt.Errorf("%w in %s", ErrNoData, dir)
}

// OpenReadOnly opens a folder's database read-only. It changes nothing in the folder, and returns ErrNoData if there is no database.
func OpenReadOnly(dir string, options ...store.Option) (*store.Store, error) {
	if err := HasData(dir); err != nil {
		return nil, err
	}
	return store.OpenReadOnly(dir, options...)
}
