package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store"
)

// search is what the Index knows of Bleve; the Index's lock guards it.
type search struct {
	view    *view           // nil while there is no usable index
	pending *roaring.Bitmap // rows whose text the view does not have
	flight  *roaring.Bitmap // rows on their way into it
	recent  *roaring.Bitmap // rows that changed since the view was lost
	kick    chan struct{}   // tells the indexer of pending rows
	broken  chan error      // tells it that a search found the view damaged
}

func newSearch() search {
	return search{
		pending: roaring.New(), flight: roaring.New(), recent: roaring.New(),
		kick: make(chan struct{}, 1), broken: make(chan error, 1),
	}
}

// touch notes that a row's text has changed.
func (s *search) touch(row uint32) {
	s.pending.Add(row)
	if s.view == nil {
		s.recent.Add(row)
	}
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// runSearch keeps Bleve's index in step until ctx ends. Whatever goes wrong with it, it is made anew.
func (ix *Index) runSearch(ctx context.Context) {
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, time.Minute) {
		started := time.Now()
		err := ix.serveSearch(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil { // what was not written is written at the next start
			ix.log.Warn("search index was not closed cleanly", "err", err)
			return
		}
		ix.log.Warn("search index is rebuilt; searches are answered by scanning meanwhile", "cause", err)
		if err := os.RemoveAll(ix.bleveDir()); err != nil {
			ix.log.Error("search index cannot be removed", "dir", ix.bleveDir(), "err", err)
		}
		if time.Since(started) > time.Minute {
			wait = time.Second
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait / 10):
		}
	}
}

// serveSearch opens the index on disk, brings it up to date and keeps it so. It returns nil when ctx ends, and
// otherwise why the index cannot be used.
func (ix *Index) serveSearch(ctx context.Context) (err error) {
	if err := prepare(ix.bleveDir()); err != nil {
		return err
	}
	_, err = os.Stat(filepath.Join(ix.bleveDir(), rootFile))
	fresh := errors.Is(err, os.ErrNotExist)
	b, err := openBleve(ix.bleveDir(), false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	defer ix.lose()
	if err := ix.resume(b, fresh); err != nil {
		return err
	}
	return ix.keepUp(ctx, b)
}

// lose forgets the view; every row is a candidate from now on.
func (ix *Index) lose() {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	s := &ix.search
	if s.view != nil {
		s.view.reader.Close()
		s.view = nil
	}
	s.pending, s.flight, s.recent = ix.customers.all(), roaring.New(), roaring.New()
	s.broken = make(chan error, 1) // reports about the lost view must not reach the next one
}

// resume takes over what the index on disk holds: pending is what it lacks and what has changed since it was written.
// An index that was there before must say what it holds.
func (ix *Index) resume(b *bleveIndex, fresh bool) (err error) {
	v, err := newView(b, nil, ix.rowOf)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil { // else the files of the index stay mapped
			err = errors.Join(err, v.reader.Close())
		}
	}()
	held, err := v.state()
	if err != nil || held.database != ix.store.ID() || held.cursor > ix.store.Seq() {
		if !fresh {
			return errStale
		}
		held = state{ix.store.ID(), ix.Applied()}
		if err := b.write(nil, &held); err != nil {
			return err
		}
	}
	changed, err := ix.changedSince(held.cursor)
	if err != nil {
		return err
	}
	covered := v.covered()
	ix.mu.Lock()
	defer ix.mu.Unlock()
	changed.Or(ix.search.recent)
	changed.Or(roaring.AndNot(ix.customers.all(), covered))
	ix.search.pending, ix.search.view = changed, v
	return nil
}

func (ix *Index) rowOf(id store.ID) (uint32, bool) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.customers.ids.row(id)
}

// changedSince is the rows of the customers that the log names after a sequence.
func (ix *Index) changedSince(cursor uint64) (*roaring.Bitmap, error) {
	rows := roaring.New()
	err := ix.store.View(func(tx *store.Tx) error {
		for change, err := range tx.Changes(cursor) {
			if err != nil {
				return err
			}
			if change.Kind == store.KindCustomer {
				if row, ok := ix.rowOf(change.ID); ok {
					rows.Add(row)
				}
			}
		}
		return nil
	})
	return rows, err
}

const (
	// batchSize is how many rows a CPU hands to Bleve at a time: 10 MB or so while Bleve takes them in.
	batchSize = 2_000
	// enough is how many rows are worth writing at once. Fewer gather for a while: searches see them already, and Bleve
	// merges its segments the less, the larger they come.
	enough = 2 * batchSize
	// refreshEvery is how often the view is exchanged for one of merged segments when nothing else does.
	refreshEvery = 5 * time.Second
)

// keepUp writes pending rows in batches until ctx ends or the index fails.
func (ix *Index) keepUp(ctx context.Context, b *bleveIndex) error {
	refresh := time.NewTicker(refreshEvery)
	defer refresh.Stop()
	for {
		more, err := ix.writePending(b)
		if err != nil {
			return err
		}
		if more && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return b.flush()
		case err := <-b.failed:
			return fmt.Errorf("search index failed in the background: %w", err)
		case err := <-ix.search.broken:
			return fmt.Errorf("search index is damaged: %w", err)
		case <-refresh.C:
			if err := ix.refreshMerged(b); err != nil {
				return err
			}
		case <-ix.search.kick:
			ix.gather(ctx)
		}
	}
}

// gather returns when enough rows are pending or the first has waited for long enough.
func (ix *Index) gather(ctx context.Context) {
	settled := time.After(ix.opts.Settle)
	for ix.pending() < enough {
		select {
		case <-settled:
			return
		case <-ctx.Done():
			return
		case <-ix.search.kick:
		}
	}
}

func (ix *Index) pending() uint64 {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.search.pending.GetCardinality()
}

// writePending moves pending rows into the index, a batch for each of its CPUs, and reports whether more wait.
func (ix *Index) writePending(b *bleveIndex) (more bool, err error) {
	batches, held := ix.takePending(ix.opts.CPUs)
	if len(batches) == 0 {
		return false, nil
	}
	errs := make([]error, len(batches))
	var wg sync.WaitGroup
	for i, batch := range batches {
		wg.Go(func() { errs[i] = b.write(batch, nil) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return false, err
	}
	if held != nil {
		if err := b.write(nil, held); err != nil {
			return false, err
		}
	}
	return held == nil, ix.refresh(b)
}

// A text is what Bleve is told of a customer.
type text struct {
	id   store.ID
	text []byte
}

// takePending puts up to n batches of rows into flight. When it takes the last, the index may say how far it goes.
func (ix *Index) takePending(n int) (batches [][]text, held *state) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	rows := make([]uint32, n*batchSize)
	rows = rows[:ix.search.pending.ManyIterator().NextMany(rows)]
	for part := range slices.Chunk(rows, batchSize) {
		batch := make([]text, len(part))
		for i, row := range part {
			batch[i] = text{ix.customers.ids[row], bytes.Clone(ix.customers.text.Get(row))}
		}
		batches = append(batches, batch)
	}
	ix.search.flight = roaring.BitmapOf(rows...)
	ix.search.pending.AndNot(ix.search.flight)
	if ix.search.pending.IsEmpty() {
		held = &state{ix.store.ID(), ix.applied}
	}
	return batches, held
}

// refresh exchanges the view for one that has what was written.
func (ix *Index) refresh(b *bleveIndex) error {
	old := ix.search.view // only this goroutine changes it
	v, err := newView(b, old, ix.rowOf)
	if err != nil {
		return err
	}
	ix.mu.Lock()
	ix.search.view, ix.search.flight = v, roaring.New()
	ix.mu.Unlock()
	if old != nil {
		return old.reader.Close()
	}
	return nil
}

func (ix *Index) refreshMerged(b *bleveIndex) error {
	if ix.search.view.same(b) {
		return nil
	}
	return ix.refresh(b)
}

// Lag is how many of all customers Bleve does not have yet; searches find them by scanning. ok is false until
// the index is loaded.
func (ix *Index) Lag() (lag, total int, ok bool) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return int(ix.search.pending.GetCardinality() + ix.search.flight.GetCardinality()), len(ix.customers.ids), ix.ready
}
