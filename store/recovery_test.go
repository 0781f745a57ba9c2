package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// A journal whose commits cannot be made again, here because a newer program wrote one of them, is kept: it alone has what
// was acknowledged.
func TestJournalIsKeptUntilItIsReplayed(t *testing.T) {
	dir, want := crashed(t)
	path := filepath.Join(dir, JournalName)
	raw := mustRead(t, path)
	later := laterRecord(t, bytes.Clone(raw))
	if err := os.WriteFile(path, later, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if s, err := Open(dir); !errors.Is(err, ErrNewer) {
			t.Fatalf("got %v, %v, want %v", s, err, ErrNewer)
		}
		if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, later) {
			t.Fatalf("the journal was changed: %v", err)
		}
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil { // the newer program would read its own record
		t.Fatal(err)
	}
	wantAfterFailure(t, dir, "after a newer program's record", want)
}

// laterRecord is a journal with one more record, of a bucket that this program does not know.
func laterRecord(t *testing.T, raw []byte) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), JournalName)
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	j := &journal{file: file, size: int64(len(raw)), number: 1, at: journalPage}
	j.epoch = binary.LittleEndian.Uint64(raw[len(journalMagic):])
	for _, record := range parseJournal(raw).records {
		j.number, j.at = j.number+1, j.at+pages(recordHead+len(record))
	}
	j.open()
	j.text([]byte("invoices"))
	if err := j.append(); err != nil {
		t.Fatal(err)
	}
	raw, err = os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A commit that the engine panics in was refused: its record must not come back after a failure.
func TestJournalForgetsCommitThatPanicked(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir, WithJournal())
	customer := createCustomer(t, s, "a@example.com")
	var ids []ID // two on a page
	update(t, s, func(tx *Tx) error {
		ids = nil
		for range 60 {
			i := &Interaction{CustomerID: customer, Channel: "sms", Summary: strings.Repeat("long ", 180), Timestamp: Never}
			if _, err := tx.CreateInteraction(i, nil); err != nil {
				return err
			}
			ids = append(ids, i.ID)
		}
		return nil
	})
	before := everything(t, s)
	heal := harmOpen(t, filepath.Join(dir, FileName), append(ids[20][:], '{'))
	// One is left on the page behind, too little: the engine merges it with the damaged page.
	_, err := s.Update(By{}, func(tx *Tx) error { return tx.DeleteInteraction(ids[23]) })
	if !errors.Is(err, ErrDamaged) {
		t.Fatalf("got %v, want %v", err, ErrDamaged)
	}
	heal()
	wantAfterFailure(t, failed(t, dir), "after a panic", before)
	update(t, s, func(tx *Tx) error { return tx.DeleteInteraction(ids[20]) })
	wantAfterFailure(t, failed(t, dir), "after the next commit", everything(t, s))
}

// failed is a copy of a folder as it is while a store has it open.
func failed(t *testing.T, dir string) (image string) {
	t.Helper()
	image = t.TempDir()
	for _, name := range []string{FileName, JournalName} {
		copyFile(t, filepath.Join(dir, name), filepath.Join(image, name))
	}
	return image
}

// harmOpen zeroes the pages of a file that have a text, also in the map of who has it open. The function that it returns puts them back.
func harmOpen(t *testing.T, path string, text []byte) (heal func()) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := map[int64][]byte{}
	for at := 0; at < len(raw); at += os.Getpagesize() {
		if page := raw[at : at+os.Getpagesize()]; bytes.Contains(page, text) {
			found[int64(at)] = page
		}
	}
	write := func(zero bool) {
		for at, page := range found {
			if zero {
				page = make([]byte, len(page))
			}
			if _, err := file.WriteAt(page, at); err != nil {
				t.Error(err)
			}
		}
	}
	write(true)
	t.Cleanup(func() { file.Close() })
	return func() { write(false) }
}

// Every call of Close returns when the file is closed, also when several come at once.
func TestCloseTwiceAtOnce(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		s := openAt(t, dir, WithJournal())
		createCustomer(t, s, "a@example.com")
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
		}
		all.Wait()
	}
}

// A file that nears the end of its map goes on without a journal.
func TestOutgrown(t *testing.T) {
	s, dir := outgrow(t)
	id := createCustomer(t, s, "later@example.com")
	if isThere(filepath.Join(dir, JournalName)) {
		t.Error("the journal is still there")
	}
	createCustomer(t, s, "last@example.com")
	want := everything(t, s)
	if err := os.Truncate(filepath.Join(dir, FileName), s.Size()); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	wantAfterFailure(t, dir, "without a journal", want)
	view(t, openAt(t, dir), func(tx *Tx) error { _, err := tx.Customer(id); return err })
}

// Where the journal cannot be ended, nothing is committed beside it: the next start would take it back.
func TestOutgrownAfterFailure(t *testing.T) {
	s, dir := outgrow(t)
	want := everything(t, s)
	s.kv.failed = errors.New("a sync failed")
	for n := range 3 {
		if _, err := s.Update(By{}, func(tx *Tx) error { _, err := tx.CreateCustomer(person(email(n)), nil); return err }); err == nil {
			t.Errorf("commit %d succeeded", n)
		}
	}
	if err := os.Truncate(filepath.Join(dir, FileName), s.Size()); err != nil {
		t.Fatal(err)
	}
	wantAfterFailure(t, failed(t, dir), "after a failure", want)
	s.kv.failed = nil
}

// outgrow is a store with a journal whose file looks nearly as large as its map.
func outgrow(t *testing.T) (*Store, string) {
	t.Helper()
	dir := t.TempDir()
	s := openAt(t, dir, WithJournal())
	createCustomer(t, s, "early@example.com")
	if !isThere(filepath.Join(dir, JournalName)) {
		t.Skip("no journal on this system")
	}
	if err := os.Truncate(filepath.Join(dir, FileName), int64(initialMmap())-512<<20); err != nil {
		t.Skip("no files with holes: ", err)
	}
	return s, dir
}

// Whoever waited for the lock of a file that another process has replaced meanwhile leaves alone the journal of the new one.
func TestJournalOfReplacement(t *testing.T) {
	old, dir := filled(t, 3)
	for n := range 30 {
		createCustomer(t, old, email(100+n))
	}
	closeStore(t, old)
	path := filepath.Join(dir, FileName)
	var s *Store
	late := bolt.Options{OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
		file, err := os.OpenFile(name, flag, mode)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(os.Remove(path), os.Remove(filepath.Join(dir, MarkerName))); err != nil {
			return file, err
		}
		s = openAt(t, dir, WithJournal())
		createCustomer(t, s, "replaced@example.com")
		return file, nil
	}}
	if k, err := openEngine(path, late); !errors.Is(err, ErrLocked) {
		t.Fatalf("got %v, %v, want %v", k, err, ErrLocked)
	}
	wantAfterFailure(t, failed(t, dir), "after another process looked", everything(t, s))
}

// A journal of another database, which was put aside, has people in it.
func TestJournalPutAside(t *testing.T) {
	dir, _ := crashed(t)
	other, from := filled(t, 40)
	for n := range 30 { // other transactions than those of the journal
		createCustomer(t, other, email(100+n))
	}
	closeStore(t, other)
	copyFile(t, filepath.Join(from, FileName), filepath.Join(dir, FileName))
	s, unused := openAt(t, dir), filepath.Join(dir, JournalName+unusedSuffix)
	b := &Backups{Store: s, Dir: filepath.Join(dir, BackupsName)}
	if held, err := b.Holding(0); err != nil || len(held) != 1 || held[0].Path != unused || held[0].Until != nil {
		t.Errorf("got %+v, %v, want %s", held, err, unused)
	}
	if found := fmt.Sprint(Diagnose(dir, b.Dir, Now())); !strings.Contains(found, unused) {
		t.Errorf("the doctor does not tell of %s: %s", unused, found)
	}
}

// A failure in the middle of a new base leaves a transaction that is not in the journal. It is the same file all the same, also
// where the base's own meta page cannot be read.
func TestFailureInNewBase(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir, WithJournal(), func(s *Store) { s.journal = 5 * journalPage })
	want := everything(t, s)
	journal := mustRead(t, filepath.Join(dir, JournalName))
	update(t, s, func(tx *Tx) error { return someChange(tx, 9, &[]ID{}, 0) })
	if bytes.Equal(mustRead(t, filepath.Join(dir, JournalName)), journal) {
		t.Fatal("there is no new base")
	}
	file := mustRead(t, filepath.Join(dir, FileName))
	base := parseJournal(journal).base
	file[int64(base.number()%2)*base.pageSize()+metaHead+40] ^= 0xff
	image := folderOf(t, file, journal)
	wantAfterFailure(t, image, "in the middle of a new base", want)
	if isThere(filepath.Join(image, JournalName+unusedSuffix)) {
		t.Error("the journal was taken for another file's")
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
