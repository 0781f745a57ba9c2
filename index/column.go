package index

import (
	"bytes"
	"math"
	"slices"

	"crm/store"
)

// grow makes room for one more row by a tenth, for columns of a million rows should not double.
func grow[T any](column []T) []T {
	if len(column) == cap(column) {
		column = slices.Grow(column, max(1024, len(column)/10))
	}
	return append(column, *new(T))
}

// narrow is a column of small numbers, as wide as the largest needs: one, two or four bytes a row. One of the three
// is in use.
type narrow struct {
	bytes []uint8
	words []uint16
	longs []uint32
}

func (c *narrow) len() int { return max(len(c.bytes), len(c.words), len(c.longs)) }

func (c *narrow) get(row uint32) uint32 {
	switch {
	case c.bytes != nil:
		return uint32(c.bytes[row])
	case c.words != nil:
		return uint32(c.words[row])
	}
	return c.longs[row]
}

func (c *narrow) set(row, n uint32) {
	switch {
	case c.bytes != nil && n <= math.MaxUint8:
		c.bytes[row] = uint8(n)
	case c.bytes != nil:
		c.words, c.bytes = widen[uint16](c.bytes), nil
		c.set(row, n)
	case c.words != nil && n <= math.MaxUint16:
		c.words[row] = uint16(n)
	case c.words != nil:
		c.longs, c.words = widen[uint32](c.words), nil
		c.set(row, n)
	default:
		c.longs[row] = n
	}
}

// grow appends a row with 0.
func (c *narrow) grow() {
	switch {
	case c.words != nil:
		c.words = grow(c.words)
	case c.longs != nil:
		c.longs = grow(c.longs)
	default:
		c.bytes = grow(c.bytes)
	}
}

func widen[W, N uint8 | uint16 | uint32](column []N) []W {
	wide := make([]W, len(column), cap(column))
	for row, n := range column {
		wide[row] = W(n)
	}
	return wide
}

// ids are the rows' ids, ascending.
type ids []store.ID

// row is the row of an id.
func (s ids) row(id store.ID) (uint32, bool) {
	row, ok := slices.BinarySearchFunc(s, id, func(a, b store.ID) int { return bytes.Compare(a[:], b[:]) })
	return uint32(row), ok
}

// texts keeps a folded text a row, in chunks so that growing copies nothing.
type texts struct {
	chunks [][]byte
	at     []uint32 // by row: chunk number and offset in it
	length []uint16 // by row
	wasted int      // bytes of replaced texts
}

const (
	chunkBits = 20
	chunkSize = 1 << chunkBits
)

// get is the text of a row. The slice must not be changed.
func (t *texts) get(row uint32) []byte {
	at := t.at[row]
	from := at & (chunkSize - 1)
	return t.chunks[at>>chunkBits][from : from+uint32(t.length[row])]
}

// put sets the text of a row, the next one or one that exists.
func (t *texts) put(row uint32, text []byte) {
	if int(row) == len(t.at) {
		t.at, t.length = grow(t.at), grow(t.length)
	} else if t.wasted += int(t.length[row]); t.wasted > 4*chunkSize && t.wasted > len(t.chunks)*chunkSize/2 {
		t.compact()
	}
	t.append(row, text)
}

func (t *texts) append(row uint32, text []byte) {
	last := len(t.chunks) - 1
	if last < 0 || len(t.chunks[last])+len(text) > chunkSize {
		t.chunks = append(t.chunks, make([]byte, 0, chunkSize))
		last++
	}
	t.at[row] = uint32(last)<<chunkBits | uint32(len(t.chunks[last]))
	t.length[row] = uint16(len(text))
	t.chunks[last] = append(t.chunks[last], text...)
}

// compact copies the texts that are in use and forgets the others.
func (t *texts) compact() {
	old := *t
	t.chunks, t.wasted = nil, 0
	for row := range t.at {
		at, from := old.at[row]>>chunkBits, old.at[row]&(chunkSize-1)
		t.append(uint32(row), old.chunks[at][from:from+uint32(old.length[row])])
	}
}

// A chain lists the rows of one customer, newest first: interactions or feedback.
type chain struct {
	head []uint32 // by customer row: its newest row + 1
	prev []uint32 // by row: the customer's previous row + 1
}

// add appends the next row to a customer's; noCustomer leaves it out.
func (c *chain) add(customer uint32) {
	c.prev = grow(c.prev)
	if customer == noCustomer {
		return
	}
	for int(customer) >= len(c.head) {
		c.head = grow(c.head)
	}
	row := len(c.prev) - 1
	c.prev[row] = c.head[customer]
	c.head[customer] = uint32(row) + 1
}

// of is the rows of a customer, ascending.
func (c *chain) of(customer uint32) []uint32 {
	var rows []uint32
	if int(customer) < len(c.head) {
		for next := c.head[customer]; next != 0; next = c.prev[next-1] {
			rows = append(rows, next-1)
		}
	}
	slices.Reverse(rows)
	return rows
}

// noCustomer is the customer row of anonymous feedback.
const noCustomer = ^uint32(0)
