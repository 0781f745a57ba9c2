package index

import (
	"iter"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
	"crm/store"
)

// A chain links the rows of each customer's interactions, or feedback, from the newest to the oldest.
type chain struct {
	head []uint32 // by row of the customer: its newest row + 1, 0 for none
	prev []uint32 // by row: the customer's previous row + 1, 0 for none
}

// noCustomer stands for the row of the customer of anonymous feedback.
const noCustomer = ^uint32(0)

// add appends the next row, and links it to a customer's unless customer is noCustomer.
func (c *chain) add(customer uint32) {
	c.prev = column.Grow(c.prev)
	if customer == noCustomer {
		return
	}
	for int(customer) >= len(c.head) {
		c.head = column.Grow(c.head)
	}
	row := len(c.prev) - 1
	c.prev[row] = c.head[customer]
	c.head[customer] = uint32(row) + 1
}

// rows yields the rows of a customer, from the newest to the oldest.
func (c *chain) rows(customer uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		if int(customer) >= len(c.head) {
			return
		}
		for next := c.head[customer]; next != 0; next = c.prev[next-1] {
			if !yield(next - 1) {
				return
			}
		}
	}
}

// of returns the rows of a customer, ascending.
func (c *chain) of(customer uint32) []uint32 {
	rows := slices.Collect(c.rows(customer))
	slices.Reverse(rows)
	return rows
}

// rowsOf returns the rows of the customer with an id, none for one that the index does not know.
func (c *chain) rowsOf(id store.ID, customers ids) *roaring.Bitmap {
	if row, known := customers.row(id); known {
		return roaring.BitmapOf(c.of(row)...)
	}
	return roaring.New()
}
