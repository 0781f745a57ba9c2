package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestRestoreKilled ends a restore behind each of its steps, as a kill would. The folder opens, with the old data or
// with the new, and a second restore goes through.
func TestRestoreKilled(t *testing.T) {
	source, dir := filled(t, 5)
	b := backup(t, source, dir)
	for steps := range len((&restore{}).steps()) + 1 {
		s, dir := filled(t, 2)
		old := s.ID()
		closeStore(t, s)
		if err := os.WriteFile(filepath.Join(dir, KeyName), bytes.Repeat([]byte("o"), 32), 0o600); err != nil {
			t.Fatal(err)
		}
		r := &restore{ctx: t.Context(), from: b.Path, dir: dir}
		all := r.steps()
		for i, step := range all[:steps] {
			if err := step(); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
		}
		if err := r.release(); err != nil { // as the end of a process does
			t.Fatal(err)
		}
		s = openAt(t, dir)
		view(t, s, func(tx *Tx) error {
			if n := tx.Counts()[KindCustomer]; steps < len(all) && (n != 2 || s.ID() != old) || steps == len(all) && (n != 5 || s.ID() == old) {
				t.Errorf("after %d of %d steps: %d customers, id %s (was %s)", steps, len(all), n, s.ID(), old)
			}
			return nil
		})
		key, err := os.ReadFile(filepath.Join(dir, KeyName))
		if err != nil || len(key) != 32 {
			t.Errorf("after %d steps: key %q, %v", steps, key, err)
		}
		createCustomer(t, s, "later@example.com")
		closeStore(t, s)
		if _, aside, err := Restore(t.Context(), b.Path, dir); err != nil || aside == "" {
			t.Errorf("again after %d steps: kept %q, %v", steps, aside, err)
		}
	}
}

func TestRestoreKeepsTheOldData(t *testing.T) {
	source, folder := filled(t, 5)
	b := backup(t, source, folder)
	s, dir := filled(t, 2)
	if _, _, err := Restore(t.Context(), b.Path, dir); !errors.Is(err, ErrLocked) {
		t.Errorf("while it is open: got %v, want %v", err, ErrLocked)
	}
	old := s.ID()
	closeStore(t, s)
	got, aside, err := Restore(t.Context(), b.Path, dir)
	if err != nil || got.Seq != b.Seq || filepath.Dir(aside) != dir {
		t.Fatalf("got %+v, kept %q, %v", got, aside, err)
	}
	kept := openAt(t, aside)
	if kept.ID() != old {
		t.Errorf("kept database %s, want %s", kept.ID(), old)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*"+restoredSuffix)); left != nil {
		t.Errorf("left %q", left)
	}
}

// A damaged database is kept as it is, and the restore goes through all the same.
func TestRestoreOverDamage(t *testing.T) {
	s, dir := filled(t, 5)
	b := backup(t, s, filepath.Join(dir, BackupsName))
	closeStore(t, s)
	path := filepath.Join(dir, FileName)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(raw[:4*os.Getpagesize()])
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	_, aside, err := Restore(t.Context(), b.Path, dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(aside, FileName)); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("the damaged file was not kept as it was: %v", err)
	}
	if s = openAt(t, dir); s.Seq() != b.Seq {
		t.Errorf("restored up to %d, want %d", s.Seq(), b.Seq)
	}
}

// A process that waits for the lock of a file must not get it when another file has taken its place meanwhile.
func TestReplacedFileIsNotOpened(t *testing.T) {
	s, dir := filled(t, 1)
	closeStore(t, s)
	path := filepath.Join(dir, FileName)
	open := func(name string, flag int, mode os.FileMode) (*os.File, error) {
		file, err := os.OpenFile(name, flag, mode)
		if err == nil {
			if err := os.Rename(path, path+".old"); err != nil {
				t.Skip(err) // Windows
			}
			closeStore(t, openAt(t, dir))
		}
		return file, err
	}
	k, err := openEngine(path, bolt.Options{OpenFile: open})
	if !errors.Is(err, ErrLocked) || k != nil {
		t.Errorf("got %v, want %v", err, ErrLocked)
	}
}
