package store

import "bytes"

// closeErased completes the follow-ups and resolves the feedback of customers who were erased before Erase did so, as of their
// erasure and by nobody. The log has it like any other change, with the time of the newest entry: a migration has no clock.
func closeErased(kv *kvTx) error {
	tx := &Tx{kv: kv, by: By{Actor: "upgrade"}}
	tx.seq = tx.Seq()
	if tx.seq == 0 {
		return nil
	}
	newest, err := tx.change(seqKey(tx.seq))
	if err != nil {
		return err
	}
	tx.now = newest.Time
	var erased []*Customer
	for _, raw := range kv.scan(bucketCustomers, nil) {
		if !bytes.Contains(raw, erasedMark) {
			continue
		}
		c, err := customers.decode(raw)
		if err != nil { // crm check names it
			continue
		}
		erased = append(erased, c)
	}
	for _, c := range erased {
		err := firstError(
			tx.each(bucketInteractionCustomer, c.ID, readable(tx, interactions, tx.complete)),
			tx.each(bucketFeedbackCustomer, c.ID, readable(tx, feedback, func(id ID) error { return tx.resolve(id, *c.ErasedAt, nil) })),
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// readable calls do for rows that can be read; crm check names the others.
func readable[T any](tx *Tx, t *table[T], do func(ID) error) func(ID) error {
	return func(id ID) error {
		if _, err := t.get(tx, id); err != nil {
			return nil
		}
		return do(id)
	}
}
