package store

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"crm/store/kv"
)

func TestOpenKeepsTheData(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	s := openAt(t, dir)
	database := s.ID()
	if database == (ID{}) || s.Size() == 0 {
		t.Errorf("id %s, size %d", database, s.Size())
	}
	id := createCustomer(t, s, "a@example.com")
	want := asJSON(customer(t, s, id))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, dir)
	if got := asJSON(customer(t, s, id)); got != want || s.Seq() != 1 || s.ID() != database {
		t.Errorf("got %s of database %s at %d, want %s of %s at 1", got, s.ID(), s.Seq(), want, database)
	}
	if other := open(t); other.ID() == database {
		t.Errorf("two databases are both %s", database)
	}
}

func TestOpenLocked(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	start := time.Now()
	other, err := Open(dir)
	if !errors.Is(err, ErrLocked) || other != nil {
		t.Errorf("got %v, want %v", err, ErrLocked)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	createCustomer(t, s, "a@example.com")
}

// Two programs that start at the same moment in a new folder must not each get a database of their own.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	for range 5 {
		dir := t.TempDir()
		var wg sync.WaitGroup
		stores := make([]*Store, 4)
		errs := make([]error, len(stores))
		for i := range stores {
			wg.Go(func() { stores[i], errs[i] = Open(dir) })
		}
		wg.Wait()
		opened := 0
		for i, s := range stores {
			if s == nil {
				if !errors.Is(errs[i], ErrLocked) {
					t.Errorf("got %v, want %v", errs[i], ErrLocked)
				}
				continue
			}
			opened++
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if opened != 1 {
			t.Errorf("%d have the folder open, want 1", opened)
		}
		checkFile(t, filepath.Join(dir, FileName))
	}
}

// tamper creates a store in dir and changes its closed file, without the store.
func tamper(t *testing.T, dir string, change func(*kv.Tx) error) {
	t.Helper()
	if err := openAt(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	k, err := openDB(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(k.Update(change), k.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	write := func(content string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, FileName), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	put := func(key, value []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			tamper(t, dir, func(pairs *kv.Tx) error { return pairs.Put(bucketMeta, key, value) })
		}
	}
	foreign := func(t *testing.T, dir string) {
		err := kv.Create(filepath.Join(dir, FileName), []string{"other"}, func(*kv.Tx) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	newer := binary.BigEndian.AppendUint64(nil, uint64(Schema()+1))
	tests := []struct {
		name    string
		prepare func(t *testing.T, dir string)
		is      error  // nil if there is no sentinel
		says    string // a part of the message
	}{
		{"newer schema", put(metaSchema, newer), ErrNewer, "newer version"},
		{"half loaded", put(metaLoading, []byte{1}), ErrHalfLoaded, "load again"},
		{"a text", write(strings.Repeat("Dear customer, ", 10_000)), nil, FileName},
		{"an empty file", write(""), ErrDamaged, "the file is empty"},
		{"a database of another program", foreign, nil, "not a database of crm"},
		{"a folder", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, FileName), 0o700); err != nil {
				t.Fatal(err)
			}
		}, nil, FileName},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				if v := recover(); v != nil {
					t.Errorf("panic: %v", v)
				}
			}()
			dir := t.TempDir()
			tt.prepare(t, dir)
			s, err := Open(dir)
			if s != nil {
				t.Errorf("opened: %v", s.Close())
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			openAt(t, emptied(t, dir)) // on Windows the file is there while something has it open
		})
	}
}

// A power failure while the file is made leaves it under its temporary name.
func TestOpenAfterACrashWhileCreating(t *testing.T) {
	for _, existing := range []bool{false, true} {
		dir := t.TempDir()
		var want ID
		if existing {
			s := openAt(t, dir)
			want = s.ID()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		left := filepath.Join(dir, FileName+".new")
		if err := os.WriteFile(left, []byte("half a page"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := openAt(t, dir)
		createCustomer(t, s, "a@example.com")
		if existing && s.ID() != want {
			t.Errorf("database %s, want %s", s.ID(), want)
		}
		if _, err := os.Stat(left); !existing && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", left, err)
		}
	}
}
