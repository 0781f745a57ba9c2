// Package column has columns of values by row number, in memory and in a file.
//
// The index numbers the records of a kind in the order in which they were created, from 0 on. A column has one value for each of
// these rows. A slice that grows with Grow is a column; Narrow, Bits and Texts are columns that take less room than a slice would.
//
//	column.go    Grow
//	narrow.go    small numbers in one, two or four bytes a row
//	bits.go      a set of rows with one bit a row
//	texts.go     texts in large blocks
//	encode.go    writing columns to a file, with a checksum at its end
//	decode.go    reading them
//	checksum.go  verifying the checksum of a file
package column

import "slices"

// Grow appends a row with the zero value. If the column is full, it allocates a tenth more, because doubling a column of a million rows
// would waste memory.
func Grow[T any](column []T) []T {
	if len(column) == cap(column) {
		column = slices.Grow(column, max(1024, len(column)/10))
	}
	return append(column, *new(T))
}
