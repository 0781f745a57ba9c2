package index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"crm/index/search"
	"crm/store"
	"crm/store/text"
)

// ErrBehind is returned by Wait when the index does not catch up in time, as while it starts.
var ErrBehind = errors.New("the index has not caught up yet")

// Options are the settings of an Index. The zero value has defaults.
type Options struct {
	Wait   time.Duration // how long Wait waits; 2 s
	Settle time.Duration // how long changes gather before they are written to Bleve's index; 2 s
	CPUs   int           // how many CPUs write to Bleve's index at the same time; 1
	Log    *slog.Logger  // discards when nil
}

// An Index follows one store. Its methods are safe for concurrent use.
type Index struct {
	store  *store.Store
	dir    string
	opts   Options
	log    *slog.Logger
	search *search.Engine

	mu       sync.RWMutex  // guards everything below
	applied  uint64        // the sequence of the newest change that the facets include
	progress chan struct{} // closed when applied grows
	ready    bool          // the facets have reached start
	start    uint64        // the log's sequence when Run began
	saved    uint64        // the sequence of the saved facets
	partial  bool          // whether a record could not be read. Then the facets are not saved, so that the next start reads it again
	*facets
}

// facets are the parts in memory. They are empty until load has read the store.
type facets struct {
	customers    *customers
	interactions *interactions
	feedback     *feedback
}

func newFacets(home text.Country) *facets {
	return &facets{newCustomers(home), newInteractions(), newFeedback()}
}

// New returns the index of a store, with its files in dir. It has no records until Run has loaded it.
func New(st *store.Store, dir string, o Options) *Index {
	if o.Wait == 0 {
		o.Wait = 2 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	ix := &Index{store: st, dir: dir, opts: o, log: o.Log, progress: make(chan struct{}), facets: newFacets(st.Home())}
	ix.search = search.New(ix.bleveDir(), ix.source(), search.Options{Settle: o.Settle, CPUs: o.CPUs, Log: o.Log})
	return ix
}

func (ix *Index) savedFile() string { return filepath.Join(ix.dir, "facets") }
func (ix *Index) bleveDir() string  { return filepath.Join(ix.dir, "bleve") }

// Run loads the index and follows the log until ctx ends. Then it saves the facets for the next start and closes its files. When
// the log no longer tells what has changed, Run reads the records again.
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

// serve follows the log and runs the search until ctx ends.
func (ix *Index) serve(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { ix.search.Run(ctx) })
	err := ix.follow(ctx)
	stop()
	ix.save(1)
	wg.Wait()
	return err
}

// Applied returns the sequence of the newest change that lists and statistics include.
func (ix *Index) Applied() uint64 {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.applied
}

// Ready reports whether lists and searches have every record that the store had when Run began.
func (ix *Index) Ready() bool {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.ready
}

// Wait returns when the index is ready and has applied the log up to seq. It returns ErrBehind when that takes too long.
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

// Lag returns how many of all customers Bleve's index does not have yet; searches find them by scanning. ok is false until the
// index is ready.
func (ix *Index) Lag() (lag, total int, ok bool) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.search.Lag(), len(ix.customers.ids), ix.ready
}

// Counts returns how many records lists have, whatever their state. ok is false until the index is ready.
func (ix *Index) Counts() (customers, interactions, feedback int, ok bool) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return len(ix.customers.ids), int(ix.interactions.live.GetCardinality()), int(ix.feedback.live.GetCardinality()), ix.ready
}

// Size returns how many bytes the index has on disk. It leaves out files that disappear meanwhile.
func (ix *Index) Size() (bytes int64) {
	_ = filepath.WalkDir(ix.dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}
