package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"sync"

	"crm/store"
)

// each decodes rows on all CPUs and hands them to put in their order. The rows are read by the caller's goroutine, where
// the store turns damage into an error.
func each[T any](rows iter.Seq2[store.ID, []byte], put func(*T)) (err error) {
	var (
		workers = runtime.GOMAXPROCS(0)
		work    = make(chan *decoded[T], 2*workers) // has room for all that are in flight
		flight  []*decoded[T]                       // oldest first
		wg      sync.WaitGroup
	)
	for range workers {
		wg.Go(func() {
			for chunk := range work {
				chunk.decode()
			}
		})
	}
	defer wg.Wait()
	defer close(work)
	send := func(chunk *decoded[T]) {
		flight = append(flight, chunk)
		work <- chunk
	}
	take := func() {
		chunk := flight[0]
		flight = flight[1:]
		if <-chunk.done; chunk.err != nil {
			err = errors.Join(err, chunk.err)
			return
		}
		for i := range chunk.rows {
			put(&chunk.rows[i])
		}
	}
	chunk := newDecoded[T]()
	for id, raw := range rows {
		if chunk.add(id, raw); len(chunk.raws) < cap(chunk.raws) {
			continue
		}
		if len(flight) == cap(work) {
			take()
		}
		if err != nil {
			return err
		}
		send(chunk)
		chunk = newDecoded[T]()
	}
	for len(flight) > 0 {
		take()
	}
	send(chunk)
	take()
	return err
}

// decoded is some rows on their way through each.
type decoded[T any] struct {
	ids  []store.ID
	raws [][]byte
	rows []T
	err  error
	done chan struct{}
}

func newDecoded[T any]() *decoded[T] {
	const rows = 512
	return &decoded[T]{ids: make([]store.ID, 0, rows), raws: make([][]byte, 0, rows), done: make(chan struct{})}
}

func (d *decoded[T]) add(id store.ID, raw []byte) {
	d.ids, d.raws = append(d.ids, id), append(d.raws, raw)
}

func (d *decoded[T]) decode() {
	defer close(d.done)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // the raws are the file's own bytes
	defer func() {
		if v := recover(); v != nil {
			d.err = fmt.Errorf("rows cannot be read: %v", v)
		}
	}()
	d.rows = make([]T, len(d.raws))
	for i, raw := range d.raws {
		if err := json.Unmarshal(raw, &d.rows[i]); err != nil {
			d.err = fmt.Errorf("%s: %w", d.ids[i], err)
			return
		}
	}
}
