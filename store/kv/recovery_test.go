package kv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// A log that cannot be replayed, here because a newer program wrote one of them, is kept: it alone has what
// was acknowledged.
func TestWALIsKeptUntilItIsReplayed(t *testing.T) {
	dir, want := crashed(t)
	path := filepath.Join(dir, walName)
	raw := mustRead(t, path)
	later := laterRecord(t, bytes.Clone(raw))
	if err := os.WriteFile(path, later, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if s, err := Open(filepath.Join(dir, fileName), testBuckets); !errors.Is(err, ErrNewer) {
			t.Fatalf("got %v, %v, want %v", s, err, ErrNewer)
		}
		if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, later) {
			t.Fatalf("the log was changed: %v", err)
		}
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil { // the newer program would read its own record
		t.Fatal(err)
	}
	wantAfterFailure(t, dir, "after a newer program's record", want)
}

// laterRecord returns a log with one more record, of a bucket that this program does not know.
func laterRecord(t *testing.T, raw []byte) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), walName)
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := &wal{file: file, size: int64(len(raw)), number: 1, at: walPage}
	w.epoch = binary.LittleEndian.Uint64(raw[len(walMagic):])
	for _, record := range parseWAL(raw).records {
		w.number, w.at = w.number+1, w.at+wholePages(recordHead+len(record))
	}
	w.start()
	w.addBytes([]byte("invoices"))
	if err := w.append(); err != nil {
		t.Fatal(err)
	}
	raw, err = os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A commit that bbolt panics in was refused: its record must not be replayed after a failure.
func TestWALForgetsCommitThatPanicked(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, dir, WALSize)
	large := func(n int) []byte { return bytes.Repeat([]byte(key(n)), 150) }
	update(t, db, func(tx *Tx) error { // two rows on a page
		for n := range 60 {
			if err := tx.Put(rows, []byte(key(n)), large(n)); err != nil {
				return err
			}
		}
		return nil
	})
	before := everything(t, db)
	heal := harmOpen(t, filepath.Join(dir, fileName), large(20))
	// One is left on the page behind, too little: bbolt merges it with the damaged page.
	if err := db.Update(func(tx *Tx) error { return tx.Delete(rows, []byte(key(23))) }); !errors.Is(err, ErrDamaged) {
		t.Fatalf("got %v, want %v", err, ErrDamaged)
	}
	heal()
	wantAfterFailure(t, failed(t, dir), "after a panic", before)
	update(t, db, func(tx *Tx) error { return tx.Delete(rows, []byte(key(20))) })
	wantAfterFailure(t, failed(t, dir), "after the next commit", everything(t, db))
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

// A file that nears the end of its map goes on without a WAL.
func TestOutgrown(t *testing.T) {
	s, dir := outgrow(t)
	put(t, s, "later")
	if Exists(filepath.Join(dir, walName)) {
		t.Error("the write-ahead log is still there")
	}
	put(t, s, "last")
	want := everything(t, s)
	if err := os.Truncate(filepath.Join(dir, fileName), s.Size()); err != nil {
		t.Fatal(err)
	}
	closeDB(t, s)
	wantAfterFailure(t, dir, "without a WAL", want)
}

// Where the log cannot be removed, nothing is committed beside it: the next open would replay it.
func TestOutgrownAfterFailure(t *testing.T) {
	s, dir := outgrow(t)
	want := everything(t, s)
	s.failed = errors.New("a sync failed")
	for n := range 3 {
		if err := s.Update(func(tx *Tx) error { return putRow(tx, key(n)) }); err == nil {
			t.Errorf("commit %d succeeded", n)
		}
	}
	if err := os.Truncate(filepath.Join(dir, fileName), s.Size()); err != nil {
		t.Fatal(err)
	}
	wantAfterFailure(t, failed(t, dir), "after a failure", want)
	s.failed = nil
}

// outgrow returns a store with a WAL whose file looks nearly as large as its map.
func outgrow(t *testing.T) (*DB, string) {
	t.Helper()
	dir := t.TempDir()
	s := openAt(t, dir, WALSize)
	put(t, s, "early")
	if !Exists(filepath.Join(dir, walName)) {
		t.Skip("no write-ahead log on this system")
	}
	if err := os.Truncate(filepath.Join(dir, fileName), int64(initialMmap())-512<<20); err != nil {
		t.Skip("no files with holes: ", err)
	}
	return s, dir
}

// A process that waited for the lock of a file, which another process has replaced meanwhile, does not touch the log of the new file.
func TestWALOfReplacement(t *testing.T) {
	old, dir := filled(t, 3)
	for n := range 30 {
		put(t, old, key(100+n))
	}
	closeDB(t, old)
	path := filepath.Join(dir, fileName)
	var s *DB
	late := bolt.Options{OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
		file, err := os.OpenFile(name, flag, mode)
		if err != nil {
			return nil, err
		}
		if err := os.Remove(path); err != nil {
			return file, err
		}
		s = openAt(t, dir, WALSize)
		put(t, s, "replaced")
		return file, nil
	}}
	if db, err := open(path, testBuckets, late); !errors.Is(err, ErrLocked) {
		t.Fatalf("got %v, %v, want %v", db, err, ErrLocked)
	}
	wantAfterFailure(t, failed(t, dir), "after another process looked", everything(t, s))
}

// A failure in the middle of a checkpoint leaves a transaction that is not in the log. It is the same file all the same, also
// where the base's own meta page cannot be read.
func TestFailureInCheckpoint(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir, 5*walPage)
	want := everything(t, s)
	log := mustRead(t, filepath.Join(dir, walName))
	update(t, s, func(tx *Tx) error { return someChange(tx, 9, &[]string{}, 0) })
	if bytes.Equal(mustRead(t, filepath.Join(dir, walName)), log) {
		t.Fatal("there was no checkpoint")
	}
	file := mustRead(t, filepath.Join(dir, fileName))
	base := parseWAL(log).base
	file[int64(base.transaction()%2)*base.pageSize()+metaHead+40] ^= 0xff
	image := folderOf(t, file, log)
	wantAfterFailure(t, image, "in the middle of a checkpoint", want)
	if Exists(filepath.Join(image, walName+UnusedSuffix)) {
		t.Error("the log was taken for another file's")
	}
}

// A process that waits for the lock of a file must not get it when another file has taken its place meanwhile.
func TestReplacedFileIsNotOpened(t *testing.T) {
	db, dir := filled(t, 1)
	closeDB(t, db)
	path := filepath.Join(dir, fileName)
	openFile := func(name string, flag int, mode os.FileMode) (*os.File, error) {
		file, err := os.OpenFile(name, flag, mode)
		if err == nil {
			if err := os.Rename(path, path+".old"); err != nil {
				t.Skip(err) // Windows
			}
			closeDB(t, openAt(t, dir, 0))
		}
		return file, err
	}
	db, err := open(path, testBuckets, bolt.Options{OpenFile: openFile})
	if !errors.Is(err, ErrLocked) || db != nil {
		t.Errorf("got %v, want %v", err, ErrLocked)
	}
}
