package index

import (
	"slices"
	"sort"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
)

// An order keeps rows sorted by a key, in a list of sorted blocks. It takes four bytes a row and is read as fast as an array. Finding a
// row is a binary search over the blocks and then in one block; adding a row moves half a block.
type order struct {
	blocks [][]uint32 // none is empty
	size   int
	less   func(a, b uint32) bool // a total order: rows with equal keys are in the order of creation
}

// blockSize is how many rows a block has at most; each has room for them.
const blockSize = 1024

func newOrder(less func(a, b uint32) bool) *order { return &order{less: less} }

// place returns where a row is, or would be.
func (o *order) place(row uint32) (block, at int) {
	block = max(0, sort.Search(len(o.blocks), func(i int) bool { return o.less(row, o.blocks[i][0]) })-1)
	if block < len(o.blocks) {
		rows := o.blocks[block]
		at = sort.Search(len(rows), func(i int) bool { return !o.less(rows[i], row) })
	}
	return block, at
}

// add adds a row, unless the order has it.
func (o *order) add(row uint32) {
	block, at := o.place(row)
	switch {
	case len(o.blocks) == 0, at == blockSize && block == len(o.blocks)-1: // at the end of a full block: rows that are added in order leave no gaps
		o.blocks = append(o.blocks, append(newBlock(), row))
		o.size++
		return
	case at < len(o.blocks[block]) && o.blocks[block][at] == row:
		return
	case len(o.blocks[block]) == blockSize:
		block, at = o.split(block, at)
	}
	o.blocks[block] = slices.Insert(o.blocks[block], at, row)
	o.size++
}

func newBlock() []uint32 { return make([]uint32, 0, blockSize) }

// split divides a block in two and returns where a place in it is now.
func (o *order) split(block, at int) (int, int) {
	const half = blockSize / 2
	right := append(newBlock(), o.blocks[block][half:]...)
	o.blocks[block] = o.blocks[block][:half]
	o.blocks = slices.Insert(o.blocks, block+1, right)
	if at <= half {
		return block, at
	}
	return block + 1, at - half
}

// remove removes a row. It must be called before the row's key changes.
func (o *order) remove(row uint32) {
	block, at := o.place(row)
	if block >= len(o.blocks) || at >= len(o.blocks[block]) || o.blocks[block][at] != row {
		return
	}
	o.size--
	if o.blocks[block] = slices.Delete(o.blocks[block], at, at+1); len(o.blocks[block]) == 0 {
		o.blocks = slices.Delete(o.blocks, block, block+1)
		return
	}
	if next := block + 1; next < len(o.blocks) && len(o.blocks[block])+len(o.blocks[next]) <= blockSize/2 {
		o.blocks[block] = append(o.blocks[block], o.blocks[next]...)
		o.blocks = slices.Delete(o.blocks, next, next+1)
	}
}

// countBefore returns how many rows come before the first for which reached is true. For all rows behind that one it must be true too.
func (o *order) countBefore(reached func(row uint32) bool) (n int) {
	block := sort.Search(len(o.blocks), func(i int) bool { return reached(o.blocks[i][0]) }) - 1
	if block < 0 {
		return 0
	}
	for _, rows := range o.blocks[:block] {
		n += len(rows)
	}
	rows := o.blocks[block]
	return n + sort.Search(len(rows), func(i int) bool { return reached(rows[i]) })
}

// visit calls fn with all rows but the first from, in either direction, until fn returns false.
func (o *order) visit(from int, desc bool, fn func(row uint32) bool) {
	for i := range o.blocks {
		if desc {
			i = len(o.blocks) - 1 - i
		}
		rows := o.blocks[i]
		if from >= len(rows) {
			from -= len(rows)
			continue
		}
		for j := from; j < len(rows); j++ {
			at := j
			if desc {
				at = len(rows) - 1 - j
			}
			if !fn(rows[at]) {
				return
			}
		}
		from = 0
	}
}

// maxSorted is the largest number of rows that page sorts. For a page of more rows it walks through the order.
const maxSorted = 2_000

// page returns the rows of within in this order, from offset on.
func (o *order) page(within *roaring.Bitmap, desc bool, offset, limit int) []uint32 {
	total := int(within.GetCardinality())
	if offset >= total {
		return nil
	}
	if total <= maxSorted {
		return o.sorted(within, desc, offset, limit)
	}
	if total-offset-limit < offset { // the page is nearer to the end: walk from there
		skip := max(0, total-offset-limit)
		rows := o.walk(within, total, !desc, skip, min(limit, total-offset))
		slices.Reverse(rows)
		return rows
	}
	return o.walk(within, total, desc, offset, limit)
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

// walk returns rows of within, in either direction, after skipping some of them. total is how many rows within has. When these are all
// rows of the order, walk jumps to the first that it returns.
func (o *order) walk(within *roaring.Bitmap, total int, desc bool, skip, limit int) []uint32 {
	rows := make([]uint32, 0, limit)
	if total == o.size {
		o.visit(skip, desc, func(row uint32) bool {
			rows = append(rows, row)
			return len(rows) < limit
		})
		return rows
	}
	wanted := column.BitsOf(within, int(within.Maximum())+1)
	defer wanted.Free()
	o.visit(0, desc, func(row uint32) bool {
		if !wanted.Contains(row) {
			return true
		}
		if skip--; skip < 0 {
			rows = append(rows, row)
		}
		return len(rows) < limit
	})
	return rows
}

// newest returns rows of within in the order of creation, from offset on.
func newest(within *roaring.Bitmap, desc bool, offset, limit int) []uint32 {
	total := int(within.GetCardinality())
	limit = min(limit, total-offset)
	if limit <= 0 {
		return nil
	}
	from := offset
	if desc {
		from = total - offset - limit
	}
	first, err := within.Select(uint32(from))
	if err != nil {
		return nil
	}
	rows := make([]uint32, 0, limit)
	it := within.Iterator()
	for it.AdvanceIfNeeded(first); it.HasNext() && len(rows) < limit; {
		rows = append(rows, it.Next())
	}
	if desc {
		slices.Reverse(rows)
	}
	return rows
}
