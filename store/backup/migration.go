package backup

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"crm/store"
)

// An Upgrade describes a migration that was done.
type Upgrade struct {
	From   int  // the schema before
	Backup File // of the database before the migration
}

// BeforeMigration returns an option that lets store.Open migrate a database of an older schema, after a verified backup. told, if not
// nil, is called after the migration. version is that of the program.
func BeforeMigration(version string, told func(Upgrade)) store.Option {
	var made File
	before := func(s *store.Store) (err error) {
		made, err = beforeMigration(s, version)
		return err
	}
	return store.WithMigration(before, func(from int) {
		if told != nil {
			told(Upgrade{from, made})
		}
	})
}

// beforeMigration makes a backup, unless an earlier attempt has made it. The schema is in its name. It is not a scheduled backup, so a
// Schedule never deletes it: people delete it when nobody wants to go back.
func beforeMigration(s *store.Store, version string) (b File, err error) {
	prefix := fmt.Sprintf("before-schema-%d-", store.Schema())
	var seq uint64
	err = s.Snapshot(func(snapshot *store.Snapshot) error { seq = snapshot.Seq; return nil })
	if err != nil {
		return b, err
	}
	made := func(b File) bool {
		return b.Database == s.ID() && b.Schema == s.Found() && b.Seq == seq && strings.HasPrefix(filepath.Base(b.Path), prefix)
	}
	if b, ok := Newest(s.Backups(), made); ok {
		return b, nil
	}
	path := filepath.Join(s.Backups(), prefix+store.Now().UTC().Format(nameTime)+Suffix)
	return makeFile(store.Unthrottled(context.Background()), s, path, Manifest{Version: version})
}

// NewestOf returns the newest verified backup of the database in a data folder. It looks in the folder backups, and then in the one in
// which the service kept its backups.
func NewestOf(dir, backups string) (File, bool) {
	owns := store.Owns(dir)
	for _, folder := range []string{backups, store.BackupsOf(dir)} {
		if b, ok := Newest(folder, func(b File) bool { return owns(b.Database) }); ok {
			return b, true
		}
	}
	return File{}, false
}
