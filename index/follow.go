package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"crm/store"
)

// follow applies every commit as soon as it is made.
func (ix *Index) follow(ctx context.Context) error {
	for {
		seq, changed := ix.store.Changed()
		if seq > ix.Applied() {
			if err := ix.catchUp(); err != nil {
				return fmt.Errorf("follow the log: %w", err)
			}
			ix.save(saveAfter)
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// lostTrack reports whether an error means that changes are missing in the log, so that the records must be read again.
func lostTrack(err error) bool {
	return errors.Is(err, store.ErrTrimmed) || errors.Is(err, store.ErrUnreadable)
}

// maxApply bounds how many changes are read in one transaction and applied under one lock.
const maxApply = 1_000

// catchUp reads the next changes of the log and applies them.
func (ix *Index) catchUp() error {
	var list []change
	seq := ix.Applied()
	err := ix.store.View(func(tx *store.Tx) error {
		for entry, err := range tx.Changes(seq) {
			if err != nil {
				return err
			}
			c, err := readChange(tx, entry)
			switch {
			case errors.Is(err, store.ErrUnreadable): // the facets keep what they have of the record
				ix.leaveOut(err)
			case err != nil:
				return err
			case c != (change{}):
				list = append(list, c)
			}
			if seq = entry.Seq; len(list) >= maxApply {
				break
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for _, c := range list {
		ix.apply(c)
	}
	ix.advance(seq)
	return nil
}

// A change is the effect of an entry of the log on the facets: records in their present state, or a deletion.
type change struct {
	customer    *store.Customer
	interaction *store.Interaction
	feedback    *store.Feedback
	deleted     *store.Change
}

// readChange reads the records that an entry of the log is about. It returns the zero change for an entry that does not affect facets. A
// record may be newer than the entry; then a later entry is about the same record.
func readChange(tx *store.Tx, entry store.Change) (c change, err error) {
	if !entry.Op.Writes() {
		return c, nil
	}
	switch entry.Kind {
	case store.KindCustomer:
		c.customer, err = tx.Customer(entry.ID)
	case store.KindInteraction:
		if c.interaction, err = tx.Interaction(entry.ID); err == nil {
			c.customer, err = ifReadable(tx.Customer(c.interaction.CustomerID))
		}
	case store.KindFeedback:
		c.feedback, err = tx.Feedback(entry.ID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return readDeletion(tx, entry)
	}
	return c, err
}

// readDeletion also reads the customer of the deleted record, who may have another last interaction now.
func readDeletion(tx *store.Tx, entry store.Change) (c change, err error) {
	c.deleted = &entry
	var old struct {
		CustomerID *store.ID `json:"customer_id"`
	}
	if entry.Op == store.OpDelete && json.Unmarshal(entry.Old, &old) == nil && old.CustomerID != nil {
		c.customer, err = ifReadable(tx.Customer(*old.CustomerID))
	}
	return c, err
}

// ifReadable returns nil for a customer who is missing or cannot be read, whose other records are applied nevertheless.
func ifReadable(c *store.Customer, err error) (*store.Customer, error) {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrUnreadable) {
		return nil, nil
	}
	return c, err
}

// apply changes the facets. The caller holds the lock for writing.
func (ix *Index) apply(c change) {
	if c.customer != nil {
		if row, changed := ix.customers.put(c.customer); changed {
			ix.search.Changed(row)
		}
	}
	switch {
	case c.interaction != nil:
		ix.putInteraction(c.interaction)
	case c.feedback != nil:
		ix.putFeedback(c.feedback)
	case c.deleted != nil && c.deleted.Kind == store.KindInteraction:
		ix.interactions.remove(c.deleted.ID)
	case c.deleted != nil && c.deleted.Kind == store.KindFeedback:
		ix.feedback.remove(c.deleted.ID)
	}
}

// putInteraction adds or replaces an interaction. If its customer cannot be read, it is in all lists except that customer's.
func (f *facets) putInteraction(i *store.Interaction) {
	customer := noCustomer
	if row, known := f.customers.ids.row(i.CustomerID); known {
		customer = row
	}
	f.interactions.put(i, customer)
}

func (f *facets) putFeedback(b *store.Feedback) {
	customer := noCustomer
	if b.CustomerID != nil {
		if row, known := f.customers.ids.row(*b.CustomerID); known {
			customer = row
		}
	}
	f.feedback.put(b, customer)
}

// advance sets the sequence of the facets, and wakes up the callers of Wait. The caller has locked ix.mu for writing.
func (ix *Index) advance(seq uint64) {
	ix.applied = seq
	ix.ready = ix.ready || seq >= ix.start
	close(ix.progress)
	ix.progress = make(chan struct{})
}
