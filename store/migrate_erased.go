package store

import (
	"bytes"
	"cmp"

	"crm/store/kv"
)

// closeErased completes the follow-ups and resolves the feedback of erased customers, which Erase did not do in earlier versions. The
// time of both is that of the erasure. It writes to the change log, with the time of the newest entry, since a migration has no clock.
func closeErased(pairs *kv.Tx) error {
	tx := &Tx{kv: pairs, by: By{Actor: "upgrade"}}
	tx.seq = tx.Seq()
	if tx.seq == 0 {
		return nil
	}
	newest, ok := tx.newest()
	if !ok {
		return nil
	}
	tx.now = newest.Time
	var erased []*Customer
	for key, raw := range pairs.Scan(bucketCustomers, nil) {
		if !bytes.Contains(raw, erasedMark) {
			continue
		}
		c, err := customers.decode(tx, idAt(key, 0), raw)
		if err != nil { // Check reports it
			continue
		}
		erased = append(erased, c)
	}
	for _, c := range erased {
		err := cmp.Or(
			tx.each(bucketInteractionCustomer, c.ID, tx.complete),
			tx.each(bucketFeedbackCustomer, c.ID, func(id ID) error { return tx.resolve(id, *c.ErasedAt, nil) }),
		)
		if err != nil {
			return err
		}
	}
	return nil
}
