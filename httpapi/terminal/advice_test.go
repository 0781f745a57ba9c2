package terminal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"crm/store"
	"crm/store/backup"
	"crm/store/storetest"
)

// A folder whose database is gone begins no other, wherever the backups are, until what tells of it is moved away. The error
// names the backup and all of that.
func TestLost(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(t *testing.T, dir, backups string)
		says    []string
		not     string
	}{
		{"a service with backups elsewhere", func(t *testing.T, dir, backups string) {
			s := storetest.Open(t, storetest.Empty(t, dir), store.WithBackups(backups))
			storetest.CreateCustomer(t, s, "a@example.com")
			made(t, s, filepath.Join(backups, "mine"+backup.Suffix))
			storetest.Close(t, s)
		}, []string{"mine" + backup.Suffix, store.MarkerName}, ""},
		{"no backups", func(t *testing.T, dir, _ string) { storetest.Close(t, storetest.Open(t, storetest.Empty(t, dir))) },
			[]string{"there is no verified backup in", "crm restore FILE --data", "move these elsewhere first: " + store.MarkerName}, ""},
		{"others' backups", func(t *testing.T, dir, backups string) {
			storetest.Close(t, storetest.Open(t, storetest.Empty(t, dir), store.WithBackups(backups)))
			other, _ := storetest.Filled(t, 1)
			made(t, other, filepath.Join(backups, "theirs"+backup.Suffix))
		}, []string{"there is no verified backup in"}, "theirs"},
		{"a marker that cannot be read", func(t *testing.T, dir, _ string) {
			storetest.Write(t, filepath.Join(storetest.Empty(t, dir), store.MarkerName), nil)
		}, []string{store.MarkerName}, ""},
		{"before markers, with backups in the folder", func(t *testing.T, dir, _ string) {
			s := storetest.Open(t, storetest.Empty(t, dir))
			made(t, s, filepath.Join(dir, store.BackupsName, "mine"+backup.Suffix))
			storetest.Close(t, s)
			storetest.Remove(t, filepath.Join(dir, store.MarkerName))
		}, []string{"mine" + backup.Suffix, "move these elsewhere first: " + store.BackupsName}, ""},
		{"before markers, with an index", func(t *testing.T, dir, _ string) {
			if err := os.Mkdir(filepath.Join(storetest.Empty(t, dir), store.IndexName), 0o700); err != nil {
				t.Fatal(err)
			}
			storetest.Write(t, filepath.Join(dir, store.IndexName, "facets"), nil)
		}, []string{"first: " + store.IndexName}, ""},
		{"before markers, after a crash", func(t *testing.T, dir, _ string) {
			storetest.Write(t, filepath.Join(storetest.Empty(t, dir), store.WALName), nil)
		}, []string{"first: " + store.WALName}, ""},
		{"a restore that was cut off", func(t *testing.T, dir, _ string) {
			storetest.Write(t, filepath.Join(storetest.Empty(t, dir), store.FileName+store.RestoredSuffix), nil)
		},
			[]string{"first: " + store.FileName + store.RestoredSuffix}, ""},
		{"a link to a disk that is not mounted", func(t *testing.T, dir, _ string) {
			if err := os.Symlink(filepath.Join(storetest.Empty(t, dir), "disk", store.FileName), filepath.Join(dir, store.FileName)); err != nil {
				t.Skip(err)
			}
		}, []string{"first: " + store.FileName}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, backups := t.TempDir(), t.TempDir()
			tt.prepare(t, dir, backups)
			if !strings.HasPrefix(tt.name, "a link") {
				storetest.Remove(t, filepath.Join(dir, store.FileName))
			}
			before := storetest.Names(t, dir)
			s, err := store.Open(dir)
			if !errors.Is(err, store.ErrLost) {
				t.Fatalf("got %v, %v, want %v", s, err, store.ErrLost)
			}
			said := err.Error() + Advice(err)
			for _, says := range tt.says {
				if !strings.Contains(said, says) {
					t.Errorf("got %s, want %q", said, says)
				}
			}
			if tt.not != "" && strings.Contains(said, tt.not) {
				t.Errorf("got %v, which names %q", said, tt.not)
			}
			if after := storetest.Names(t, dir); !slices.Equal(after, before) {
				t.Errorf("an attempt left %q", after)
			}
			_, list, _ := strings.Cut(said, "move these elsewhere first: ")
			for name := range strings.SplitSeq(list, ", ") {
				if err := os.Rename(filepath.Join(dir, name), filepath.Join(t.TempDir(), name)); err != nil {
					t.Fatal(err)
				}
			}
			storetest.Open(t, dir)
		})
	}
}

// A page that is zeroed, or beyond the end of the file, makes an error of the transactions that need it, with the backup that
// there is. The program lives on and the rest can be read.
func TestTransactionsOverDamage(t *testing.T) {
	damages := map[string]func(t *testing.T, path string){
		"zeroed": func(t *testing.T, path string) { storetest.Damage(t, path, "feedback") },
		"beyond the end": func(t *testing.T, path string) {
			if err := os.Truncate(path, 20*int64(os.Getpagesize())); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, do := range damages {
		t.Run(name, func(t *testing.T) {
			s, dir := storetest.Filled(t, 400)
			b := made(t, s, filepath.Join(dir, store.BackupsName))
			storetest.Close(t, s)
			path := filepath.Join(dir, store.FileName)
			do(t, path)
			s, err := store.Open(dir)
			if err == nil {
				_, err = storetest.ReadAll(s)
				if _, again := s.Update(store.By{}, func(tx *store.Tx) error {
					for id := range tx.AllFeedback(store.ID{}) {
						if err := tx.DeleteFeedback(id); err != nil {
							return err
						}
					}
					return nil
				}); !errors.Is(again, store.ErrDamaged) || !strings.Contains(again.Error()+Advice(again), b.Path) {
					t.Errorf("a write over damage: got %v, want one that names %s", again, b.Path)
				}
				storetest.Close(t, s)
			}
			if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error()+Advice(err), "crm restore "+b.Path+" --data "+dir) {
				t.Errorf("got %v, want one that names %s", err, b.Path)
			}
			if err := store.CheckFolder(t.Context(), dir); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error()+Advice(err), b.Path) {
				t.Errorf("check: got %v, want one that names %s", err, b.Path)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if s, err := store.Open(dir); !errors.Is(err, store.ErrLost) || !strings.Contains(err.Error()+Advice(err), b.Path) {
				t.Errorf("without a database: got %v, %v, want one that names %s", s, err, b.Path)
			}
			storetest.Close(t, storetest.Open(t, storetest.Empty(t, dir)))
		})
	}
}

// A page that is damaged is found in a copy too, and the error names the file and not the copy.
func TestLookAtDamageAfterCrash(t *testing.T) {
	s, from := storetest.Filled(t, 400)
	b := made(t, s, filepath.Join(from, store.BackupsName))
	storetest.Close(t, s)
	s = storetest.Open(t, from, store.WithWAL())
	storetest.CreateCustomer(t, s, "log@example.com")
	dir := t.TempDir()
	path := filepath.Join(dir, store.FileName)
	storetest.Copy(t, filepath.Join(from, store.FileName), path)
	storetest.Copy(t, filepath.Join(from, store.WALName), filepath.Join(dir, store.WALName))
	raw := storetest.Read(t, path)
	for page := range slices.Chunk(raw, os.Getpagesize()) {
		if bytes.Contains(page, []byte(`"service_type"`)) {
			clear(page)
		}
	}
	storetest.Write(t, path, raw)
	if err := store.CheckFolder(t.Context(), dir, store.WithBackups(filepath.Dir(b.Path))); err == nil || !strings.Contains(err.Error()+Advice(err), path) || !strings.Contains(err.Error()+Advice(err), b.Path) {
		t.Errorf("got %v, want one that names %s and %s", err, path, b.Path)
	}
}

// made makes a backup, which must succeed.
func made(t testing.TB, s *store.Store, to string) backup.File {
	t.Helper()
	b, err := backup.Make(t.Context(), s, to, "test")
	if err != nil {
		t.Fatal(err)
	}
	return b
}
