package index

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store"
)

// A ValueCount is a value and how many customers have it.
type ValueCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// maxValues bounds how many values of a key Values returns.
const maxValues = 1_000

// Values are the values that active customers have of a criteria key, the most frequent first. Values that differ only in
// case or accents are one, as in filters, and are written as most customers have it.
func (ix *Index) Values(key string) []ValueCount {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	list := ix.customers.facets[key].counts(ix.customers.active)
	slices.SortFunc(list, func(a, b ValueCount) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	return list[:min(len(list), maxValues)]
}

// counts are the values that rows of within have, never nil.
func (f *facet) counts(within *roaring.Bitmap) []ValueCount {
	list := []ValueCount{}
	for v, spelling := range f.spellings() {
		if f.names[v] == forgotten {
			continue
		}
		if n := f.rows[v].AndCardinality(within); n > 0 {
			list = append(list, ValueCount{spelling, int(n)})
		}
	}
	return list
}

// spellings are by value number how most rows write the value; of two that are as frequent, the first in the order of bytes.
func (f *facet) spellings() []string {
	rows := make(map[string]int) // by spelling
	number := make(map[string]int)
	for s, key := range f.keys {
		if key == forgotten {
			continue
		}
		values := valuesOf(key)
		for i, value := range values {
			if rows[value] += f.uses[s]; rows[value] > f.uses[s] {
				continue // its number is known
			}
			if number[value] = f.set[s][min(i, len(f.set[s])-1)]; len(values) != len(f.set[s]) { // two of them are one folded
				number[value] = f.values[store.Fold(value)]
			}
		}
	}
	best := make([]string, len(f.names))
	for value, v := range number {
		if was := best[v]; was == "" || cmp.Or(cmp.Compare(rows[value], rows[was]), cmp.Compare(was, value)) > 0 {
			best[v] = value
		}
	}
	return best
}

// valuesOf are a row's values as they came, from their key in facet.sets.
func valuesOf(key string) (values []string) {
	for key != "" {
		n, size := binary.Uvarint([]byte(key[:min(len(key), binary.MaxVarintLen64)]))
		values = append(values, key[size:size+int(n)])
		key = key[size+int(n):]
	}
	return values
}
