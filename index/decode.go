package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"

	"crm/store"
)

// each decodes rows on all CPUs and hands them to put in their order.
func each[T any](rows iter.Seq2[store.ID, []byte], put func(*T)) error {
	var (
		workers = runtime.GOMAXPROCS(0)
		queue   = make(chan *decoded[T], 2*workers) // in order
		work    = make(chan *decoded[T])
		wg      sync.WaitGroup
	)
	for range workers {
		wg.Go(func() {
			for chunk := range work {
				chunk.decode()
			}
		})
	}
	wg.Go(func() {
		defer close(queue)
		defer close(work)
		chunk := newDecoded[T]()
		for id, raw := range rows {
			if chunk.add(id, raw); len(chunk.raws) == cap(chunk.raws) {
				queue <- chunk
				work <- chunk
				chunk = newDecoded[T]()
			}
		}
		queue <- chunk
		work <- chunk
	})
	defer wg.Wait()
	var failed error
	for chunk := range queue {
		<-chunk.done
		if failed = errors.Join(failed, chunk.err); failed != nil {
			continue
		}
		for i := range chunk.rows {
			put(&chunk.rows[i])
		}
	}
	return failed
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
	d.rows = make([]T, len(d.raws))
	for i, raw := range d.raws {
		if err := json.Unmarshal(raw, &d.rows[i]); err != nil {
			d.err = fmt.Errorf("%s: %w", d.ids[i], err)
			return
		}
	}
}
