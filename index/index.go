package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"crm/store"
)

// ErrBehind is returned by Wait when the index has not caught up in time, as while it starts.
var ErrBehind = errors.New("the index has not caught up yet")

// Options are the settings of an Index; the zero value has defaults.
type Options struct {
	Region string        // of phone numbers without a country code, ISO 3166; "MA"
	Wait   time.Duration // how long Wait waits; 2 s
	Settle time.Duration // how long changes gather before Bleve is told of them; 2 s
	CPUs   int           // that may write Bleve's index at the same time; 1
	Log    *slog.Logger  // discarded when nil
}

// An Index follows one store. Its methods are safe for concurrent use.
type Index struct {
	store *store.Store
	dir   string
	opts  Options
	log   *slog.Logger

	mu       sync.RWMutex // guards everything below
	applied  uint64       // the log's sequence up to which the facets go
	progress chan struct{}
	ready    bool
	start    uint64 // the log's sequence at the start: ready means up to there
	saved    uint64 // the sequence of the saved facets
	partial  bool   // a record could not be read: the facets are not saved, so that the next start looks at it again
	*facets
	search search
}

// facets are the parts in memory. They are empty until load has read the store.
type facets struct {
	customers    *customers
	interactions *interactions
	feedback     *feedback
}

func newFacets(region string) *facets {
	return &facets{newCustomers(region), newInteractions(), newFeedback()}
}

// New makes the index of a store, with Bleve's files in dir. It knows nothing until Run has loaded it.
func New(st *store.Store, dir string, o Options) *Index {
	if o.Region == "" {
		o.Region = "MA"
	}
	if o.Wait == 0 {
		o.Wait = 2 * time.Second
	}
	if o.Settle == 0 {
		o.Settle = 2 * time.Second
	}
	if o.CPUs == 0 {
		o.CPUs = 1
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Index{
		store: st, dir: dir, opts: o, log: o.Log, progress: make(chan struct{}),
		facets: newFacets(o.Region), search: newSearch(),
	}
}

// Run loads the index and follows the log until ctx ends; then it saves what a start can use and closes what it opened. Where it
// has lost track of the log it begins again with the records.
func (ix *Index) Run(ctx context.Context) error {
	if err := ix.load(); err != nil {
		return fmt.Errorf("load facets: %w", err)
	}
	return ix.run(ctx)
}

// run follows the log of a loaded index until ctx ends.
func (ix *Index) run(ctx context.Context) error {
	for {
		ix.save(saveAfter)
		err := ix.serve(ctx)
		if !lostTrack(err) {
			return err
		}
		ix.log.Warn("the index has lost track of the change log and is rebuilt from the records", "cause", err)
		if err := ix.rebuild(); err != nil {
			return fmt.Errorf("rebuild facets: %w", err)
		}
	}
}

// lostTrack reports whether an error says that the log does not tell what has changed.
func lostTrack(err error) bool {
	return errors.Is(err, store.ErrTrimmed) || errors.Is(err, store.ErrUnreadable)
}

// serve follows the log and keeps the search up until ctx ends.
func (ix *Index) serve(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { ix.runSearch(ctx) })
	err := ix.follow(ctx)
	stop()
	ix.save(1)
	wg.Wait()
	return err
}

// saveAfter is how many changes are replayed at most after a crash; it bounds how often the facets are saved.
const saveAfter = 100_000

// save writes the facets to a file when at least so many changes are new since the last time. Only the goroutine that
// changes them calls it. A failure costs the next start some time and nothing else.
func (ix *Index) save(changes uint64) {
	if ix.partial || ix.applied-ix.saved < changes {
		return
	}
	if err := saveSnapshot(ix.snapshotFile(), ix.store.ID(), ix.opts.Region, ix.facets, ix.applied); err != nil {
		ix.log.Warn("facets were not saved; the next start reads the whole store", "err", err)
	}
	ix.saved = ix.applied
}

func (ix *Index) snapshotFile() string { return filepath.Join(ix.dir, "facets") }
func (ix *Index) bleveDir() string     { return filepath.Join(ix.dir, "bleve") }

// follow applies what is committed, as soon as it is.
func (ix *Index) follow(ctx context.Context) error {
	for {
		seq, changed := ix.store.Changed()
		if seq > ix.Applied() {
			if err := ix.apply(); err != nil {
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

// Applied is the log's sequence up to which lists and statistics go.
func (ix *Index) Applied() uint64 {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.applied
}

// Ready reports whether lists and searches answer.
func (ix *Index) Ready() bool {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.ready
}

// Wait returns when the index has applied the log up to seq, and ErrBehind when that takes too long.
func (ix *Index) Wait(ctx context.Context, seq uint64) error {
	var timeout <-chan time.Time
	for {
		ix.mu.RLock()
		done, progress := ix.ready && ix.applied >= seq, ix.progress
		ix.mu.RUnlock()
		if done {
			return nil
		}
		if timeout == nil {
			timer := time.NewTimer(ix.opts.Wait)
			defer timer.Stop()
			timeout = timer.C
		}
		select {
		case <-progress:
		case <-timeout:
			return ErrBehind
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// advance notes how far the facets are and wakes those who wait for it. The caller holds the lock.
func (ix *Index) advance(seq uint64) {
	ix.applied = seq
	ix.ready = ix.ready || seq >= ix.start
	close(ix.progress)
	ix.progress = make(chan struct{})
}

// load takes the saved facets, or makes them from the store's rows.
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

// rebuild makes the facets from the store's rows.
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
	ix.search.pending = f.customers.all()
	ix.advance(seq)
}

// loadSaved takes the saved facets where they are of this store and the log goes back to them.
func (ix *Index) loadSaved() (*facets, uint64, error) {
	f, seq, err := loadSnapshot(ix.snapshotFile(), ix.store.ID(), ix.opts.Region)
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

// readStore fills facets from the store's rows, in one snapshot. It leaves out those that cannot be read.
func (ix *Index) readStore() (f *facets, seq uint64, err error) {
	f = newFacets(ix.opts.Region)
	ix.partial = false
	err = ix.store.View(func(tx *store.Tx) error {
		seq = tx.Seq()
		return errors.Join(
			each(tx.Customers(store.ID{}), func(c *store.Customer) { f.customers.put(c) }, ix.leaveOut),
			each(tx.Interactions(store.ID{}), f.putInteraction, ix.leaveOut),
			each(tx.AllFeedback(store.ID{}), f.putFeedback, ix.leaveOut),
		)
	})
	return f, seq, err
}

// leaveOut notes that a record cannot be read.
func (ix *Index) leaveOut(err error) {
	ix.store.SetAside(err)
	ix.partial = true
}

// maxApply bounds how many changes are read in one transaction and applied under one lock.
const maxApply = 1_000

// A news is what a change means for the facets: the record as it is now, or that it is gone.
type news struct {
	customer    *store.Customer
	interaction *store.Interaction
	feedback    *store.Feedback
	gone        *store.Change
}

// apply reads the changes that follow and takes them over.
func (ix *Index) apply() error {
	var list []news
	seq := ix.Applied()
	err := ix.store.View(func(tx *store.Tx) error {
		for change, err := range tx.Changes(seq) {
			if err != nil {
				return err
			}
			n, err := newsOf(tx, change)
			switch {
			case errors.Is(err, store.ErrUnreadable): // what is known of it from before stays
				ix.leaveOut(err)
			case err != nil:
				return err
			case n != (news{}):
				list = append(list, n)
			}
			if seq = change.Seq; len(list) >= maxApply {
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
	for _, n := range list {
		ix.take(n)
	}
	ix.advance(seq)
	return nil
}

// newsOf reads the record that a change is about; the zero news is none. It may be newer than the change; what comes later in
// the log then says the same once more.
func newsOf(tx *store.Tx, change store.Change) (n news, err error) {
	if !change.Op.Writes() {
		return n, nil
	}
	switch change.Kind {
	case store.KindCustomer:
		n.customer, err = tx.Customer(change.ID)
	case store.KindInteraction:
		if n.interaction, err = tx.Interaction(change.ID); err == nil {
			n.customer, err = readable(tx.Customer(n.interaction.CustomerID))
		}
	case store.KindFeedback:
		n.feedback, err = tx.Feedback(change.ID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return goneNews(tx, change)
	}
	return n, err
}

// goneNews reads what a deletion leaves: the record's customer, whose last interaction may be another now.
func goneNews(tx *store.Tx, change store.Change) (n news, err error) {
	n.gone = &change
	var old struct {
		CustomerID *store.ID `json:"customer_id"`
	}
	if change.Op == store.OpDelete && json.Unmarshal(change.Old, &old) == nil && old.CustomerID != nil {
		n.customer, err = readable(tx.Customer(*old.CustomerID))
	}
	return n, err
}

// readable is a record's customer, nil where that one is missing or cannot be read: the record is there all the same.
func readable(c *store.Customer, err error) (*store.Customer, error) {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrUnreadable) {
		return nil, nil
	}
	return c, err
}

func (ix *Index) take(n news) {
	if n.customer != nil {
		if row, changed := ix.customers.put(n.customer); changed {
			ix.search.touch(row)
		}
	}
	switch {
	case n.interaction != nil:
		ix.putInteraction(n.interaction)
	case n.feedback != nil:
		ix.putFeedback(n.feedback)
	case n.gone != nil && n.gone.Kind == store.KindInteraction:
		ix.interactions.remove(n.gone.ID)
	case n.gone != nil && n.gone.Kind == store.KindFeedback:
		ix.feedback.remove(n.gone.ID)
	}
}

// putInteraction takes an interaction as it is now. One whose customer cannot be read is in every list but that customer's.
func (f *facets) putInteraction(i *store.Interaction) {
	customer := noCustomer
	if row, ok := f.customers.ids.row(i.CustomerID); ok {
		customer = row
	}
	f.interactions.put(i, customer)
}

func (f *facets) putFeedback(b *store.Feedback) {
	customer := noCustomer
	if b.CustomerID != nil {
		if row, ok := f.customers.ids.row(*b.CustomerID); ok {
			customer = row
		}
	}
	f.feedback.put(b, customer)
}
