package store

import (
	"bytes"
	"fmt"

	"crm/store/zone"
)

// A follow-up is due on a day, or at a time of a day, of the office. It is stored as it was given (Interaction.FollowUpLocal), together
// with its instant by the rules of the office's time zone. Lists are filtered and sorted by the instant. The rules change when there is
// newer zone data, or when another time zone is set. Then the instants of open follow-ups are computed again, once.

// metaCivil is the key of the rules by which the instants of open follow-ups were computed. Its value is civilBefore while there are
// rows of an older schema, which have an instant only.
var (
	metaCivil   = []byte("civil")
	civilBefore = []byte("before")
)

// rules returns the name of a zone's rules.
func rules(z *zone.Zone) string { return z.Name() + " " + z.Data().Version }

// settle sets a follow-up's instant by the rules of a zone.
func (i *Interaction) settle(z *zone.Zone) {
	if i.FollowUpLocal == nil {
		return
	}
	if local, err := zone.ParseLocal(*i.FollowUpLocal); err == nil {
		i.FollowUpDate = new(TimeOf(z.At(local)))
	}
}

// followRules computes the instants of open follow-ups again, as one batch, if the rules have changed since they were computed.
// Otherwise it reads no records.
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

// settleOpen settles all open follow-ups.
func (tx *Tx) settleOpen() error {
	open := func(i *Interaction) bool { return i.FollowUpRequired && i.FollowUpLocal != nil }
	return tx.eachFollowUp(open, func(i *Interaction) error {
		_, _, err := change(tx, interactions, i.ID, func(i *Interaction) error { i.settle(tx.zone); return nil })
		return err
	})
}

// eachFollowUp calls fn with every interaction that has a date for a follow-up and for which want returns true. fn may change rows.
func (tx *Tx) eachFollowUp(want func(*Interaction) bool, fn func(*Interaction) error) error {
	undated := []byte(`"follow_up_date":null`)
	var found []ID
	for id, raw := range tx.Interactions(ID{}) {
		if bytes.Contains(raw, undated) { // nine of ten; no text contains it, because quotes in texts are escaped
			continue
		}
		if i, err := interactions.decode(tx, id, raw); err == nil && want(i) { // Check reports those that cannot be read
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
