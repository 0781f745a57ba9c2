package index

import (
	"math/bits"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// bitset is a set of rows with a bit for each: what many rows are put into one by one, and what is divided among
// CPUs. Sets that are kept are roaring bitmaps.
type bitset []uint64

// bitsets are those that are free: a search needs a handful for a moment, 125 KB each for a million customers.
var bitsets sync.Pool

// newBitset is empty and has room for rows below n. Whoever is done with it calls free.
func newBitset(n int) bitset {
	words := (n + 63) / 64
	if b, ok := bitsets.Get().(*bitset); ok && cap(*b) >= words {
		clear((*b)[:words])
		return (*b)[:words]
	}
	return make(bitset, words, words+words/16)
}

func (b bitset) free() { bitsets.Put(&b) }

// bitsetOf puts the rows of a bitmap, which must be below n, into a new set.
func bitsetOf(rows *roaring.Bitmap, n int) bitset {
	b := newBitset(n)
	rows.WriteDenseTo(b)
	return b
}

func (b bitset) add(row uint32) { b[row>>6] |= 1 << (row & 63) }

func (b bitset) contains(row uint32) bool {
	return int(row>>6) < len(b) && b[row>>6]&(1<<(row&63)) != 0
}

// or adds the rows of a bitmap; they must have room.
func (b bitset) or(rows *roaring.Bitmap) {
	if rows.IsEmpty() {
		return
	}
	more := bitsetOf(rows, 64*len(b))
	defer more.free()
	for i, word := range more {
		b[i] |= word
	}
}

// and takes away the rows that a bitmap does not have.
func (b bitset) and(rows *roaring.Bitmap) {
	wanted := bitsetOf(rows, 64*len(b))
	defer wanted.free()
	for i, word := range wanted {
		b[i] &= word
	}
}

// each visits the rows of the words [from, to), ascending.
func (b bitset) each(from, to int, visit func(row uint32)) {
	for i := from; i < to; i++ {
		for word := b[i]; word != 0; word &= word - 1 {
			visit(uint32(i<<6 + bits.TrailingZeros64(word)))
		}
	}
}

// bitmap is the set in the form that is kept.
func (b bitset) bitmap() *roaring.Bitmap { return roaring.FromDense(b, true) }
