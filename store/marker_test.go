package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crm/store/kv"
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
			s := openAt(t, emptied(t, dir), WithBackups(backups))
			createCustomer(t, s, "a@example.com")
			backup(t, s, filepath.Join(backups, "mine"+BackupSuffix))
			closeStore(t, s)
		}, []string{"mine" + BackupSuffix, MarkerName}, ""},
		{"no backups", func(t *testing.T, dir, _ string) { closeStore(t, openAt(t, emptied(t, dir))) },
			[]string{"there is no verified backup in", "crm restore FILE --data", "move these elsewhere first: " + MarkerName}, ""},
		{"others' backups", func(t *testing.T, dir, backups string) {
			closeStore(t, openAt(t, emptied(t, dir), WithBackups(backups)))
			other, _ := filled(t, 1)
			backup(t, other, filepath.Join(backups, "theirs"+BackupSuffix))
		}, []string{"there is no verified backup in"}, "theirs"},
		{"a marker that cannot be read", func(t *testing.T, dir, _ string) { written(t, filepath.Join(emptied(t, dir), MarkerName), "") }, []string{MarkerName}, ""},
		{"before markers, with backups in the folder", func(t *testing.T, dir, _ string) {
			s := openAt(t, emptied(t, dir))
			backup(t, s, filepath.Join(dir, BackupsName, "mine"+BackupSuffix))
			closeStore(t, s)
			removed(t, filepath.Join(dir, MarkerName))
		}, []string{"mine" + BackupSuffix, "move these elsewhere first: " + BackupsName}, ""},
		{"before markers, with an index", func(t *testing.T, dir, _ string) {
			if err := os.Mkdir(filepath.Join(emptied(t, dir), IndexName), 0o700); err != nil {
				t.Fatal(err)
			}
			written(t, filepath.Join(dir, IndexName, "facets"), "")
		}, []string{"first: " + IndexName}, ""},
		{"before markers, after a crash", func(t *testing.T, dir, _ string) { written(t, filepath.Join(emptied(t, dir), WALName), "") }, []string{"first: " + WALName}, ""},
		{"a restore that was cut off", func(t *testing.T, dir, _ string) {
			written(t, filepath.Join(emptied(t, dir), FileName+restoredSuffix), "")
		},
			[]string{"first: " + FileName + restoredSuffix}, ""},
		{"a link to a disk that is not mounted", func(t *testing.T, dir, _ string) {
			if err := os.Symlink(filepath.Join(emptied(t, dir), "disk", FileName), filepath.Join(dir, FileName)); err != nil {
				t.Skip(err)
			}
		}, []string{"first: " + FileName}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, backups := t.TempDir(), t.TempDir()
			tt.prepare(t, dir, backups)
			if !strings.HasPrefix(tt.name, "a link") {
				removed(t, filepath.Join(dir, FileName))
			}
			before := snapshot(t, dir)
			s, err := Open(dir)
			if !errors.Is(err, ErrLost) {
				t.Fatalf("got %v, %v, want %v", s, err, ErrLost)
			}
			for _, says := range tt.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("got %v, want %q", err, says)
				}
			}
			if tt.not != "" && strings.Contains(err.Error(), tt.not) {
				t.Errorf("got %v, which names %q", err, tt.not)
			}
			before.same(t, dir, "after an attempt")
			_, list, _ := strings.Cut(err.Error(), "move these elsewhere first: ")
			for name := range strings.SplitSeq(list, ", ") {
				if err := os.Rename(filepath.Join(dir, name), filepath.Join(t.TempDir(), name)); err != nil {
					t.Fatal(err)
				}
			}
			openAt(t, dir)
		})
	}
}

// What may lie in a folder before its first start is no sign of a database: a key that was brought along, an empty folder for
// backups or the index, and what a first start has left that was cut off.
func TestFirstStart(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{KeyName, FileName + ".new", MarkerName + ".new", "lost+found"} {
		written(t, filepath.Join(dir, name), strings.Repeat("k", 32))
	}
	for _, name := range []string{BackupsName, IndexName} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	written(t, filepath.Join(dir, BackupsName, "crm-0"+BackupSuffix), "cut off")
	closeStore(t, openAt(t, dir))
	if !kv.Exists(filepath.Join(dir, MarkerName)) {
		t.Error("there is no marker")
	}
}

// A first start that is cut off between the database and the marker is repeated, also where another one shares the folder of the backups.
func TestFirstStartKilled(t *testing.T) {
	dir, shared := t.TempDir(), t.TempDir()
	other, _ := filled(t, 1)
	backup(t, other, shared)
	if err := kv.Create(filepath.Join(dir, FileName), bucketNames, initialise); err != nil { // up to there
		t.Fatal(err)
	}
	if kv.Exists(filepath.Join(dir, MarkerName)) {
		t.Fatal("the marker is there before anything can be lost")
	}
	closeStore(t, openAt(t, dir, WithBackups(shared)))
	removed(t, filepath.Join(dir, FileName))
	if s, err := Open(dir); !errors.Is(err, ErrLost) {
		t.Errorf("got %v, %v, want %v", s, err, ErrLost)
	}
	openAt(t, emptied(t, dir))
}

// A restore into an empty folder that is cut off before its last step must be repeated: nobody begins with an empty database.
func TestRestoreKilledInEmptyFolder(t *testing.T) {
	source, from := filled(t, 2)
	b := backup(t, source, from)
	for steps := range len((&restore{}).steps()) {
		dir := t.TempDir()
		r := &restore{ctx: t.Context(), from: b.Path, dir: dir}
		for _, step := range r.steps()[:steps] {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		if s, err := Open(dir); steps > 1 && !errors.Is(err, ErrLost) || steps <= 1 && err != nil {
			t.Fatalf("after %d steps: got %v, %v", steps, s, err)
		} else if err == nil {
			closeStore(t, s)
		}
		if _, _, err := Restore(t.Context(), b.Path, dir); err != nil {
			t.Fatal(err)
		}
		view(t, openAt(t, dir), func(tx *Tx) error {
			if n := tx.Count(KindCustomer); n != 2 {
				t.Errorf("after %d steps: got %d customers", steps, n)
			}
			return nil
		})
	}
}

// Backups of other databases in the same folder are nobody's business: they are neither counted, nor deleted, nor advised, while those
// of the database that this one was restored from are.
func TestSharedFolderOfBackups(t *testing.T) {
	shared := t.TempDir()
	mine, dir := filled(t, 2)
	origin := backup(t, mine, filepath.Join(shared, "crm-mine"+BackupSuffix))
	closeStore(t, mine)
	other, _ := filled(t, 3)
	createCustomer(t, other, "later@example.com")
	theirs := &Backups{Store: other, Dir: shared, Every: time.Hour, Keep: 1}
	if _, err := theirs.make(context.Background(), shared, Manifest{Scheduled: true}); err != nil {
		t.Fatal(err)
	}
	newest, _ := theirs.Last()
	if _, _, err := Restore(t.Context(), origin.Path, dir); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, dir, WithBackups(shared))
	b := &Backups{Store: s, Dir: shared, Every: time.Hour, Keep: 1}
	if last, ok := b.Last(); !ok || last.Path != origin.Path {
		t.Errorf("last: got %+v, want %s", last, origin.Path)
	}
	written(t, filepath.Join(shared, "crm-0"+BackupSuffix), "cut off")
	if list, err := b.List(); err != nil || len(list) != 2 {
		t.Errorf("list: got %+v, %v, want ours and what cannot be read", list, err)
	}
	for range 3 {
		made, err := b.make(t.Context(), shared, Manifest{Scheduled: true})
		if err == nil {
			err = b.prune(made.Path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if list, _ := b.List(); len(list) != 3 || !kv.Exists(newest.Path) {
		t.Errorf("retention left %+v; theirs is there: %t", list, kv.Exists(newest.Path))
	}
	last, _ := b.Last()
	for _, f := range Diagnose(dir, shared, Now()) {
		if f.About == "backups" && strings.Contains(f.Text, newest.Path) {
			t.Errorf("the doctor counts theirs: %+v", f)
		}
	}
	closeStore(t, s)
	harm(t, filepath.Join(dir, FileName), bucketCustomers, func(page []byte, _ int) { clear(page) })
	if err := CheckFolder(t.Context(), dir); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), last.Path) {
		t.Errorf("got %v, want one that names %s", err, last.Path)
	}
	openAt(t, emptied(t, dir))
}
