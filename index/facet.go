package index

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store"
)

// A facet knows for each value of one field which rows have it, and for each row which values it has. Values
// are compared folded, without regard to case and accents.
type facet struct {
	values map[string]int    // folded value → its number
	rows   []*roaring.Bitmap // by value number
	sets   map[string]uint32 // a row's values as they came, each behind its length → set number
	set    [][]int           // by set number: value numbers; set 0 is empty
	of     []uint32          // by row: its set
	key    []byte            // scratch of intern
}

func newFacet() *facet {
	return &facet{values: map[string]int{}, sets: map[string]uint32{"": 0}, set: [][]int{nil}}
}

// put says that row has exactly these values. A new row must be the next one.
func (f *facet) put(row uint32, values ...string) {
	s := f.intern(values)
	if int(row) == len(f.of) {
		f.of = append(f.of, 0)
	}
	if f.of[row] == s {
		return
	}
	f.clear(row)
	for _, v := range f.set[s] {
		f.rows[v].Add(row)
	}
	f.of[row] = s
}

// clear takes every value from row.
func (f *facet) clear(row uint32) {
	for _, v := range f.set[f.of[row]] {
		f.rows[v].Remove(row)
	}
	f.of[row] = 0
}

// intern is the number of a set of values.
func (f *facet) intern(values []string) uint32 {
	f.key = f.key[:0]
	for _, value := range values {
		f.key = append(binary.AppendUvarint(f.key, uint64(len(value))), value...)
	}
	s, ok := f.sets[string(f.key)]
	if !ok {
		var set []int
		for _, value := range values {
			if v := f.number(value); !slices.Contains(set, v) {
				set = append(set, v)
			}
		}
		s = uint32(len(f.set))
		f.set = append(f.set, set)
		f.sets[string(f.key)] = s
	}
	return s
}

func (f *facet) number(value string) int {
	folded := store.Fold(value)
	v, ok := f.values[folded]
	if !ok {
		v = len(f.rows)
		f.values[strings.Clone(folded)] = v
		f.rows = append(f.rows, roaring.New())
	}
	return v
}

// with is the rows that have a value, nil when there are none. The bitmap belongs to the facet.
func (f *facet) with(value string) *roaring.Bitmap {
	if v, ok := f.values[store.Fold(value)]; ok {
		return f.rows[v]
	}
	return nil
}

// any is the rows that have at least one of the values; it belongs to the facet when there is one value.
func (f *facet) any(values []string) *roaring.Bitmap {
	var found []*roaring.Bitmap
	for _, value := range values {
		if rows := f.with(value); rows != nil {
			found = append(found, rows)
		}
	}
	switch len(found) {
	case 0:
		return roaring.New()
	case 1:
		return found[0]
	}
	return roaring.FastOr(found...)
}

// count is how many rows of within have the value.
func (f *facet) count(value string, within *roaring.Bitmap) int {
	if rows := f.with(value); rows != nil {
		return int(rows.AndCardinality(within))
	}
	return 0
}
