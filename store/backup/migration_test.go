package backup

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crm/store"
	"crm/store/kv"
	"crm/store/storetest"
)

// Before a migration a verified backup of the database as it was is made, once; retention leaves it, and what is restored from
// it has the old schema, for the old program.
func TestBackupBeforeMigration(t *testing.T) {
	for version := 1; version < store.Schema(); version++ {
		dir, backups := t.TempDir(), filepath.Join(t.TempDir(), "backups")
		path := filepath.Join(dir, store.FileName)
		storetest.Unpack(t, fmt.Sprintf("../../testdata/schema-%d.db.gz", version), path)
		var told []File
		from := 0
		open := func() *store.Store {
			return storetest.Open(t, dir, store.WithBackups(backups), BeforeMigration("test", nil, func(u Upgrade) { from, told = u.From, append(told, u.Backup) }))
		}
		s := open()
		if len(told) != 1 || from != version {
			t.Fatalf("schema %d: told %+v", version, told)
		}
		b, err := Verify(t.Context(), told[0].Path, nil)
		if err != nil || b.Schema != version || b.Database != s.ID() || b.Version != "test" || b.Scheduled || filepath.Dir(b.Path) != backups || !strings.HasPrefix(filepath.Base(b.Path), "before-schema-") {
			t.Fatalf("schema %d: got %+v, %v", version, b, err)
		}
		schedule := &Schedule{Store: s, Dir: backups, Keep: 1}
		for range 3 {
			made, err := schedule.make(t.Context(), Manifest{Scheduled: true}, store.By{}, anywhere(backups))
			if err := errors.Join(err, schedule.prune(made.Path)); err != nil {
				t.Fatal(err)
			}
		}
		if !kv.Exists(b.Path) {
			t.Error("retention has removed it")
		}
		storetest.Close(t, s)
		if storetest.Close(t, open()); len(told) != 1 {
			t.Errorf("schema %d: a second start told %+v", version, told)
		}
		old := t.TempDir()
		if _, _, err := Restore(t.Context(), b.Path, old, RestoreOptions{}); err != nil {
			t.Fatal(err)
		}
		if o, err := store.ReadOverview(filepath.Join(old, store.FileName)); err != nil || o.Schema != version {
			t.Errorf("restored %+v, %v, want schema %d", o, err, version)
		}
	}
}

// Where the backup cannot be made, the database stays as it is; and an attempt that was cut off after the backup makes no second one.
func TestNoMigrationWithoutBackup(t *testing.T) {
	dir, parent := t.TempDir(), filepath.Join(t.TempDir(), "disk")
	backups, path := filepath.Join(parent, "backups"), filepath.Join(dir, store.FileName)
	storetest.Unpack(t, "../../testdata/schema-1.db.gz", path)
	before := storetest.Read(t, path)
	for range 2 {
		s, err := store.Open(dir, store.WithBackups(backups), BeforeMigration("", nil, nil))
		if migration, ok := errors.AsType[*store.MigrationError](err); !ok || migration.Backup || !strings.Contains(err.Error(), "mount its disk") {
			t.Fatalf("got %v, %v", s, err)
		}
	}
	if !bytes.Equal(storetest.Read(t, path), before) {
		t.Error("the database was changed")
	}
	if err := os.Mkdir(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("cut off")
	cut := store.WithMigration(func(s *store.Store) error {
		_, err := beforeMigration(s, "", nil)
		return errors.Join(err, failure)
	}, nil)
	for range 2 {
		if s, err := store.Open(dir, store.WithBackups(backups), cut); !errors.Is(err, failure) {
			t.Fatalf("got %v, %v", s, err)
		}
	}
	if made := storetest.Names(t, backups); len(made) != 1 {
		t.Errorf("two attempts made %q", made)
	}
	if s, err := store.Open(dir, store.WithBackups(backups)); err == nil {
		t.Errorf("without a backup: %v", s.Close())
	}
	storetest.Open(t, dir, store.WithBackups(backups), BeforeMigration("", nil, nil))
}
