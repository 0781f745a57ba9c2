package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// open opens a store in a new folder, which may migrate without a backup. When the test ends it is closed and every invariant of its file is checked.
func open(t testing.TB, options ...Option) *Store {
	t.Helper()
	return openAt(t, t.TempDir(), options...)
}

func openAt(t testing.TB, dir string, options ...Option) *Store {
	t.Helper()
	without := WithMigration(func(*Store) error { return nil }, nil)
	s, err := Open(dir, append([]Option{without}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		checkFile(t, filepath.Join(dir, FileName))
	})
	return s
}

// emptied takes away everything that is in a folder, so that a database can be begun in it: the end of a test checks one.
func emptied(t testing.TB, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	for _, file := range files {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, file.Name())))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// update runs fn, which must succeed, and returns the sequence. fn must not end the test: it runs in the committer.
func update(t testing.TB, s *Store, fn func(*Tx) error) uint64 {
	t.Helper()
	seq, err := s.Update(By{Actor: "test"}, fn)
	if err != nil {
		t.Fatalf("update: %v", err)
	}
	return seq
}

func view(t testing.TB, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.View(fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// person returns a customer with nothing but what is required.
func person(email string) *Customer {
	return &Customer{ContactType: "Individual", Email: email, Phone: "0612345678"}
}

func createCustomer(t testing.TB, s *Store, email string) ID {
	t.Helper()
	c := person(email)
	update(t, s, func(tx *Tx) error {
		_, err := tx.CreateCustomer(c, nil)
		return err
	})
	return c.ID
}

func createInteraction(t testing.TB, s *Store, customer ID, at Time) ID {
	t.Helper()
	var id ID
	update(t, s, func(tx *Tx) error {
		i := &Interaction{CustomerID: customer, Channel: "phone", Summary: "Call", Timestamp: at}
		_, err := tx.CreateInteraction(i, nil)
		id = i.ID
		return err
	})
	return id
}

func createFeedback(t testing.TB, s *Store, f Feedback) ID {
	t.Helper()
	var id ID
	update(t, s, func(tx *Tx) error {
		try := f
		_, err := tx.CreateFeedback(&try, nil)
		id = try.ID
		return err
	})
	return id
}

func customer(t testing.TB, s *Store, id ID) (c *Customer) {
	t.Helper()
	view(t, s, func(tx *Tx) (err error) { c, err = tx.Customer(id); return err })
	return c
}

func activity(t testing.TB, s *Store, id ID) (a Activity) {
	t.Helper()
	view(t, s, func(tx *Tx) (err error) { a, err = tx.Activity(id); return err })
	return a
}

// broken lists what an Invalid complains about, as "field type".
func broken(err error) []string {
	invalid, ok := errors.AsType[Invalid](err)
	if !ok {
		if err == nil {
			return nil
		}
		return []string{err.Error()}
	}
	var list []string
	for _, f := range invalid {
		list = append(list, f.Field+" "+f.Type)
	}
	return list
}

// commits returns how many transactions have been written to the file.
func commits(t testing.TB, s *Store) (n int) {
	t.Helper()
	view(t, s, func(tx *Tx) error { n = tx.kv.ID(); return nil })
	return n
}

// A handClock moves only when told to.
type handClock struct{ ms atomic.Int64 }

func newClock() *handClock {
	c := new(handClock)
	c.ms.Store(time.Date(2026, 11, 23, 6, 1, 56, 852e6, time.UTC).UnixMilli())
	return c
}

func (c *handClock) time() time.Time      { return time.UnixMilli(c.ms.Load()) }
func (c *handClock) now() Time            { return Time(c.ms.Load()) }
func (c *handClock) move(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// seeded returns a random source that repeats itself.
func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2026)) }

func random(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func email(n int) string { return fmt.Sprintf("c%d@example.com", n) }
