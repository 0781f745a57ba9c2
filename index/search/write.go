package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
)

const (
	// batchSize is how many rows a CPU writes to Bleve in one batch. Bleve uses 10 MB or so for them meanwhile.
	batchSize = 2_000
	// enough is how many rows are written without waiting for more. Fewer gather for a while: searches find them already, and
	// Bleve merges its segments less often, the larger they are.
	enough = 2 * batchSize
	// refreshEvery is how often the snapshot is replaced by one of merged segments when nothing is written.
	refreshEvery = 5 * time.Second
)

// keepWriting writes pending rows to Bleve's index until ctx ends or the index fails.
func (e *Engine) keepWriting(ctx context.Context, b *bleveIndex) error {
	refresh := time.NewTicker(refreshEvery)
	defer refresh.Stop()
	for {
		more, err := e.writePending(b)
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
		case err := <-e.damaged:
			return fmt.Errorf("search index is damaged: %w", err)
		case <-refresh.C:
			if err := e.refreshMerged(b); err != nil {
				return err
			}
		case <-e.wake:
			e.gather(ctx)
		}
	}
}

// gather returns when enough rows are pending, or when the first of them has waited for long enough.
func (e *Engine) gather(ctx context.Context) {
	settled := time.After(e.opts.Settle)
	for e.countPending() < enough {
		select {
		case <-settled:
			return
		case <-ctx.Done():
			return
		case <-e.wake:
		}
	}
}

func (e *Engine) countPending() uint64 {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.pending.GetCardinality()
}

// writePending writes a batch of pending rows on each CPU, and reports whether more are pending.
func (e *Engine) writePending(b *bleveIndex) (more bool, err error) {
	applied := e.source.Applied() // before the rows are taken: when they are all, the index has every change up to here
	rows, all := e.takePending(e.opts.CPUs * batchSize)
	if len(rows) == 0 {
		return false, nil
	}
	batches := slices.Collect(slices.Chunk(e.source.Documents(rows), batchSize))
	errs := make([]error, len(batches))
	var wg sync.WaitGroup
	for i, batch := range batches {
		wg.Go(func() { errs[i] = b.write(batch, nil) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return false, err
	}
	if all {
		if err := b.write(nil, &state{e.source.Database, applied, e.source.Phones}); err != nil {
			return false, err
		}
	}
	return !all, e.refresh(b)
}

// takePending marks up to n pending rows as being written, and reports whether they are all.
func (e *Engine) takePending(n int) (rows []uint32, all bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	rows = make([]uint32, n)
	rows = rows[:e.pending.ManyIterator().NextMany(rows)]
	e.writing = roaring.BitmapOf(rows...)
	e.pending.AndNot(e.writing)
	return rows, e.pending.IsEmpty()
}

// refresh replaces the snapshot by one that has what was written.
func (e *Engine) refresh(b *bleveIndex) error {
	old := e.snapshot // only this goroutine changes it
	s, err := newSnapshot(b, old, e.source.Row)
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.snapshot, e.writing = s, roaring.New()
	e.mu.Unlock()
	if old != nil {
		return old.reader.Close()
	}
	return nil
}

// refreshMerged replaces the snapshot when Bleve has merged its segments.
func (e *Engine) refreshMerged(b *bleveIndex) error {
	if e.snapshot.same(b) {
		return nil
	}
	return e.refresh(b)
}
