package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestFileCutOffWhileOpen truncates the file of a store that has it mapped.
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
