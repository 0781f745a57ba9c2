package index

import (
	"bytes"
	"slices"

	"crm/store"
)

// ids are the ids of the rows, ascending.
type ids []store.ID

// row returns the row of an id, or the row that an unknown id would have.
func (s ids) row(id store.ID) (row uint32, known bool) {
	at, known := slices.BinarySearchFunc(s, id, func(a, b store.ID) int { return bytes.Compare(a[:], b[:]) })
	return uint32(at), known
}

// of returns the ids of rows.
func (s ids) of(rows []uint32) []store.ID {
	found := make([]store.ID, len(rows))
	for i, row := range rows {
		found[i] = s[row]
	}
	return found
}
