package index

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
	"crm/store/text"
)

// A facet maps each value of one field to the rows that have it, and each row to its values. Values are compared without regard to case and
// accents. Values and sets of values have numbers. When no row has a value or set any more, its number is freed and used again.
type facet struct {
	values map[string]int    // folded value → its number
	names  []string          // by value number: the folded value
	rows   []*roaring.Bitmap // by value number
	sets   map[string]uint32 // the values of a row as they were put, each behind its length → set number
	keys   []string          // by set number: its key in sets
	set    [][]int           // by set number: value numbers; set 0 is empty
	uses   []int             // by set number: how many rows have the set
	of     column.Narrow     // by row: set number

	freeValues []int
	freeSets   []uint32
	key        []byte // buffer of intern
}

func newFacet() *facet {
	return &facet{values: map[string]int{}, sets: map[string]uint32{"": 0}, keys: []string{""}, set: [][]int{nil}, uses: []int{0}}
}

// put sets the values of a row: the next one, or one that exists.
func (f *facet) put(row uint32, values ...string) {
	if int(row) == f.of.Len() {
		f.of.Grow()
	}
	s, old := f.intern(values), f.of.Get(row)
	if old == s {
		return
	}
	f.uses[s]++ // before leave, which may free what the two sets share
	for _, v := range f.set[s] {
		f.rows[v].Add(row)
	}
	f.of.Set(row, s)
	f.leave(row, old, f.set[s])
}

// clear removes every value of a row.
func (f *facet) clear(row uint32) {
	old := f.of.Get(row)
	f.of.Set(row, 0)
	f.leave(row, old, nil)
}

// leave removes a row from the values of its former set, except from those that it keeps. It frees the set and values that no row has
// any more.
func (f *facet) leave(row, s uint32, keeps []int) {
	if s == 0 {
		return
	}
	for _, v := range f.set[s] {
		if !slices.Contains(keeps, v) {
			f.rows[v].Remove(row)
		}
		if f.rows[v].IsEmpty() && f.names[v] != freed {
			delete(f.values, f.names[v])
			f.names[v] = freed
			f.freeValues = append(f.freeValues, v)
		}
	}
	if f.uses[s]--; f.uses[s] == 0 {
		delete(f.sets, f.keys[s])
		f.keys[s], f.set[s] = freed, nil
		f.freeSets = append(f.freeSets, s)
	}
}

// freed is the name of a free number. No value and no key is the same: folded text is valid UTF-8, and keys begin with a length.
const freed = "\xff"

// intern returns the number of a set of values, which may be new.
func (f *facet) intern(values []string) uint32 {
	f.key = f.key[:0]
	for _, value := range values {
		f.key = append(binary.AppendUvarint(f.key, uint64(len(value))), value...)
	}
	s, ok := f.sets[string(f.key)]
	if ok {
		return s
	}
	var set []int
	for _, value := range values {
		if v := f.number(value); !slices.Contains(set, v) {
			set = append(set, v)
		}
	}
	if n := len(f.freeSets); n > 0 {
		s, f.freeSets = f.freeSets[n-1], f.freeSets[:n-1]
	} else {
		s = uint32(len(f.set))
		f.keys, f.set, f.uses = append(f.keys, ""), append(f.set, nil), append(f.uses, 0)
	}
	f.keys[s], f.set[s] = string(f.key), set
	f.sets[f.keys[s]] = s
	return s
}

// number returns the number of a value, which may be new.
func (f *facet) number(value string) int {
	folded := text.Fold(value)
	v, ok := f.values[folded]
	if ok {
		return v
	}
	if n := len(f.freeValues); n > 0 {
		v, f.freeValues = f.freeValues[n-1], f.freeValues[:n-1]
	} else {
		v = len(f.rows)
		f.names, f.rows = append(f.names, ""), append(f.rows, roaring.New())
	}
	f.names[v] = strings.Clone(folded)
	f.values[f.names[v]] = v
	return v
}

// with returns the rows that have a value, or nil if there are none. The caller must not change the bitmap.
func (f *facet) with(value string) *roaring.Bitmap {
	if v, ok := f.values[text.Fold(value)]; ok {
		return f.rows[v]
	}
	return nil
}

// first returns the folded first value of a row, "" when it has none.
func (f *facet) first(row uint32) string {
	if set := f.set[f.of.Get(row)]; len(set) > 0 {
		return f.names[set[0]]
	}
	return ""
}

// any returns the rows that have at least one of the values. The caller must not change the bitmap.
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

// count returns how many rows of within have a value.
func (f *facet) count(value string, within *roaring.Bitmap) int {
	if rows := f.with(value); rows != nil {
		return int(rows.AndCardinality(within))
	}
	return 0
}
