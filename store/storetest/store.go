package storetest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"crm/store"
	"crm/store/kv"
)

// Open opens a store, which may migrate without a backup. When the test ends the store is closed, and the whole file is checked.
func Open(t testing.TB, dir string, options ...store.Option) *store.Store {
	t.Helper()
	without := store.WithMigration(func(*store.Store) error { return nil }, nil)
	s, err := store.Open(dir, append([]store.Option{without}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Helper()
		Close(t, s)
		check(t, dir)
	})
	return s
}

func check(t testing.TB, dir string) {
	t.Helper()
	s, err := store.OpenReadOnly(dir)
	if err != nil {
		t.Error(err)
		return
	}
	defer Close(t, s)
	if problems, err := s.Check(t.Context()); (err != nil || len(problems) > 0) && t.Context().Err() == nil {
		t.Errorf("check: %v, %v", problems, err)
	}
	if err := kv.CheckFile(t.Context(), filepath.Join(dir, store.FileName), nil); err != nil && t.Context().Err() == nil {
		t.Error(err)
	}
}

// Close closes a store.
func Close(t testing.TB, s *store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// Filled opens a store with some customers, an interaction and a feedback of each, and a key, in a folder of its own.
func Filled(t testing.TB, customers int) (*store.Store, string) {
	t.Helper()
	dir := t.TempDir()
	Write(t, filepath.Join(dir, store.KeyName), bytes.Repeat([]byte("k"), 32))
	s := Open(t, dir)
	Update(t, s, func(tx *store.Tx) error {
		for n := range customers {
			c := Person(Email(n))
			_, err := tx.CreateCustomer(c, nil)
			if err == nil {
				_, err = tx.CreateInteraction(&store.Interaction{CustomerID: c.ID, Channel: "phone", Summary: "Call", Timestamp: store.Never}, nil)
			}
			if err == nil {
				_, err = tx.CreateFeedback(&store.Feedback{CustomerID: &c.ID, ServiceType: "Tour", Rating: 4}, nil)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s, dir
}

// Person returns a customer with only the required fields.
func Person(email string) *store.Customer {
	return &store.Customer{ContactType: "Individual", Email: email, Phone: "0612345678"}
}

// Email returns one of many e-mail addresses.
func Email(n int) string { return fmt.Sprintf("c%d@example.com", n) }

// CreateCustomer creates a customer with an e-mail.
func CreateCustomer(t testing.TB, s *store.Store, email string) (id store.ID) {
	t.Helper()
	Update(t, s, func(tx *store.Tx) error {
		c := Person(email)
		_, err := tx.CreateCustomer(c, nil)
		id = c.ID
		return err
	})
	return id
}

// Update runs a transaction, which must succeed.
func Update(t testing.TB, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if _, err := s.Update(store.By{Actor: "test"}, fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

// View runs a read transaction, which must succeed.
func View(t testing.TB, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.View(fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// Records returns every record of a store, and its log.
func Records(t testing.TB, s *store.Store) (all []string) {
	t.Helper()
	View(t, s, func(tx *store.Tx) error {
		for _, raw := range tx.Customers(store.ID{}) {
			all = append(all, string(raw))
		}
		for _, raw := range tx.Interactions(store.ID{}) {
			all = append(all, string(raw))
		}
		for _, raw := range tx.AllFeedback(store.ID{}) {
			all = append(all, string(raw))
		}
		for c, err := range tx.Changes(0) {
			if err != nil {
				return err
			}
			all = append(all, fmt.Sprintf("%d %s %s %s", c.Seq, c.Op, c.ID, c.Old))
		}
		return nil
	})
	return all
}

// ReadAll reads every customer, interaction and feedback, and returns their number.
func ReadAll(s *store.Store) (n int, err error) {
	err = s.View(func(tx *store.Tx) error {
		for range tx.Customers(store.ID{}) {
			n++
		}
		for range tx.Interactions(store.ID{}) {
			n++
		}
		for range tx.AllFeedback(store.ID{}) {
			n++
		}
		return nil
	})
	return n, err
}

// Harm calls do with each page of a database file that contains the first key of a bucket, and with the offset of that key.
func Harm(t testing.TB, path, bucket string, do func(page []byte, at int)) {
	t.Helper()
	db, err := kv.Open(path, []string{bucket})
	if err != nil {
		t.Fatal(err)
	}
	var key []byte
	err = db.View(func(tx *kv.Tx) error {
		for k := range tx.Scan(0, nil) {
			key = bytes.Clone(k)
			break
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	raw, found := Read(t, path), false
	for page := range slices.Chunk(raw, os.Getpagesize()) {
		if i := bytes.Index(page, key); i >= 0 {
			do(page, i)
			found = true
		}
	}
	if !found {
		t.Fatalf("no page has %x", key)
	}
	Write(t, path, raw)
}

// Damage overwrites the leaf page of a bucket's first key with zeros.
func Damage(t testing.TB, path, bucket string) {
	t.Helper()
	Harm(t, path, bucket, func(page []byte, _ int) { clear(page) })
}

// Disorder changes the first key of a bucket so that it is the greatest.
func Disorder(t testing.TB, path, bucket string) {
	t.Helper()
	Harm(t, path, bucket, func(page []byte, at int) { page[at] = 0xff })
}

// Empty removes everything from a folder, so that a new database can be created in it, and returns the folder.
func Empty(t testing.TB, dir string) string {
	t.Helper()
	for _, name := range Names(t, dir) {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Names returns the names in a folder.
func Names(t testing.TB, dir string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		names = append(names, file.Name())
	}
	return names
}

// Read returns the content of a file.
func Read(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Write writes a file.
func Write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Copy copies a file.
func Copy(t testing.TB, from, to string) {
	t.Helper()
	Write(t, to, Read(t, from))
}

// Remove removes a file, if it is there.
func Remove(t testing.TB, path string) {
	t.Helper()
	if err := kv.RemoveIfThere(path); err != nil {
		t.Fatal(err)
	}
}

// Unpack unpacks a file of gzip.
func Unpack(t testing.TB, from, to string) {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(Read(t, from)))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	Write(t, to, raw)
}

// Crashed returns a folder as it is after a power failure in which everything since the last sync was lost, so that only the write-ahead
// log has the newest change. It also returns the records of the store.
func Crashed(t testing.TB) (dir string, want []string) {
	t.Helper()
	s, from := Filled(t, 5)
	Close(t, s)
	s, dir = Open(t, from, store.WithWAL()), t.TempDir()
	Copy(t, filepath.Join(from, store.FileName), filepath.Join(dir, store.FileName))
	CreateCustomer(t, s, "log@example.com")
	for _, name := range []string{store.WALName, store.KeyName} {
		Copy(t, filepath.Join(from, name), filepath.Join(dir, name))
	}
	return dir, Records(t, s)
}
