package store

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"

	"crm/store/kv"
)

// WithMigration lets Open migrate an older schema to this program's. before is called first and must make a backup of the store; if it
// returns an error, the database stays as it is. after, if not nil, is called with the schema that the database had.
func WithMigration(before func(*Store) error, after func(from int)) Option {
	return func(s *Store) { s.before, s.after = before, after }
}

// errNoBackup is returned by Open if the schema is an older one and there is no WithMigration.
var errNoBackup = errors.New("this command makes no backups")

// identify reads the schema and the id of the database.
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

// migrate makes a backup of the file, and then migrates it to this program's schema in one transaction.
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

// migrateFrom returns a function that runs the migrations from a schema to this program's.
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

// Schema returns the schema version of the file, or 0 for a file of another program.
func (tx *Tx) Schema() int {
	if raw := tx.kv.Get(bucketMeta, metaSchema); len(raw) == 8 {
		return int(binary.BigEndian.Uint64(raw))
	}
	return 0
}

// migrations has a function for each schema version but the newest: entry i migrates version i+1 to i+2. Entries are only appended.
// testdata has a database of each version.
var migrations = []func(*kv.Tx) error{
	func(pairs *kv.Tx) error { // replies to requests with an idempotency key
		return errors.Join(pairs.Create(bucketReplies), pairs.Create(bucketReplyTime), pairs.Create(bucketReplyRecord))
	},
	func(pairs *kv.Tx) error { return cmp.Or(nameCounts(pairs), keepCivil(pairs), closeErased(pairs)) },
	indexPhones,
	rekey,
}

// Schema returns the schema version that this program writes.
func Schema() int { return len(migrations) + 1 }
