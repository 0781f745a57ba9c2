package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Look opens the database in dir for reading alone, beside others who do so, and changes nothing in the folder. What a crash
// has left in the journal, and an older schema, are brought up to date in a copy among the temporary files, which goes
// when the store is closed. It returns the errors that Open does, and ErrFull where there is no room for a copy.
func Look(dir string, options ...Option) (*Store, error) {
	s := newStore(dir, options)
	k, err := readKV(filepath.Join(dir, FileName))
	if err != nil {
		return nil, s.advise(err)
	}
	s.kv, k.backups = k, s.backups
	err = s.identify()
	if err == nil && s.found < Schema() && !s.asItIs {
		err = s.migrateCopy()
	}
	if err == nil {
		err = s.load()
	}
	if err != nil {
		return nil, errors.Join(err, s.kv.close())
	}
	s.closed = true // to writes
	close(s.stopped)
	return s, nil
}

// AsItIs lets Look leave an older schema as it is, for those who read what every schema has in the same form.
func AsItIs() Option { return func(s *Store) { s.asItIs = true } }

// Found is the schema that the file had when it was opened.
func (s *Store) Found() int { return s.found }

// migrateCopy goes on with a copy of the file, of this program's schema.
func (s *Store) migrateCopy() error {
	if s.kv.release == nil {
		k, err := s.kv.copied()
		if err != nil {
			return err
		}
		k.backups, s.kv = s.backups, k
	}
	return s.kv.update(migrateFrom(s.found))
}

// readKV opens a file for reading alone, beside others who do so. Where a crash has left a journal, it opens a copy of the file
// with what is in that.
func readKV(path string) (k *kv, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	keep := false // the lock, with a copy
	defer func() {
		if !keep {
			err = errors.Join(err, file.Close())
		}
	}()
	if err := lock(file, shared, lockWait); errors.Is(err, ErrLocked) {
		return nil, fmt.Errorf("%s: %w", filepath.Dir(path), err)
	} else if err != nil {
		return nil, err
	}
	left, err := readJournal(journalOf(path)) // nobody writes it while the file is locked
	if err != nil {
		return nil, err
	}
	if left != nil {
		if ours, err := left.ours(file); err != nil {
			return nil, err
		} else if ours {
			k, err = left.copied(path, file)
			keep = err == nil
			return k, err
		}
	}
	return openEngine(path, bolt.Options{ReadOnly: true})
}

// copied is a copy of a database file with the commits of its journal.
func (r *redo) copied(path string, file *os.File) (*kv, error) {
	size := int64(r.base.pages()) * r.base.pageSize()
	if err := r.fits(path, file); err != nil {
		return nil, err
	}
	k, err := openCopy(path, size, func(copy *os.File) error {
		if _, err := io.Copy(copy, io.NewSectionReader(file, 0, size)); err != nil {
			return err
		}
		return r.writeBase(copy)
	}, file.Close)
	if err != nil {
		return nil, err
	}
	if err := k.update(r.replay); err != nil {
		return nil, errors.Join(fmt.Errorf("make the commits in %s again: %w", journalOf(path), err), k.close())
	}
	k.replayed = len(r.records)
	return k, nil
}

// copied is a copy of an open file that can be written to. Closing it closes the file too.
func (k *kv) copied() (c *kv, err error) {
	err = k.view(func(tx *kvTx) error {
		c, err = openCopy(k.path, tx.size(), func(copy *os.File) error {
			_, err := tx.copyTo(copy)
			return err
		}, k.close)
		return err
	})
	return c, err
}

// openCopy opens a copy, which fill makes, of the file at a path. It goes when it is closed, and release is called then. On
// systems where a file can lose its name while it is open, it has none: it has everybody's data in it, and nothing of that
// is left when the process is killed.
func openCopy(path string, size int64, fill func(*os.File) error, release func() error) (*kv, error) {
	file, err := temporary(size)
	if err != nil {
		return nil, fmt.Errorf("looking at %s needs a copy among the temporary files (a folder with room can be named in TMPDIR): %w", path, err)
	}
	name := file.Name()
	_ = os.Remove(name)
	if err := fill(file); err != nil {
		return nil, errors.Join(engineError(err), file.Close(), removeIfThere(name))
	}
	k, err := openBolt(path, bolt.Options{
		NoSync: true, NoGrowSync: true, InitialMmapSize: initialMmap(),
		OpenFile: func(string, int, os.FileMode) (*os.File, error) { return file, nil },
	})
	if err != nil {
		return nil, errors.Join(err, removeIfThere(name))
	}
	k.release = func() error { return errors.Join(removeIfThere(name), release()) }
	return k, nil
}

// temporary makes a file among the temporary ones, where there is room for so many bytes.
func temporary(size int64) (file *os.File, err error) {
	for _, dir := range temporaryFolders() {
		if err = hasRoom(dir, size); err != nil {
			continue
		}
		if file, err = os.CreateTemp(dir, "crm-look-*"); err == nil {
			return file, nil
		}
	}
	return nil, engineError(err)
}

// temporaryFolders are where temporary files may be. The first is in memory on some systems, and the second never is.
func temporaryFolders() []string { return []string{os.TempDir(), "/var/tmp"} }
