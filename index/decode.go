package index

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"sync"

	"crm/store"
)

// a record is a pointer to a type of the store's.
type record[T any] interface {
	*T
	Decode(store.ID, []byte) error
}

// each decodes rows on all CPUs and hands them to put in their order, or what is wrong with one to leaveOut. The rows are read by
// the caller's goroutine, where the store turns damage into an error.
func each[T any, R record[T]](rows iter.Seq2[store.ID, []byte], put func(R), leaveOut func(error)) (err error) {
	var (
		workers = runtime.GOMAXPROCS(0)
		work    = make(chan *decoded[T, R], 2*workers) // has room for all that are in flight
		flight  []*decoded[T, R]                       // oldest first
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
	send := func(chunk *decoded[T, R]) {
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
			if wrong := chunk.wrong[i]; wrong != nil {
				leaveOut(wrong)
			} else {
				put(&chunk.rows[i])
			}
		}
	}
	chunk := newDecoded[T, R]()
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
		chunk = newDecoded[T, R]()
	}
	for len(flight) > 0 {
		take()
	}
	send(chunk)
	take()
	return err
}

// decoded is some rows on their way through each.
type decoded[T any, R record[T]] struct {
	ids   []store.ID
	raws  [][]byte
	rows  []T
	wrong map[int]error // by row, of those that cannot be decoded
	err   error         // the file is damaged
	done  chan struct{}
}

func newDecoded[T any, R record[T]]() *decoded[T, R] {
	const rows = 512
	return &decoded[T, R]{ids: make([]store.ID, 0, rows), raws: make([][]byte, 0, rows), done: make(chan struct{})}
}

func (d *decoded[T, R]) add(id store.ID, raw []byte) {
	d.ids, d.raws = append(d.ids, id), append(d.raws, raw)
}

func (d *decoded[T, R]) decode() {
	defer close(d.done)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // the raws are the file's own bytes
	defer func() {
		if v := recover(); v != nil {
			d.err = fmt.Errorf("rows cannot be read: %v", v)
		}
	}()
	d.rows = make([]T, len(d.raws))
	for i, raw := range d.raws {
		if err := R(&d.rows[i]).Decode(d.ids[i], raw); err != nil {
			if d.wrong == nil {
				d.wrong = make(map[int]error)
			}
			d.wrong[i] = err
		}
	}
}
