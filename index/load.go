package index

import (
	"errors"
	"os"

	"crm/store"
)

// load reads the saved facets, or makes them from the records.
func (ix *Index) load() error {
	ix.start = ix.store.Seq()
	f, seq, err := ix.loadSaved()
	if ix.saved = seq; err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			ix.log.Info("saved facets cannot be used; the whole store is read", "cause", err)
		}
		return ix.rebuild()
	}
	ix.install(f, seq)
	return nil
}

// rebuild makes the facets from the records.
func (ix *Index) rebuild() error {
	f, seq, err := ix.readStore()
	if err != nil {
		return err
	}
	ix.saved = 0
	ix.install(f, seq)
	return nil
}

func (ix *Index) install(f *facets, seq uint64) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.facets = f
	ix.search.Reset(len(f.customers.ids))
	ix.advance(seq)
}

// loadSaved reads the saved facets. It fails when they are of another store, or when the log does not go back to them.
func (ix *Index) loadSaved() (*facets, uint64, error) {
	f, seq, err := loadFacets(ix.savedFile(), originOf(ix.store))
	if err == nil && seq > ix.store.Seq() {
		err = errStale
	}
	if err != nil {
		return nil, 0, err
	}
	return f, seq, ix.store.View(func(tx *store.Tx) error {
		for _, err := range tx.Changes(seq) {
			return err
		}
		return nil
	})
}

// saveAfter is how many changes are applied before the facets are saved again, and so how many are read again after a crash.
const saveAfter = 100_000

// save saves the facets if they include at least this many changes more than the saved ones. Only the goroutine that changes the facets
// calls it. A failure only makes the next start slower.
func (ix *Index) save(changes uint64) {
	if ix.partial || ix.applied-ix.saved < changes {
		return
	}
	if err := saveFacets(ix.savedFile(), originOf(ix.store), ix.facets, ix.applied); err != nil {
		ix.log.Warn("facets were not saved; the next start reads the whole store", "err", err)
	}
	ix.saved = ix.applied
}

// readStore makes facets from the records of one transaction. It leaves out records that cannot be read.
func (ix *Index) readStore() (f *facets, seq uint64, err error) {
	f = newFacets(ix.store.Home())
	ix.partial = false
	err = ix.store.View(func(tx *store.Tx) error {
		seq = tx.Seq()
		return errors.Join(
			decodeRows(tx.Customers(store.ID{}), f.loadCustomer, ix.leaveOut),
			decodeRows(tx.Interactions(store.ID{}), f.loadInteraction, ix.leaveOut),
			decodeRows(tx.AllFeedback(store.ID{}), f.putFeedback, ix.leaveOut),
		)
	})
	return f, seq, err
}

// loadCustomer adds a customer with the last interaction that the store derives.
func (f *facets) loadCustomer(c *store.Customer) {
	last := store.Never
	if c.LastInteraction != nil {
		last = *c.LastInteraction
	}
	f.customers.put(c, last)
}

// loadInteraction adds an interaction of a customer who has a last interaction already.
func (f *facets) loadInteraction(i *store.Interaction) { f.interactions.put(i, f.rowOf(&i.CustomerID)) }

// leaveOut notes that a record cannot be read.
func (ix *Index) leaveOut(err error) {
	ix.store.NoteUnreadable(err)
	ix.partial = true
}
