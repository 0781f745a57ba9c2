package store

import (
	"bytes"

	"crm/store/kv"
	"crm/store/zone"
)

// keepCivil is a step of the migration to schema 3: it creates the bucket of batches, and gives interactions the field
// follow_up_local. followRules fills the field in as soon as the office's zone is known.
func keepCivil(pairs *kv.Tx) error {
	if err := pairs.Create(bucketBatches); err != nil {
		return err
	}
	if err := pairs.Put(bucketMeta, metaCivil, civilBefore); err != nil {
		return err
	}
	return rewriteRows(pairs, interactions)
}

// readDays finds the follow-ups of such programs that were meant as a day, namely those at the beginning of one, and stores the day. It
// is part of a migration, and so it does not write to the change log.
func (tx *Tx) readDays(legacy *zone.Zone) error {
	return tx.eachFollowUp(func(i *Interaction) bool { return i.FollowUpLocal == nil && i.FollowUpDate != nil }, func(i *Interaction) error {
		at := i.FollowUpDate.Std()
		day := legacy.Day(at)
		if !legacy.Start(day).Equal(at) {
			return nil
		}
		i.FollowUpLocal = new(day.String())
		return interactions.rewrite(tx, i)
	})
}

// legacyOf returns the zone by the data of programs that stored instants only. A zone that those programs did not know is returned as
// it is.
func legacyOf(z *zone.Zone) *zone.Zone {
	if legacy, err := zone.Before().Zone(z.Name()); err == nil {
		return legacy
	}
	return z
}

// migrationChunk is how many rows a migration has in memory in addition to the transaction.
const migrationChunk = 10_000

// rewriteRows stores the rows of a table as this program writes them, with all fields. A row that cannot be read is left as it is.
func rewriteRows[T any](pairs *kv.Tx, t *table[T]) error {
	var chunk []entry
	put := func() error {
		for _, e := range chunk {
			if err := pairs.Put(t.rows, e.key, e.value); err != nil {
				return err
			}
		}
		return nil
	}
	for from := []byte{}; ; {
		chunk = chunk[:0]
		for key, raw := range pairs.Scan(t.rows, from) {
			row := new(T)
			if t.fill(row, idAt(key, 0), raw) != nil {
				continue
			}
			value, err := t.encode(row)
			if err != nil {
				return err
			}
			if chunk = append(chunk, entry{bytes.Clone(key), value}); len(chunk) == migrationChunk {
				break
			}
		}
		if err := put(); err != nil || len(chunk) < migrationChunk {
			return err
		}
		from = append(chunk[len(chunk)-1].key, 0)
	}
}
