package index

import (
	"cmp"
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
func decodeRows[T any, R record[T]](rows iter.Seq2[store.ID, []byte], put func(R), leaveOut func(error)) error {
	d := newDecoding[T, R]()
	defer d.stop()
	c := newChunk[T, R]()
	for id, raw := range rows {
		if c.add(id, raw); len(c.raws) < cap(c.raws) {
			continue
		}
		if err := d.send(c, put, leaveOut); err != nil {
			return err
		}
		c = newChunk[T, R]()
	}
	return cmp.Or(d.send(c, put, leaveOut), d.deliver(0, put, leaveOut))
}

// A decoding has the goroutines of decodeRows, and the chunks on their way to them and back.
type decoding[T any, R record[T]] struct {
	work chan *chunk[T, R] // has room for all chunks that are sent and not delivered
	sent []*chunk[T, R]    // oldest first
	done sync.WaitGroup
}

// newDecoding starts a goroutine on each CPU.
func newDecoding[T any, R record[T]]() *decoding[T, R] {
	workers := runtime.GOMAXPROCS(0)
	d := &decoding[T, R]{work: make(chan *chunk[T, R], 2*workers)}
	for range workers {
		d.done.Go(func() {
			for c := range d.work {
				c.decode()
			}
		})
	}
	return d
}

func (d *decoding[T, R]) stop() {
	close(d.work)
	d.done.Wait()
}

// send sends a chunk to be decoded. If too many are on their way, it first delivers the oldest.
func (d *decoding[T, R]) send(c *chunk[T, R], put func(R), leaveOut func(error)) error {
	err := d.deliver(cap(d.work)-1, put, leaveOut)
	if err == nil {
		d.sent = append(d.sent, c)
		d.work <- c
	}
	return err
}

// deliver delivers the oldest chunks until only left of them are on their way.
func (d *decoding[T, R]) deliver(left int, put func(R), leaveOut func(error)) error {
	for len(d.sent) > left {
		c := d.sent[0]
		d.sent = d.sent[1:]
		if <-c.done; c.err != nil {
			return c.err
		}
		c.deliver(put, leaveOut)
	}
	return nil
}

// A chunk is a number of rows that are decoded together.
type chunk[T any, R record[T]] struct {
	ids   []store.ID
	raws  [][]byte
	rows  []T
	wrong map[int]error // errors of rows that cannot be decoded, by row
	err   error         // set if the file is damaged
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
