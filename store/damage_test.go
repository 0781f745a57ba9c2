package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"crm/store/kv"
)

// A page that is zeroed, or beyond the end of the file, makes an error of the transactions that need it, with the backup that
// there is. The program lives on and the rest can be read.
func TestTransactionsOverDamage(t *testing.T) {
	damages := map[string]func(t *testing.T, path string){
		"zeroed": func(t *testing.T, path string) { damage(t, path, bucketFeedback) },
		"beyond the end": func(t *testing.T, path string) {
			if err := os.Truncate(path, 20*int64(os.Getpagesize())); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, do := range damages {
		t.Run(name, func(t *testing.T) {
			s, dir := filled(t, 400)
			b := backup(t, s, filepath.Join(dir, BackupsName))
			closeStore(t, s)
			path := filepath.Join(dir, FileName)
			do(t, path)
			s, err := Open(dir)
			if err == nil {
				_, err = readAll(s)
				if _, again := s.Update(By{}, func(tx *Tx) error {
					for id := range tx.AllFeedback(ID{}) {
						if err := tx.DeleteFeedback(id); err != nil {
							return err
						}
					}
					return nil
				}); !errors.Is(again, ErrDamaged) || !strings.Contains(again.Error(), b.Path) {
					t.Errorf("a write over damage: got %v, want one that names %s", again, b.Path)
				}
				closeStore(t, s)
			}
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "crm restore "+b.Path+" --data "+dir) {
				t.Errorf("got %v, want one that names %s", err, b.Path)
			}
			if err := CheckFolder(t.Context(), dir); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), b.Path) {
				t.Errorf("check: got %v, want one that names %s", err, b.Path)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if s, err := Open(dir); !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), b.Path) {
				t.Errorf("without a database: got %v, %v, want one that names %s", s, err, b.Path)
			}
			closeStore(t, openAt(t, emptied(t, dir)))
		})
	}
}

// TestFileCutOffWhileOpen takes most of a file away from a store that has it mapped.
func TestFileCutOffWhileOpen(t *testing.T) {
	s, dir := filled(t, 400)
	path := filepath.Join(dir, FileName)
	if err := os.Truncate(path, 4*int64(os.Getpagesize())); err != nil {
		t.Skip(err) // Windows
	}
	if n, err := readAll(s); !errors.Is(err, ErrDamaged) {
		t.Errorf("read %d records, %v; want %v", n, err, ErrDamaged)
	}
	closeStore(t, s)
	closeStore(t, openAt(t, emptied(t, dir)))
}

// A file that somebody deletes or replaces while it is open takes no more writes, which nobody would find again. A backup still
// has everything.
func TestFileGoneWhileOpen(t *testing.T) {
	tests := map[string]func(path string) error{
		"deleted": os.Remove,
		"replaced": func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, []byte("another"), 0o600))
		},
	}
	for name, take := range tests {
		t.Run(name, func(t *testing.T) {
			s, dir := filled(t, 3)
			closeStore(t, s)
			s = openAt(t, dir, WithWAL())
			want := everything(t, s)
			if err := take(filepath.Join(dir, FileName)); err != nil {
				t.Skip(err) // Windows
			}
			if _, err := s.Update(By{}, func(tx *Tx) error { _, err := tx.CreateCustomer(person("new@example.com"), nil); return err }); !errors.Is(err, ErrGone) {
				t.Errorf("got %v, want %v", err, ErrGone)
			}
			if got := everything(t, s); !slices.EqualFunc(got, want, slices.Equal) {
				t.Error("readers do not see what was there")
			}
			b, log := backup(t, s, t.TempDir()), filepath.Join(dir, WALName)
			if err := errors.Join(os.Remove(log), os.WriteFile(log, []byte("another's"), 0o600)); err != nil {
				t.Fatal(err)
			}
			if closeStore(t, s); !kv.Exists(log) {
				t.Error("another database's log was removed")
			}
			if _, _, err := Restore(t.Context(), b.Path, dir); err != nil {
				t.Fatal(err)
			}
			wantAfterFailure(t, dir, "restored", want)
		})
	}
}

// readAll reads every record of every kind.
func readAll(s *Store) (n int, err error) {
	err = s.View(func(tx *Tx) error {
		for range tx.Customers(ID{}) {
			n++
		}
		for range tx.Interactions(ID{}) {
			n++
		}
		for range tx.AllFeedback(ID{}) {
			n++
		}
		return nil
	})
	return n, err
}

// A panic of the caller's own goes on: it says nothing about the file.
func TestPanicInAView(t *testing.T) {
	s := open(t)
	defer func() {
		if v := recover(); v != "mine" {
			t.Errorf("got %v, want the panic", v)
		}
		createCustomer(t, s, "a@example.com")
	}()
	_ = s.View(func(*Tx) error { panic("mine") })
}
