package store

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"crm/store/kv"
)

// A folderState is all that can be seen of a folder from outside: names, sizes, contents, and when each was changed.
type folderState map[string]string

func snapshot(t testing.TB, dir string) folderState {
	t.Helper()
	state := folderState{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content := ""
		if info.Mode().IsRegular() {
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content = string(raw)
		}
		state[path] = fmt.Sprintf("%s %d %s %x", info.Mode(), info.Size(), info.ModTime().Format(time.RFC3339Nano), sha256.Sum256([]byte(content)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func (before folderState) same(t testing.TB, dir, when string) {
	t.Helper()
	after := snapshot(t, dir)
	for path, state := range after {
		if before[path] != state {
			t.Errorf("%s: %s is %s, and was %q", when, path, state, before[path])
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			t.Errorf("%s: %s is gone", when, path)
		}
	}
}

// looks has functions that only read a folder. Each returns what it has read from the store.
var looks = map[string]func(t *testing.T, dir string) [][]string{
	"look": func(t *testing.T, dir string) [][]string { return lookedAt(t, dir) },
	"as it is": func(t *testing.T, dir string) [][]string {
		return lookedAt(t, dir, KeepSchema())
	},
	"check": func(t *testing.T, dir string) [][]string {
		if err := CheckFolder(t.Context(), dir); err != nil {
			t.Error(err)
		}
		return nil
	},
	"overview": func(t *testing.T, dir string) [][]string {
		if o, err := ReadOverview(filepath.Join(dir, FileName)); err != nil || o.Schema < 1 {
			t.Errorf("overview: %+v, %v", o, err)
		}
		return nil
	},
}

func lookedAt(t *testing.T, dir string, options ...Option) [][]string {
	t.Helper()
	s, err := OpenReadOnly(dir, options...)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	if _, err := s.Update(By{}, func(*Tx) error { return nil }); err == nil {
		t.Error("it can be written to")
	}
	if problems, err := s.Check(t.Context()); len(options) == 0 && (err != nil || len(problems) > 0) {
		t.Errorf("check: %v, %v", problems, err)
	}
	if s.Found() < Schema() && len(options) > 0 {
		return nil // it has not all of the buckets
	}
	return everything(t, s)
}

// TestLookingChangesNothing reads folders in every state that a program can leave. No byte, name or modification time changes, and the
// reader sees what the next start sees.
func TestLookingChangesNothing(t *testing.T) {
	for name, state := range folders(t) {
		made := state(t)
		for how, look := range looks {
			t.Run(name+", "+how, func(t *testing.T) {
				dir, temp := t.TempDir(), t.TempDir()
				if err := os.CopyFS(dir, os.DirFS(made)); err != nil {
					t.Fatal(err)
				}
				t.Setenv("TMPDIR", temp)
				before := snapshot(t, dir)
				got := look(t, dir)
				before.same(t, dir, how)
				if left := names(t, temp); len(left) > 0 {
					t.Errorf("left %q among the temporary files", left)
				}
				if want := everything(t, openAt(t, dir)); got != nil && !slices.EqualFunc(got, want, slices.Equal) {
					t.Error("it does not see what a start sees")
				}
			})
		}
	}
}

// folders returns folders of each state.
func folders(t *testing.T) map[string]func(*testing.T) string {
	all := map[string]func(*testing.T) string{
		"clean": func(t *testing.T) string {
			s, dir := filled(t, 5)
			closeStore(t, s)
			return dir
		},
		"power failure": func(t *testing.T) string {
			dir, _ := crashed(t)
			return dir
		},
		"torn power failure": func(t *testing.T) string {
			dir, _ := crashed(t)
			path := filepath.Join(dir, FileName)
			raw := mustRead(t, path)
			tear(raw, seeded(3))
			written(t, path, string(raw))
			return dir
		},
		"kill": func(t *testing.T) string {
			s, from := filled(t, 5)
			closeStore(t, s)
			s = openAt(t, from, WithWAL())
			createCustomer(t, s, "log@example.com")
			return failed(t, from)
		},
		"log of another file": func(t *testing.T) string {
			dir, _ := crashed(t)
			other, from := filled(t, 40)
			for n := range 30 { // other transactions than those of the write-ahead log
				createCustomer(t, other, email(100+n))
			}
			closeStore(t, other)
			copyFile(t, filepath.Join(from, FileName), filepath.Join(dir, FileName))
			return dir
		},
	}
	for version := 1; version <= Schema(); version++ {
		packed := fmt.Sprintf("../testdata/schema-%d.db.gz", version)
		if !kv.Exists(packed) {
			continue
		}
		all[fmt.Sprint("schema ", version)] = func(t *testing.T) string {
			dir := t.TempDir()
			unpack(t, packed, filepath.Join(dir, FileName))
			return dir
		}
	}
	return all
}

// Two processes may read at once, and nobody can write meanwhile. While somebody writes, nobody can read.
func TestLookLocks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"clean", "kill", "schema 1"} {
		t.Run(name, func(t *testing.T) {
			dir := folders(t)[name](t)
			first, err := OpenReadOnly(dir)
			if err != nil {
				t.Fatal(err)
			}
			second, err := OpenReadOnly(dir)
			if err != nil {
				t.Fatal(err)
			}
			if s, err := Open(dir); err == nil {
				t.Errorf("opened: %v", s.Close())
			}
			closeStore(t, first)
			closeStore(t, second)
			openAt(t, dir)
			if _, err := OpenReadOnly(dir); err == nil {
				t.Error("looked at while somebody writes")
			}
		})
	}
}
