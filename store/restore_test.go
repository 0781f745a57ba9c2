package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crm/store/kv"
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
	if err := os.WriteFile(filepath.Join(dir, KeyName), bytes.Repeat([]byte("o"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	got, aside, err := Restore(t.Context(), b.Path, dir)
	if err != nil || got.Seq != b.Seq || filepath.Dir(aside) != dir {
		t.Fatalf("got %+v, kept %q, %v", got, aside, err)
	}
	if key, err := os.ReadFile(filepath.Join(aside, KeyName)); err != nil || string(key) != strings.Repeat("o", 32) {
		t.Errorf("kept key %q, %v", key, err)
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

// A backup that an earlier version made is restored, and brought to this program's schema at the next start.
func TestRestoreOfEverySchema(t *testing.T) {
	for version := 1; version <= Schema(); version++ {
		from, dir := t.TempDir(), t.TempDir()
		path := filepath.Join(from, FileName)
		unpack(t, fmt.Sprintf("../testdata/schema-%d.db.gz", version), path)
		k, err := openDB(path)
		if err != nil {
			t.Fatal(err)
		}
		old := &Store{kv: k, dir: from, clock: Now}
		if err := old.identify(); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(from, "old"+BackupSuffix)
		err = k.View(func(pairs *kv.Tx) error {
			m := Manifest{}
			old.describe(pairs, &m)
			m.Schema = version
			var raw bytes.Buffer
			if _, err := pairs.CopyTo(&raw); err != nil {
				return err
			}
			return os.WriteFile(file, packed(t, m, raw.Bytes(), nil), 0o600)
		})
		if err := errors.Join(err, k.Close()); err != nil {
			t.Fatal(err)
		}
		if b, _, err := Restore(t.Context(), file, dir); err != nil || b.Schema != version {
			t.Fatalf("schema %d: got %+v, %v", version, b, err)
		}
		s := openAt(t, dir)
		view(t, s, func(tx *Tx) error {
			if n := tx.Count(KindCustomer); tx.Schema() != Schema() || n != 12 || tx.Seq() != 73 {
				t.Errorf("schema %d: got schema %d, %d customers and %d changes", version, tx.Schema(), n, tx.Seq())
			}
			return nil
		})
		createCustomer(t, s, "new@example.com")
		keepReply(t, s, 2, ID{})
	}
}

// Whoever starts a service on the empty folder meanwhile keeps what it writes.
func TestRestoreBesideAStart(t *testing.T) {
	source, folder := filled(t, 2)
	b := backup(t, source, folder)
	dir := t.TempDir()
	r := &restore{ctx: t.Context(), from: b.Path, dir: dir}
	if err := r.begin(); err != nil {
		t.Fatal(err)
	}
	openAt(t, dir)
	for _, step := range []func() error{r.unpack, r.renew} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.keepDatabase(); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v, want %v", err, ErrLocked)
	}
	if err := r.clean(); err != nil {
		t.Fatal(err)
	}
}

// What a crash has left in the write-ahead log is in the data that is kept, and not in what is restored.
func TestRestoreOverAWAL(t *testing.T) {
	source, folder := filled(t, 2)
	b := backup(t, source, folder)
	dir := t.TempDir()
	s := openAt(t, dir, WithWAL())
	createCustomer(t, s, "logged@example.com")
	crashed := t.TempDir()
	for _, name := range []string{FileName, WALName} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(crashed, name), raw, 0o600)
		}
		if err != nil {
			t.Skip(err) // where a file cannot be mapped with room to grow there is no write-ahead log
		}
	}
	_, aside, err := Restore(t.Context(), b.Path, crashed)
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(crashed, WALName+"*")); left != nil {
		t.Errorf("left %q", left)
	}
	for dir, want := range map[string]int{aside: 1, crashed: 2} {
		view(t, openAt(t, dir), func(tx *Tx) error {
			if n := tx.Count(KindCustomer); n != want {
				t.Errorf("%s has %d customers, want %d", dir, n, want)
			}
			return nil
		})
	}
}
