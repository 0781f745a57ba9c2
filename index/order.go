package index

import (
	"slices"
	"sort"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/tidwall/btree"
)

// An order keeps rows sorted by a key that less compares; rows with equal keys are in the order of creation.
type order struct {
	tree *btree.BTreeG[uint32]
	less func(a, b uint32) bool
}

func newOrder(less func(a, b uint32) bool) *order {
	return &order{btree.NewBTreeGOptions(less, btree.Options{NoLocks: true, Degree: 64}), less}
}

// add puts a row at its place. remove takes it away and must be called before its key changes.
func (o *order) add(row uint32)    { o.tree.Set(row) }
func (o *order) remove(row uint32) { o.tree.Delete(row) }

// rank is how many rows come before the first for which at is true; at must be false for a beginning of the
// order and true for the rest.
func (o *order) rank(at func(row uint32) bool) int {
	return sort.Search(o.tree.Len(), func(i int) bool {
		row, _ := o.tree.GetAt(i)
		return at(row)
	})
}

// fewRows is up to how many rows are sorted by themselves; of more, the order is walked and those met are taken.
const fewRows = 2_000

// page is the rows from offset on, of those in within, in this order.
func (o *order) page(within *roaring.Bitmap, desc bool, offset, limit int) []uint32 {
	total := int(within.GetCardinality())
	if offset >= total {
		return nil
	}
	if total <= fewRows {
		return o.sorted(within, desc, offset, limit)
	}
	if total-offset-limit < offset { // the end is nearer: walk from there
		skip := max(0, total-offset-limit)
		rows := o.walk(within, !desc, skip, min(limit, total-offset))
		slices.Reverse(rows)
		return rows
	}
	return o.walk(within, desc, offset, limit)
}

func (o *order) sorted(within *roaring.Bitmap, desc bool, offset, limit int) []uint32 {
	rows := within.ToArray()
	slices.SortFunc(rows, func(a, b uint32) int {
		if o.less(a, b) != desc {
			return -1
		}
		return 1
	})
	return rows[offset:min(offset+limit, len(rows))]
}

func (o *order) walk(within *roaring.Bitmap, desc bool, skip, limit int) []uint32 {
	if total := int(within.GetCardinality()); total == o.tree.Len() {
		return o.slice(total, desc, skip, limit)
	}
	rows := make([]uint32, 0, limit)
	dense := within.ToDense()
	visit := func(row uint32) bool {
		if int(row>>6) >= len(dense) || dense[row>>6]&(1<<(row&63)) == 0 {
			return true
		}
		if skip--; skip < 0 {
			rows = append(rows, row)
		}
		return len(rows) < limit
	}
	if desc {
		o.tree.Reverse(visit)
	} else {
		o.tree.Scan(visit)
	}
	return rows
}

// slice is walk where every row of the order is wanted.
func (o *order) slice(total int, desc bool, skip, limit int) []uint32 {
	rows := make([]uint32, 0, limit)
	for i := skip; i < min(skip+limit, total); i++ {
		at := i
		if desc {
			at = total - 1 - i
		}
		row, _ := o.tree.GetAt(at)
		rows = append(rows, row)
	}
	return rows
}

// newest is a page in the order of creation.
func newest(within *roaring.Bitmap, desc bool, offset, limit int) []uint32 {
	total := int(within.GetCardinality())
	rows := make([]uint32, 0, limit)
	for i := offset; i < min(offset+limit, total); i++ {
		at := i
		if desc {
			at = total - 1 - i
		}
		row, err := within.Select(uint32(at))
		if err != nil {
			break
		}
		rows = append(rows, row)
	}
	return rows
}
