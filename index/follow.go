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

// catchUp applies the next changes: those that the store has just committed, and after a start or when far behind, those in the log.
func (ix *Index) catchUp() error {
	seq := ix.Applied()
	events, ok := ix.store.Events(seq)
	if !ok {
		var err error
		if events, err = ix.readLog(seq); err != nil {
			return err
		}
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for i := range events {
		ix.apply(&events[i])
	}
	if len(events) > 0 {
		seq = events[len(events)-1].Seq
	}
	ix.advance(seq)
	return nil
}

// readLog reads changes after a sequence from the log, and the records that they are about.
func (ix *Index) readLog(seq uint64) (events []store.Event, err error) {
	err = ix.store.View(func(tx *store.Tx) error {
		for entry, err := range tx.Changes(seq) {
			if err != nil {
				return err
			}
			e, err := readEvent(tx, entry)
			switch {
			case errors.Is(err, store.ErrUnreadable): // the facets keep what they have of the record
				ix.leaveOut(err)
			case err != nil:
				return err
			}
			if events = append(events, e); len(events) >= maxApply {
				break
			}
		}
		return nil
	})
	return events, err
}

// readEvent reads the record that an entry of the log is about: as it is now or, if it was deleted, as it was before. It may be newer than
// the entry; then a later entry is about the same record.
func readEvent(tx *store.Tx, entry store.Change) (e store.Event, err error) {
	e.Change = entry
	if !entry.Op.Writes() {
		return e, nil
	}
	switch entry.Kind {
	case store.KindCustomer:
		e.Customer, err = tx.Customer(entry.ID)
	case store.KindInteraction:
		e.Interaction, err = tx.Interaction(entry.ID)
	case store.KindFeedback:
		e.Feedback, err = tx.Feedback(entry.ID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return readDeleted(entry), nil
	}
	return e, err
}

// readDeleted returns the event of a change of a record that is deleted by now. Only the deletion itself, which comes later where this is
// another change, has the record.
func readDeleted(entry store.Change) store.Event {
	e := store.Event{Change: entry}
	var i store.Interaction
	if entry.Op == store.OpDelete && entry.Kind == store.KindInteraction && json.Unmarshal(entry.Old, &i) == nil {
		e.Interaction = &i
	}
	return e
}

// apply changes the facets. The caller holds the lock for writing.
func (ix *Index) apply(e *store.Event) {
	deleted := e.Op == store.OpDelete
	switch {
	case e.Customer != nil:
		if row, changed := ix.customers.put(e.Customer, store.Never); changed {
			ix.search.Changed(row)
		}
	case deleted && e.Kind == store.KindInteraction:
		ix.removeInteraction(e.ID, e.Interaction)
	case deleted && e.Kind == store.KindFeedback:
		ix.feedback.remove(e.ID)
	case e.Interaction != nil:
		ix.putInteraction(e.Interaction)
	case e.Feedback != nil:
		ix.putFeedback(e.Feedback)
	}
}

// putInteraction adds or replaces an interaction. If its customer cannot be read, it is in all lists except that customer's.
func (f *facets) putInteraction(i *store.Interaction) {
	customer := f.rowOf(&i.CustomerID)
	before := f.interactions.put(i, customer)
	f.moveLast(customer, before, i.Timestamp)
}

// removeInteraction removes an interaction. was is what it was, or nil if that is unknown.
func (f *facets) removeInteraction(id store.ID, was *store.Interaction) {
	before := f.interactions.remove(id)
	if was != nil {
		f.moveLast(f.rowOf(&was.CustomerID), before, store.Never)
	}
}

// moveLast brings a customer's last interaction in line with an interaction whose time has changed; Never stands for none. It looks at
// the customer's other interactions only where the newest became older.
func (f *facets) moveLast(customer uint32, before, now store.Time) {
	if customer == noCustomer {
		return
	}
	switch last := f.customers.times[byLast][customer]; {
	case now >= last:
		f.customers.putTime(customer, true, byLast, now)
	case before == last:
		f.customers.putTime(customer, true, byLast, f.interactions.newestOf(customer))
	}
}

func (f *facets) putFeedback(b *store.Feedback) { f.feedback.put(b, f.rowOf(b.CustomerID)) }

// rowOf returns the row of a customer, or noCustomer if there is none or it cannot be read.
func (f *facets) rowOf(customer *store.ID) uint32 {
	if customer != nil {
		if row, known := f.customers.ids.row(*customer); known {
			return row
		}
	}
	return noCustomer
}

// advance sets the sequence of the facets, and wakes up the callers of Wait. The caller has locked ix.mu for writing.
func (ix *Index) advance(seq uint64) {
	ix.applied = seq
	ix.ready = ix.ready || seq >= ix.start
	close(ix.progress)
	ix.progress = make(chan struct{})
}
