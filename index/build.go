package index

import (
	"context"
	"errors"
	"os"
	"time"

	"crm/store"
)

// Build runs an index until searches need no scanning, and saves it. It calls progress, if that is not nil, with how many of all
// customers searches find.
func Build(ctx context.Context, st *store.Store, dir string, o Options, progress func(done, total int)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ix, ended := New(st, dir, o), make(chan error, 1)
	go func() { ended <- ix.Run(ctx) }()
	ticks := time.NewTicker(100 * time.Millisecond)
	defer ticks.Stop()
	for {
		select {
		case err := <-ended:
			return errors.Join(ctx.Err(), err)
		case <-ticks.C:
		}
		lag, total, ok := ix.Lag()
		if ok && progress != nil {
			progress(total-lag, total)
		}
		if ok && lag == 0 {
			stop()
			return <-ended
		}
	}
}

// Rebuild deletes what is saved in a folder and builds the index from the records.
func Rebuild(ctx context.Context, st *store.Store, dir string, o Options, progress func(done, total int)) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return Build(ctx, st, dir, o, progress)
}
