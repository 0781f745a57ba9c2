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

// Before a migration a verified backup of the database as it was is made, once; retention leaves it, and what is restored from
// it has the old schema, for the old program.
func TestBackupBeforeMigration(t *testing.T) {
	for version := 1; version < Schema(); version++ {
		dir, backups := t.TempDir(), filepath.Join(t.TempDir(), "backups")
		path := filepath.Join(dir, FileName)
		unpack(t, fmt.Sprintf("../testdata/schema-%d.db.gz", version), path)
		var told []Upgrade
		open := func() *Store {
			return openAt(t, dir, WithBackups(backups), WithUpgrade("test", func(u Upgrade) { told = append(told, u) }))
		}
		s := open()
		if len(told) != 1 || told[0].From != version {
			t.Fatalf("schema %d: told %+v", version, told)
		}
		b, err := VerifyBackup(t.Context(), told[0].Backup.Path)
		if err != nil || b.Schema != version || b.Database != s.ID() || b.Version != "test" || b.Scheduled || filepath.Dir(b.Path) != backups || !strings.HasPrefix(filepath.Base(b.Path), "before-schema-") {
			t.Fatalf("schema %d: got %+v, %v", version, b, err)
		}
		schedule := &Backups{Store: s, Dir: backups, Keep: 1}
		for range 3 {
			made, err := schedule.make(t.Context(), backups, Manifest{Scheduled: true})
			if err := errors.Join(err, schedule.prune(made.Path)); err != nil {
				t.Fatal(err)
			}
		}
		if !kv.Exists(b.Path) {
			t.Error("retention has removed it")
		}
		closeStore(t, s)
		if closeStore(t, open()); len(told) != 1 {
			t.Errorf("schema %d: a second start told %+v", version, told)
		}
		old := t.TempDir()
		if _, _, err := Restore(t.Context(), b.Path, old); err != nil {
			t.Fatal(err)
		}
		k, err := readDB(filepath.Join(old, FileName))
		if err != nil {
			t.Fatal(err)
		}
		_ = k.View(func(pairs *kv.Tx) error {
			if got := (&Tx{kv: pairs}).Schema(); got != version {
				t.Errorf("restored schema %d, want %d", got, version)
			}
			return nil
		})
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Where the backup cannot be made, the database stays as it is; and an attempt that was cut off after the backup makes no second one.
func TestNoMigrationWithoutBackup(t *testing.T) {
	dir, parent := t.TempDir(), filepath.Join(t.TempDir(), "disk")
	backups, path := filepath.Join(parent, "backups"), filepath.Join(dir, FileName)
	unpack(t, "../testdata/schema-1.db.gz", path)
	before := mustRead(t, path)
	for range 2 {
		s, err := Open(dir, WithBackups(backups))
		if err == nil || !strings.Contains(err.Error(), "mount its disk") || !strings.Contains(err.Error(), "--backup-dir") {
			t.Fatalf("got %v, %v", s, err)
		}
	}
	if !bytes.Equal(mustRead(t, path), before) {
		t.Error("the database was changed")
	}
	if err := os.Mkdir(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	defer func(all []func(*kv.Tx) error) { migrations = all }(migrations)
	all := migrations
	failure := errors.New("cut off")
	migrations = append([]func(*kv.Tx) error{func(*kv.Tx) error { return failure }}, all[1:]...)
	for range 2 {
		if s, err := Open(dir, WithBackups(backups)); !errors.Is(err, failure) {
			t.Fatalf("got %v, %v", s, err)
		}
	}
	if made := names(t, backups); len(made) != 1 {
		t.Errorf("two attempts made %q", made)
	}
	migrations = all
	openAt(t, dir, WithBackups(backups))
}
