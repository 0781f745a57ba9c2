package index

import (
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"
)

// bitset is a set of rows with a bit for each: what many rows are put into one by one, and what is divided among
// CPUs. Sets that are kept are roaring bitmaps.
type bitset []uint64

// newBitset has room for rows below n.
func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) add(row uint32) { b[row>>6] |= 1 << (row & 63) }

func (b bitset) contains(row uint32) bool {
	return int(row>>6) < len(b) && b[row>>6]&(1<<(row&63)) != 0
}

// or adds the rows of a bitmap; they must be below n.
func (b bitset) or(rows *roaring.Bitmap) {
	for i, word := range rows.ToDense() {
		b[i] |= word
	}
}

// and takes away the rows that a bitmap does not have.
func (b bitset) and(rows *roaring.Bitmap) {
	dense := rows.ToDense()
	for i := range b {
		if i < len(dense) {
			b[i] &= dense[i]
		} else {
			b[i] = 0
		}
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
func (b bitset) bitmap() *roaring.Bitmap { return roaring.FromDense(b, false) }
