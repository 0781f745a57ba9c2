package store

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"crm/store/kv"
)

// crashed returns a folder as a power failure leaves it that has kept nothing since the last sync, so that only the write-ahead log has
// the newest changes, and what was in it.
func crashed(t *testing.T) (dir string, want [][]string) {
	t.Helper()
	s, from := filled(t, 5)
	closeStore(t, s)
	s, dir = openAt(t, from, WithWAL()), t.TempDir()
	copyFile(t, filepath.Join(from, FileName), filepath.Join(dir, FileName))
	createCustomer(t, s, "log@example.com")
	for _, name := range []string{WALName, KeyName} {
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

// A write-ahead log that a crash has left is replayed by the next writer of the file.
func TestWALIsReadByCompact(t *testing.T) {
	dir, want := crashed(t)
	if _, _, err := Compact(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if kv.Exists(filepath.Join(dir, WALName)) {
		t.Error("the write-ahead log is still there")
	}
	wantAfterFailure(t, dir, "compact", want)
}

func TestWALThatCannotBeRead(t *testing.T) {
	dir, _ := crashed(t)
	path := filepath.Join(dir, WALName)
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
	if damage, ok := errors.AsType[*DamagedError](err); !ok || damage.Path != path {
		t.Fatalf("got %v, %v", s, err)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, FileName)); !slices.Equal(before, after) {
		t.Error("the file was changed")
	}
}

// everything returns all pairs of a store.
func everything(t *testing.T, s *Store) [][]string {
	t.Helper()
	return contents(t, s, slices.Collect(func(yield func(kv.Bucket) bool) {
		for b := range bucketCount {
			if b != bucketMeta && !yield(b) { // Open notes nothing there that a commit must keep
				return
			}
		}
	}))
}

// wantAfterFailure opens what is left and compares it with what was acknowledged.
func wantAfterFailure(t *testing.T, dir, when string, want [][]string) {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	got := everything(t, s)
	if !slices.EqualFunc(got, want, slices.Equal) {
		for b := range got {
			if !slices.Equal(got[b], want[b]) {
				t.Errorf("%s: %d pairs, want %d in the same state", when, len(got[b]), len(want[b]))
			}
		}
	}
	closeStore(t, s)
	checkFile(t, filepath.Join(dir, FileName))
	if kv.Exists(filepath.Join(dir, WALName)) {
		t.Errorf("%s: the write-ahead log is still there", when)
	}
}

// failed returns a copy of a folder as it is while a store has it open.
func failed(t *testing.T, dir string) (image string) {
	t.Helper()
	image = t.TempDir()
	for _, name := range []string{FileName, WALName} {
		copyFile(t, filepath.Join(dir, name), filepath.Join(image, name))
	}
	return image
}

// Every call of Close returns when the file is closed, also when several come at once.
func TestCloseTwiceAtOnce(t *testing.T) {
	t.Parallel()
	for range 5 {
		dir := t.TempDir()
		s := openAt(t, dir, WithWAL())
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

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// tear makes one of bbolt's two meta pages, or both, worthless.
func tear(file []byte, r *rand.Rand) {
	const transaction = 16 + 40 // where a part of a meta page is
	for slot := range 2 {
		if r.IntN(2) == 0 {
			file[slot*os.Getpagesize()+transaction] ^= 0xff
		}
	}
}
