package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"

	"crm/store/kv"
)

// An Upgrade is what Open tells when it has brought a database to this program's schema.
type Upgrade struct {
	From   int    // the schema before
	Backup Backup // of the database as it was
}

// WithUpgrade calls fn when Open has brought the database to this program's schema. The backup that is made before says which
// version of the program made it.
func WithUpgrade(version string, fn func(Upgrade)) Option {
	return func(s *Store) { s.version, s.upgraded = version, fn }
}

// identify reads what the file is.
func (s *Store) identify() error {
	return s.kv.View(func(pairs *kv.Tx) error {
		switch s.found = (&Tx{kv: pairs}).Schema(); {
		case s.found < 1:
			return fmt.Errorf("%s is not a database of crm", FileName)
		case s.found > Schema():
			return fmt.Errorf("%w: schema %d, this program knows %d", ErrNewer, s.found, Schema())
		case pairs.Get(bucketMeta, metaLoading) != nil:
			return ErrHalfLoaded
		}
		s.id = ID(pairs.Get(bucketMeta, metaID))
		return nil
	})
}

// migrate brings the file to this program's schema in one transaction, when a backup of it as it is has been made and verified.
func (s *Store) migrate() error {
	if s.found == Schema() {
		return nil
	}
	b, err := s.backupBefore()
	if err != nil {
		return fmt.Errorf("the database has schema %d; before it is brought to %d a backup must be made in %s, and could not be: %w; make it possible, or name another folder with crm serve --backup-dir",
			s.found, Schema(), s.backups, err)
	}
	if err := s.kv.Update(migrateFrom(s.found)); err != nil {
		return fmt.Errorf("bring the database from schema %d to %d, of which there is a backup, %s: %w", s.found, Schema(), b.Path, err)
	}
	if s.upgraded != nil {
		s.upgraded(Upgrade{s.found, b})
	}
	return nil
}

// migrateFrom makes the migrations that a file of a schema lacks.
func migrateFrom(version int) func(*kv.Tx) error {
	return func(pairs *kv.Tx) error {
		for _, step := range migrations[version-1:] {
			if err := step(pairs); err != nil {
				return err
			}
		}
		return pairs.Put(bucketMeta, metaSchema, binary.BigEndian.AppendUint64(nil, uint64(Schema())))
	}
}

// backupBefore makes the backup that a migration needs, unless an earlier attempt has made it. Its name says what it is. It is
// not one that the schedule has made, so that no newer one takes its place: somebody deletes it when nobody wants to go back.
func (s *Store) backupBefore() (b Backup, err error) {
	prefix := fmt.Sprintf("before-schema-%d-", Schema())
	var seq uint64
	err = s.kv.View(func(pairs *kv.Tx) error { seq = (&Tx{kv: pairs}).Seq(); return nil })
	if err != nil {
		return b, err
	}
	made := func(b Backup) bool {
		return b.Database == s.id && b.Schema == s.found && b.Seq == seq && strings.HasPrefix(filepath.Base(b.Path), prefix)
	}
	if b, ok := LastVerified(s.backups, made); ok {
		return b, nil
	}
	path := filepath.Join(s.backups, prefix+Now().UTC().Format(nameTime)+BackupSuffix)
	return s.backup(&pace{ctx: context.Background()}, path, Manifest{Version: s.version})
}
