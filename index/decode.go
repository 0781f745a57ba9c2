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

// A record is a pointer to a type of the store's.
type record[T any] interface {
	*T
	Decode(store.ID, []byte) error
}

// decodeRows decodes rows on all CPUs. It calls put with them in their order, and leaveOut with the error of a row that cannot be
// decoded. It reads the rows in the caller's goroutine, where the store turns damage of the file into an error.
func decodeRows[T any, R record[T]](rows iter.Seq2[store.ID, []byte], put func(R), leaveOut func(error)) (err error) {
	var (
		workers = runtime.GOMAXPROCS(0)
		work    = make(chan *chunk[T, R], 2*workers) // has room for all chunks that are sent and not delivered
		sent    []*chunk[T, R]                       // oldest first
		wg      sync.WaitGroup
	)
	for range workers {
		wg.Go(func() {
			for c := range work {
				c.decode()
			}
		})
	}
	defer wg.Wait()
	defer close(work)
	send := func(c *chunk[T, R]) {
		sent = append(sent, c)
		work <- c
	}
	deliver := func() {
		c := sent[0]
		sent = sent[1:]
		if <-c.done; c.err != nil {
			err = errors.Join(err, c.err)
			return
		}
		c.deliver(put, leaveOut)
	}
	c := newChunk[T, R]()
	for id, raw := range rows {
		if c.add(id, raw); len(c.raws) < cap(c.raws) {
			continue
		}
		if len(sent) == cap(work) {
			deliver()
		}
		if err != nil {
			return err
		}
		send(c)
		c = newChunk[T, R]()
	}
	for len(sent) > 0 {
		deliver()
	}
	send(c)
	deliver()
	return err
}

// A chunk is some rows on their way through decodeRows.
type chunk[T any, R record[T]] struct {
	ids   []store.ID
	raws  [][]byte
	rows  []T
	wrong map[int]error // by row: why it cannot be decoded
	err   error         // the file is damaged
	done  chan struct{} // closed when the rows are decoded
}

func newChunk[T any, R record[T]]() *chunk[T, R] {
	const rows = 512
	return &chunk[T, R]{ids: make([]store.ID, 0, rows), raws: make([][]byte, 0, rows), done: make(chan struct{})}
}

func (c *chunk[T, R]) add(id store.ID, raw []byte) {
	c.ids, c.raws = append(c.ids, id), append(c.raws, raw)
}

func (c *chunk[T, R]) decode() {
	defer close(c.done)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // the raws are in the mapped file
	defer func() {
		if v := recover(); v != nil {
			c.err = fmt.Errorf("rows cannot be read: %v", v)
		}
	}()
	c.rows = make([]T, len(c.raws))
	for i, raw := range c.raws {
		if err := R(&c.rows[i]).Decode(c.ids[i], raw); err != nil {
			if c.wrong == nil {
				c.wrong = make(map[int]error)
			}
			c.wrong[i] = err
		}
	}
}

func (c *chunk[T, R]) deliver(put func(R), leaveOut func(error)) {
	for i := range c.rows {
		if err := c.wrong[i]; err != nil {
			leaveOut(err)
		} else {
			put(&c.rows[i])
		}
	}
}
