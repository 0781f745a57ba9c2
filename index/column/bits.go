package column

import (
	"math/bits"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// Bits is a set of rows with one bit for each row. It is for short use, when many rows are added one by one or when several goroutines
// share the rows. For sets that are kept, use a roaring bitmap, which takes less memory.
type Bits []uint64

// pool has sets that were freed. A search uses several, of 125 KB each for a million customers.
var pool sync.Pool

// NewBits returns an empty set for the rows below n. The caller calls Free when it no longer uses it.
func NewBits(n int) Bits {
	words := (n + 63) / 64
	if b, ok := pool.Get().(*Bits); ok && cap(*b) >= words {
		clear((*b)[:words])
		return (*b)[:words]
	}
	return make(Bits, words, words+words/16)
}

// Free returns the memory of the set for use by NewBits.
func (b Bits) Free() { pool.Put(&b) }

// BitsOf returns a new set with the rows of a bitmap, which must be below n.
func BitsOf(rows *roaring.Bitmap, n int) Bits {
	b := NewBits(n)
	rows.WriteDenseTo(b)
	return b
}

// Add adds a row.
func (b Bits) Add(row uint32) { b[row>>6] |= 1 << (row & 63) }

// Contains reports whether the set has a row.
func (b Bits) Contains(row uint32) bool {
	return int(row>>6) < len(b) && b[row>>6]&(1<<(row&63)) != 0
}

// Or adds the rows of a bitmap, which must be below the n of NewBits.
func (b Bits) Or(rows *roaring.Bitmap) {
	if rows.IsEmpty() {
		return
	}
	more := BitsOf(rows, 64*len(b))
	defer more.Free()
	for i, word := range more {
		b[i] |= word
	}
}

// And removes the rows that a bitmap does not have.
func (b Bits) And(rows *roaring.Bitmap) {
	wanted := BitsOf(rows, 64*len(b))
	defer wanted.Free()
	for i, word := range wanted {
		b[i] &= word
	}
}

// Each calls visit with the rows of the words [from, to), 64 rows a word, in ascending order.
func (b Bits) Each(from, to int, visit func(row uint32)) {
	for i := from; i < to; i++ {
		for word := b[i]; word != 0; word &= word - 1 {
			visit(uint32(i<<6 + bits.TrailingZeros64(word)))
		}
	}
}

// Bitmap returns the set as a roaring bitmap.
func (b Bits) Bitmap() *roaring.Bitmap { return roaring.FromDense(b, true) }

// UpTo returns a bitmap of the rows below n.
func UpTo(n int) *roaring.Bitmap {
	rows := roaring.New()
	rows.AddRange(0, uint64(n))
	return rows
}
