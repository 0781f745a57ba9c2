package backup

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/store"
	"crm/store/kv"
	"crm/store/storetest"
)

// TestRestoreKilled ends a restore behind each of its steps, as a kill would. The folder opens, with the old data or
// with the new, and a second restore goes through.
func TestRestoreKilled(t *testing.T) {
	source, dir := storetest.Filled(t, 5)
	b := backup(t, source, dir)
	for steps := range len((&restore{}).steps()) + 1 {
		s, dir := storetest.Filled(t, 2)
		old := s.ID()
		storetest.Close(t, s)
		if err := os.WriteFile(filepath.Join(dir, store.KeyName), bytes.Repeat([]byte("o"), 32), 0o600); err != nil {
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
		s = storetest.Open(t, dir)
		storetest.View(t, s, func(tx *store.Tx) error {
			if n := tx.Counts()[store.KindCustomer]; steps < len(all) && (n != 2 || s.ID() != old) || steps == len(all) && (n != 5 || s.ID() == old) {
				t.Errorf("after %d of %d steps: %d customers, id %s (was %s)", steps, len(all), n, s.ID(), old)
			}
			return nil
		})
		key, err := os.ReadFile(filepath.Join(dir, store.KeyName))
		if err != nil || len(key) != 32 {
			t.Errorf("after %d steps: key %q, %v", steps, key, err)
		}
		storetest.CreateCustomer(t, s, "later@example.com")
		storetest.Close(t, s)
		if _, replaced, err := Restore(t.Context(), b.Path, dir, RestoreOptions{}); err != nil || replaced == "" {
			t.Errorf("again after %d steps: kept %q, %v", steps, replaced, err)
		}
	}
}

func TestRestoreKeepsTheOldData(t *testing.T) {
	source, folder := storetest.Filled(t, 5)
	b := backup(t, source, folder)
	s, dir := storetest.Filled(t, 2)
	if _, _, err := Restore(t.Context(), b.Path, dir, RestoreOptions{}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("while it is open: got %v, want %v", err, store.ErrLocked)
	}
	old := s.ID()
	storetest.Close(t, s)
	if err := os.WriteFile(filepath.Join(dir, store.KeyName), bytes.Repeat([]byte("o"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	got, replaced, err := Restore(t.Context(), b.Path, dir, RestoreOptions{})
	if err != nil || got.Seq != b.Seq || filepath.Dir(replaced) != dir {
		t.Fatalf("got %+v, kept %q, %v", got, replaced, err)
	}
	if key, err := os.ReadFile(filepath.Join(replaced, store.KeyName)); err != nil || string(key) != strings.Repeat("o", 32) {
		t.Errorf("kept key %q, %v", key, err)
	}
	kept := storetest.Open(t, replaced)
	if kept.ID() != old {
		t.Errorf("kept database %s, want %s", kept.ID(), old)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*"+store.RestoredSuffix)); left != nil {
		t.Errorf("left %q", left)
	}
}

// A restore ends the sign-ins that are in the backup, for they may have ended since, and replaces the key that signed their tokens. A move keeps
// both.
func TestRestoreEndsSessions(t *testing.T) {
	s, dir := storetest.Filled(t, 1)
	var user, session store.ID
	if _, err := s.Update(store.By{}, func(tx *store.Tx) error {
		u := &store.User{Email: "fatima@example.com", IsActive: true, Roles: []string{store.RoleAdmin}}
		if err := tx.CreateUser(u, nil); err != nil {
			return err
		}
		in := &store.Session{UserID: u.ID, RefreshHash: "hash", ExpiresAt: s.Now().Add(time.Hour)}
		err := tx.CreateSession(in)
		user, session = u.ID, in.ID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	oldKey, newKey := strings.Repeat("o", 32), strings.Repeat("n", 32)
	storetest.Write(t, filepath.Join(dir, store.KeyName), []byte(oldKey))
	b := backup(t, s, filepath.Join(dir, store.BackupsName))
	for name, test := range map[string]struct {
		options RestoreOptions
		key     string
		kept    bool
	}{"restore": {RestoreOptions{NewKey: []byte(newKey)}, newKey, false}, "move": {RestoreOptions{}, oldKey, true}} {
		t.Run(name, func(t *testing.T) {
			to := t.TempDir()
			if _, _, err := Restore(t.Context(), b.Path, to, test.options); err != nil {
				t.Fatal(err)
			}
			if key := storetest.Read(t, filepath.Join(to, store.KeyName)); string(key) != test.key {
				t.Errorf("key: got %q, want %q", key, test.key)
			}
			storetest.View(t, storetest.Open(t, to), func(tx *store.Tx) error {
				_, err := tx.Session(session)
				_, byRefresh := tx.SessionByRefresh("hash")
				if (err == nil) != test.kept || (byRefresh == nil) != test.kept {
					t.Errorf("session: got %v, by its refresh token %v; want it kept: %t", err, byRefresh, test.kept)
				}
				_, err = tx.User(user)
				return err
			})
		})
	}
}

// A damaged database is kept as it is, and the restore goes through all the same.
func TestRestoreOverDamage(t *testing.T) {
	s, dir := storetest.Filled(t, 5)
	b := backup(t, s, filepath.Join(dir, store.BackupsName))
	storetest.Close(t, s)
	path := filepath.Join(dir, store.FileName)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(raw[:4*os.Getpagesize()])
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	_, replaced, err := Restore(t.Context(), b.Path, dir, RestoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(replaced, store.FileName)); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("the damaged file was not kept as it was: %v", err)
	}
	if s = storetest.Open(t, dir); s.Seq() != b.Seq {
		t.Errorf("restored up to %d, want %d", s.Seq(), b.Seq)
	}
}

// A backup that an earlier version made is restored, and brought to this program's schema at the next start.
func TestRestoreOfEverySchema(t *testing.T) {
	for version := 1; version <= store.Schema(); version++ {
		from, dir := t.TempDir(), t.TempDir()
		path := filepath.Join(from, store.FileName)
		storetest.Unpack(t, fmt.Sprintf("../../testdata/schema-%d.db.gz", version), path)
		snapshot, err := store.Inspect(path, t.Context().Err)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(from, "old"+Suffix)
		m := Manifest{}
		m.describe(snapshot, 0)
		raw := storetest.Read(t, path)
		m.Bytes = snapshot.Size
		storetest.Write(t, file, packed(t, m, raw[:m.Bytes], nil))
		if b, _, err := Restore(t.Context(), file, dir, RestoreOptions{NewKey: bytes.Repeat([]byte("n"), 32)}); err != nil || b.Schema != version {
			t.Fatalf("schema %d: got %+v, %v", version, b, err)
		}
		s := storetest.Open(t, dir)
		storetest.View(t, s, func(tx *store.Tx) error {
			if n := tx.Count(store.KindCustomer); tx.Schema() != store.Schema() || n != 12 || tx.Seq() != 73 {
				t.Errorf("schema %d: got schema %d, %d customers and %d changes", version, tx.Schema(), n, tx.Seq())
			}
			return nil
		})
		storetest.CreateCustomer(t, s, "new@example.com")
	}
}

// A service that starts on the empty folder meanwhile keeps what it writes.
func TestRestoreBesideAStart(t *testing.T) {
	source, folder := storetest.Filled(t, 2)
	b := backup(t, source, folder)
	dir := t.TempDir()
	r := &restore{ctx: t.Context(), from: b.Path, dir: dir}
	if err := r.begin(); err != nil {
		t.Fatal(err)
	}
	storetest.Open(t, dir)
	for _, step := range []func() error{r.unpack, r.renew} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.keepDatabase(); !errors.Is(err, store.ErrLocked) {
		t.Errorf("got %v, want %v", err, store.ErrLocked)
	}
	if err := r.clean(); err != nil {
		t.Fatal(err)
	}
}

// What a crash has left in the write-ahead log is in the data that is kept, and not in what is restored.
func TestRestoreOverAWAL(t *testing.T) {
	source, folder := storetest.Filled(t, 2)
	b := backup(t, source, folder)
	dir := t.TempDir()
	s := storetest.Open(t, dir, store.WithWAL())
	storetest.CreateCustomer(t, s, "logged@example.com")
	crashed := t.TempDir()
	for _, name := range []string{store.FileName, store.WALName} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(crashed, name), raw, 0o600)
		}
		if err != nil {
			t.Skip(err) // where a file cannot be mapped with room to grow there is no write-ahead log
		}
	}
	_, replaced, err := Restore(t.Context(), b.Path, crashed, RestoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(crashed, store.WALName+"*")); left != nil {
		t.Errorf("left %q", left)
	}
	for dir, want := range map[string]int{replaced: 1, crashed: 2} {
		storetest.View(t, storetest.Open(t, dir), func(tx *store.Tx) error {
			if n := tx.Count(store.KindCustomer); n != want {
				t.Errorf("%s has %d customers, want %d", dir, n, want)
			}
			return nil
		})
	}
}

// A restore over a database that cannot be opened moves its write-ahead log away too.
func TestRestoreOverCrash(t *testing.T) {
	origin, from := storetest.Filled(t, 3)
	b := backup(t, origin, from)
	want := storetest.Records(t, origin)
	dir, _ := storetest.Crashed(t)
	storetest.Harm(t, filepath.Join(dir, store.FileName), "customers", func(page []byte, _ int) { clear(page) })
	if err := os.WriteFile(filepath.Join(dir, store.WALName), []byte("not a write-ahead log"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, replaced, err := Restore(t.Context(), b.Path, dir, RestoreOptions{})
	if err != nil || !kv.Exists(filepath.Join(replaced, store.WALName)) {
		t.Fatalf("kept in %q, %v", replaced, err)
	}
	if got := storetest.Records(t, storetest.Open(t, dir)); !slices.Equal(got, want) {
		t.Errorf("restored %d records, want %d in the same state", len(got), len(want))
	}
}

// A restore into an empty folder that is cut off before its last step must be repeated: nobody begins with an empty database.
func TestRestoreKilledInEmptyFolder(t *testing.T) {
	source, from := storetest.Filled(t, 2)
	b := backup(t, source, from)
	for steps := range len((&restore{}).steps()) {
		dir := t.TempDir()
		r := &restore{ctx: t.Context(), from: b.Path, dir: dir}
		for _, step := range r.steps()[:steps] {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		if s, err := store.Open(dir); steps > 1 && !errors.Is(err, store.ErrLost) || steps <= 1 && err != nil {
			t.Fatalf("after %d steps: got %v, %v", steps, s, err)
		} else if err == nil {
			storetest.Close(t, s)
		}
		if _, _, err := Restore(t.Context(), b.Path, dir, RestoreOptions{}); err != nil {
			t.Fatal(err)
		}
		storetest.View(t, storetest.Open(t, dir), func(tx *store.Tx) error {
			if n := tx.Count(store.KindCustomer); n != 2 {
				t.Errorf("after %d steps: got %d customers", steps, n)
			}
			return nil
		})
	}
}

// A file that somebody deletes or replaces while it is open accepts no more writes, because they would be lost. A backup still has
// everything.
func TestFileGoneWhileOpen(t *testing.T) {
	tests := map[string]func(path string) error{
		"deleted": os.Remove,
		"replaced": func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, []byte("another"), 0o600))
		},
	}
	for name, take := range tests {
		t.Run(name, func(t *testing.T) {
			s, dir := storetest.Filled(t, 3)
			storetest.Close(t, s)
			s = storetest.Open(t, dir, store.WithWAL())
			want := storetest.Records(t, s)
			if err := take(filepath.Join(dir, store.FileName)); err != nil {
				t.Skip(err) // Windows
			}
			if _, err := s.Update(store.By{}, func(tx *store.Tx) error {
				_, err := tx.CreateCustomer(storetest.Person("new@example.com"), nil)
				return err
			}); !errors.Is(err, store.ErrGone) {
				t.Errorf("got %v, want %v", err, store.ErrGone)
			}
			if got := storetest.Records(t, s); !slices.Equal(got, want) {
				t.Error("readers do not see what was there")
			}
			b, log := backup(t, s, t.TempDir()), filepath.Join(dir, store.WALName)
			if err := errors.Join(os.Remove(log), os.WriteFile(log, []byte("another's"), 0o600)); err != nil {
				t.Fatal(err)
			}
			if storetest.Close(t, s); !kv.Exists(log) {
				t.Error("another database's log was removed")
			}
			if _, _, err := Restore(t.Context(), b.Path, dir, RestoreOptions{}); err != nil {
				t.Fatal(err)
			}
			if got := storetest.Records(t, storetest.Open(t, dir)); !slices.Equal(got, want) {
				t.Errorf("restored %d records, want %d in the same state", len(got), len(want))
			}
		})
	}
}
