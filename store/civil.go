package store

import (
	"bytes"
	"fmt"

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

// settleOpen settles the follow-ups that are still to be done.
func (tx *Tx) settleOpen() error {
	open := func(i *Interaction) bool { return i.FollowUpRequired && i.FollowUpLocal != nil }
	return tx.eachFollowUp(open, func(i *Interaction) error {
		_, err := change(tx, interactions, i.ID, func(i *Interaction) error { i.settle(tx.zone); return nil }, nil)
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
