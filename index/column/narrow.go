package column

import "math"

// Narrow is a column of small numbers, as wide as the largest needs: one, two or four bytes a row. At most one of its slices is
// in use. The zero value is an empty column.
type Narrow struct {
	bytes []uint8
	words []uint16
	longs []uint32
}

// Len returns the number of rows.
func (c *Narrow) Len() int { return max(len(c.bytes), len(c.words), len(c.longs)) }

// Get returns the number of a row.
func (c *Narrow) Get(row uint32) uint32 {
	switch {
	case c.bytes != nil:
		return uint32(c.bytes[row])
	case c.words != nil:
		return uint32(c.words[row])
	}
	return c.longs[row]
}

// Set replaces the number of a row, and widens the column when the number needs it.
func (c *Narrow) Set(row, n uint32) {
	switch {
	case c.bytes != nil && n <= math.MaxUint8:
		c.bytes[row] = uint8(n)
	case c.bytes != nil:
		c.words, c.bytes = widen[uint16](c.bytes), nil
		c.Set(row, n)
	case c.words != nil && n <= math.MaxUint16:
		c.words[row] = uint16(n)
	case c.words != nil:
		c.longs, c.words = widen[uint32](c.words), nil
		c.Set(row, n)
	default:
		c.longs[row] = n
	}
}

// Grow appends a row with 0.
func (c *Narrow) Grow() {
	switch {
	case c.words != nil:
		c.words = Grow(c.words)
	case c.longs != nil:
		c.longs = Grow(c.longs)
	default:
		c.bytes = Grow(c.bytes)
	}
}

func widen[W, N uint8 | uint16 | uint32](column []N) []W {
	wide := make([]W, len(column), cap(column))
	for row, n := range column {
		wide[row] = W(n)
	}
	return wide
}

// Encode writes the column.
func (c *Narrow) Encode(e *Encoder) {
	Write(e, c.bytes)
	Write(e, c.words)
	Write(e, c.longs)
}

// Decode reads the column.
func (c *Narrow) Decode(d *Decoder) {
	*c = Narrow{Read[uint8](d), Read[uint16](d), Read[uint32](d)}
}
