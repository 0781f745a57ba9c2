package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// crashed is a folder as a power failure leaves it that has kept nothing since the last sync, so that only the journal has
// the newest changes, and what was in it.
func crashed(t *testing.T) (dir string, want [][]string) {
	t.Helper()
	s, from := filled(t, 5)
	closeStore(t, s)
	s, dir = openAt(t, from, WithJournal()), t.TempDir()
	copyFile(t, filepath.Join(from, FileName), filepath.Join(dir, FileName))
	createCustomer(t, s, "journal@example.com")
	for _, name := range []string{JournalName, KeyName} {
		copyFile(t, filepath.Join(from, name), filepath.Join(dir, name))
	}
	return dir, everything(t, s)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A journal that a crash has left is brought into the file by who writes to that next.
func TestJournalIsReadByCompact(t *testing.T) {
	dir, want := crashed(t)
	if _, _, err := Compact(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if isThere(filepath.Join(dir, JournalName)) {
		t.Error("the journal is still there")
	}
	wantAfterFailure(t, dir, "compact", want)
}

// Another file under the database's name has nothing to do with the journal that lies beside it.
func TestJournalOfAnotherFile(t *testing.T) {
	dir, _ := crashed(t)
	other, from := filled(t, 40)
	for n := range 30 {
		createCustomer(t, other, email(100+n))
	}
	want := everything(t, other)
	closeStore(t, other)
	copyFile(t, filepath.Join(from, FileName), filepath.Join(dir, FileName))
	wantAfterFailure(t, dir, "replaced", want)
	if !isThere(filepath.Join(dir, JournalName+".unused")) {
		t.Error("the journal was not kept")
	}
}

// A file that has not all the pages of the journal's base is damaged, or somebody else's: neither of the two is written to.
func TestJournalOfLess(t *testing.T) {
	for name, cut := range map[string]func([]byte) []byte{
		"cut off":    func(raw []byte) []byte { return raw[:8*os.Getpagesize()] },
		"no pages":   func(raw []byte) []byte { return raw[:100] },
		"a document": func([]byte) []byte { return []byte("somebody's") },
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := crashed(t)
			path, journal := filepath.Join(dir, FileName), mustRead(t, filepath.Join(dir, JournalName))
			database := cut(mustRead(t, path))
			if err := os.WriteFile(path, database, 0o600); err != nil {
				t.Fatal(err)
			}
			if s, err := Open(dir); !errors.Is(err, ErrDamaged) {
				t.Errorf("got %v, %v, want %v", s, err, ErrDamaged)
			}
			if !bytes.Equal(mustRead(t, path), database) || !bytes.Equal(mustRead(t, filepath.Join(dir, JournalName)), journal) {
				t.Error("the files were written to")
			}
		})
	}
}

func TestJournalThatCannotBeRead(t *testing.T) {
	dir, _ := crashed(t)
	path := filepath.Join(dir, JournalName)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[20] ^= 1
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(dir, FileName))
	s, err := Open(dir)
	if damage, ok := errors.AsType[*DamagedError](err); !ok || damage.Path != path || !strings.Contains(err.Error(), "crm restore") {
		t.Fatalf("got %v, %v", s, err)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, FileName)); !slices.Equal(before, after) {
		t.Error("the file was changed")
	}
}

// A restore over a database that cannot be opened takes its journal away with it.
func TestRestoreOverCrash(t *testing.T) {
	origin, from := filled(t, 3)
	b := backup(t, origin, from)
	want := everything(t, origin)
	dir, _ := crashed(t)
	harm(t, filepath.Join(dir, FileName), bucketCustomers, func(page []byte, _ int) { clear(page) })
	if err := os.WriteFile(filepath.Join(dir, JournalName), []byte("not a journal"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, aside, err := Restore(t.Context(), b.Path, dir)
	if err != nil || !isThere(filepath.Join(aside, JournalName)) {
		t.Fatalf("kept in %q, %v", aside, err)
	}
	wantAfterFailure(t, dir, "restored", want)
}

// Who finds the folder in use leaves the journal and the file alone.
func TestJournalLock(t *testing.T) {
	dir := t.TempDir()
	first := openAt(t, dir, WithJournal())
	id := createCustomer(t, first, "a@example.com")
	defer customer(t, first, id) // is still there
	if s, err := Open(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v, %v, want %v", s, err, ErrLocked)
	}
}

// FuzzJournal reads whatever a disk may hold: no record is taken that is not whole, and nothing panics.
func FuzzJournal(f *testing.F) {
	j := &journal{epoch: 1, number: 1}
	j.size = journalSize
	j.open()
	j.put(bucketLog, []byte("key"), []byte("value"))
	j.delete(bucketLogRecord, []byte("k"))
	f.Add(j.record[recordHead:], uint16(0))
	f.Add([]byte("\x03log\x01k\x01\xff\xff\xff\xff\x0f"), uint16(9))
	f.Fuzz(func(t *testing.T, record []byte, cut uint16) {
		for p, err := range changesIn(record) {
			if err == nil && (p.bucket >= bucketCount || len(p.key)+len(p.value) > len(record)) {
				t.Errorf("got %+v", p)
			}
		}
		parseJournal(record)
		if len(record) >= recordHead {
			recordAt(record, 1, 1)
		}
	})
}
