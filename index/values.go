package index

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
	"crm/store/text"
)

// A ValueCount is a value and how many customers have it.
type ValueCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// maxValues bounds how many values of a key Values returns.
const maxValues = 1_000

// Values returns the values that active customers have for a criteria key, the most frequent first. Values that differ only in case or
// accents are one, as in filters, and are spelled as most of these customers spell it.
func (ix *Index) Values(key string) []ValueCount {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	list := ix.customers.facets[key].counts(ix.customers.active)
	slices.SortFunc(list, func(a, b ValueCount) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	return list[:min(len(list), maxValues)]
}

// counts returns the values that rows of within have, never nil.
func (f *facet) counts(within *roaring.Bitmap) []ValueCount {
	rows := f.perSet(within)
	total := make([]int, len(f.names)) // by value number
	for s, n := range rows {
		for _, v := range f.set[s] {
			total[v] += n
		}
	}
	list := []ValueCount{}
	for v, spelling := range f.spellings(rows) {
		if total[v] > 0 {
			list = append(list, ValueCount{spelling, total[v]})
		}
	}
	return list
}

// perSet returns by set number how many rows of within have the set. It counts these rows or, where they are fewer, the others.
func (f *facet) perSet(within *roaring.Bitmap) []int {
	all := f.of.Len()
	if int(within.GetCardinality()) <= all/2 {
		counts := make([]int, len(f.uses))
		within.Iterate(func(row uint32) bool { counts[f.of.Get(row)]++; return true })
		return counts
	}
	counts := slices.Clone(f.uses)
	others := roaring.AndNot(column.UpTo(all), within)
	others.Iterate(func(row uint32) bool { counts[f.of.Get(row)]--; return true })
	return counts
}

// A spelling is one way to write a value, and how many rows write it so.
type spelling struct {
	text string
	rows int
}

// spellings returns by value number how most rows spell the value. rows are the numbers of rows by set number. Of two spellings that are
// as frequent it returns the first in the order of bytes.
func (f *facet) spellings(rows []int) []string {
	found := make([][]spelling, len(f.names))
	for s, n := range rows {
		if n == 0 {
			continue
		}
		i, set, plain := 0, f.set[s], len(f.set[s]) == countValues(f.keys[s])
		for value := range valuesOf(f.keys[s]) {
			v := set[min(i, len(set)-1)]
			if i++; !plain { // two spellings of the row are the same value
				v = f.values[text.Fold(value)]
			}
			found[v] = addSpelling(found[v], value, n)
		}
	}
	best := make([]string, len(found))
	for v, list := range found {
		if len(list) > 0 {
			best[v] = slices.MinFunc(list, func(a, b spelling) int { return cmp.Or(cmp.Compare(b.rows, a.rows), cmp.Compare(a.text, b.text)) }).text
		}
	}
	return best
}

func addSpelling(list []spelling, text string, rows int) []spelling {
	for i := range list {
		if list[i].text == text {
			list[i].rows += rows
			return list
		}
	}
	return append(list, spelling{text, rows})
}

// valuesOf yields the values of a key of facet.sets as they were put.
func valuesOf(key string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for key != "" {
			n, size := binary.Uvarint([]byte(key[:min(len(key), binary.MaxVarintLen64)]))
			if !yield(key[size : size+int(n)]) {
				return
			}
			key = key[size+int(n):]
		}
	}
}

func countValues(key string) (n int) {
	for range valuesOf(key) {
		n++
	}
	return n
}
