package store

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"

	"crm/store/kv"
)

// WithMigration lets Open bring an older schema to this program's. before is called first and must make a backup of the store; an
// error of it keeps the database as it is. after, if not nil, is told the schema that the database had.
func WithMigration(before func(*Store) error, after func(from int)) Option {
	return func(s *Store) { s.before, s.after = before, after }
}

// errNoBackup is returned by Open where nobody makes the backup that a migration needs.
var errNoBackup = errors.New("this command makes no backups")

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

// migrate brings the file to this program's schema in one transaction, once there is a backup of it as it is.
func (s *Store) migrate() error {
	if s.found == Schema() {
		return nil
	}
	failed := func(backup bool, err error) error { return &MigrationError{s.found, Schema(), s.backups, backup, err} }
	if s.before == nil {
		return failed(false, errNoBackup)
	}
	if err := s.before(s); err != nil {
		return failed(false, err)
	}
	if err := s.kv.Update(migrateFrom(s.found)); err != nil {
		return failed(true, err)
	}
	if s.after != nil {
		s.after(s.found)
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

// Schema is the version of the file; 0 for one of another program.
func (tx *Tx) Schema() int {
	if raw := tx.kv.Get(bucketMeta, metaSchema); len(raw) == 8 {
		return int(binary.BigEndian.Uint64(raw))
	}
	return 0
}

// migrations lead from one schema version to the next: entry i turns version i+1 into i+2. Append only;
// each has a file of its version in testdata.
var migrations = []func(*kv.Tx) error{
	func(pairs *kv.Tx) error { // replies to requests with an idempotency key
		return errors.Join(pairs.Create(bucketReplies), pairs.Create(bucketReplyTime), pairs.Create(bucketReplyRecord))
	},
	func(pairs *kv.Tx) error { return cmp.Or(nameCounts(pairs), keepCivil(pairs), closeErased(pairs)) },
}

// Schema is the version that this program writes.
func Schema() int { return len(migrations) + 1 }
