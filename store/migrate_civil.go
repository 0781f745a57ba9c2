package store

import (
	"bytes"

	"crm/store/kv"
	"crm/store/zone"
)

// keepCivil is a step of the migration to schema 3: it makes the bucket of batches, and gives interactions their follow_up_local. What
// that was is read when the office's zone is known (followRules).
func keepCivil(pairs *kv.Tx) error {
	if err := pairs.Create(bucketBatches); err != nil {
		return err
	}
	if err := pairs.Put(bucketMeta, metaCivil, civilBefore); err != nil {
		return err
	}
	return rewriteRows(pairs, interactions)
}

// readDays finds out which follow-ups of such programs were meant as a day: those at the beginning of one. It is part of a
// migration, and so outside the log.
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

// legacyOf is the zone as it was for programs that did not keep what was meant. They did not know a zone that has come since.
func legacyOf(z *zone.Zone) *zone.Zone {
	if legacy, err := zone.Before().Zone(z.Name()); err == nil {
		return legacy
	}
	return z
}

// migrationChunk is how many rows a migration has in memory beside the transaction.
const migrationChunk = 10_000

// rewriteRows stores the rows of a table as this program writes them: with every field that it has. A row that cannot be read stays.
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
			value, err := Encode(row)
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
