package store

import (
	"bytes"
	"fmt"

	"crm/store/kv"
	"crm/store/zone"
)

// What people mean as a day, or as a time of a day, is kept as that (Interaction.FollowUpLocal), and beside it the instant that it is
// by the zone's rules, which lists and orders go by. The rules change: by newer zone data, or another --timezone. Then the
// instants of what is still to be done are computed again, once.

// metaCivil is by which rules the instants of open follow-ups were computed; civilBefore while rows are there that were
// written before they kept what was meant.
var (
	metaCivil   = []byte("civil")
	civilBefore = []byte("before")
)

// rules names those of a zone.
func rules(z *zone.Zone) string { return z.Name() + " " + z.Data().Version }

// settle brings a follow-up's instant in line with what was meant.
func (i *Interaction) settle(z *zone.Zone) {
	if i.FollowUpLocal == nil {
		return
	}
	if local, err := zone.ParseLocal(*i.FollowUpLocal); err == nil {
		i.FollowUpDate = new(TimeOf(z.At(local)))
	}
}

// followRules computes the instants of open follow-ups anew where the office's clock has other rules than when they were
// computed. It is one batch. Otherwise it reads no records.
func (s *Store) followRules() error {
	_, err := s.Update(By{Actor: "crm serve"}, func(tx *Tx) error {
		now, then := []byte(rules(s.zone)), tx.kv.Get(bucketMeta, metaCivil)
		if bytes.Equal(now, then) {
			return nil
		}
		if bytes.Equal(then, civilBefore) {
			if err := tx.readDays(legacyOf(s.zone)); err != nil {
				return err
			}
		}
		if err := tx.inBatch(BatchZone, rules(s.zone), tx.settleOpen); err != nil {
			return err
		}
		return tx.put(bucketMeta, metaCivil, now)
	})
	if err != nil {
		return fmt.Errorf("compute follow-ups by the rules of %s: %w", rules(s.zone), err)
	}
	return nil
}

// legacyOf is the zone as it was for programs that did not keep what was meant. They did not know a zone that has come since.
func legacyOf(z *zone.Zone) *zone.Zone {
	if legacy, err := zone.Before().Zone(z.Name()); err == nil {
		return legacy
	}
	return z
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

// settleOpen settles the follow-ups that are still to be done.
func (tx *Tx) settleOpen() error {
	open := func(i *Interaction) bool { return i.FollowUpRequired && i.FollowUpLocal != nil }
	return tx.eachFollowUp(open, func(i *Interaction) error {
		_, _, err := change(tx, interactions, i.ID, func(i *Interaction) error { i.settle(tx.zone); return nil })
		return err
	})
}

// eachFollowUp calls fn with every interaction that has a date for a follow-up and that want wants. fn may change rows.
func (tx *Tx) eachFollowUp(want func(*Interaction) bool, fn func(*Interaction) error) error {
	undated := []byte(`"follow_up_date":null`)
	var found []ID
	for id, raw := range tx.Interactions(ID{}) {
		if bytes.Contains(raw, undated) { // nine of ten; a text cannot look like it, since its quotes are escaped
			continue
		}
		if i, err := interactions.decode(tx, id, raw); err == nil && want(i) { // crm check tells of those that cannot be read
			found = append(found, id)
		}
	}
	for _, id := range found {
		i, err := interactions.get(tx, id)
		if err == nil {
			err = fn(i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

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
