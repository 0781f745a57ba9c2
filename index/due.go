package index

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
	"crm/store"
)

// A Due selects interactions that need a follow-up, by the date of the follow-up.
type Due struct {
	From, To store.Time // From ≤ follow_up_date < To
	Undated  bool       // also those without a date
}

// dueRows returns the rows that d selects. It visits no others.
func (t *interactions) dueRows(d Due) *roaring.Bitmap {
	rows := column.NewBits(len(t.ids))
	defer rows.Free()
	first := t.byDue.countBefore(func(row uint32) bool { return t.due[row] >= d.From })
	t.byDue.visit(first, false, func(row uint32) bool {
		if t.due[row] >= d.To {
			return false
		}
		rows.Add(row)
		return true
	})
	found := rows.Bitmap()
	if d.Undated {
		found.Or(t.undated)
	}
	return found
}

// duePage returns rows of within, all of which need a follow-up, from offset on: first in the order of its date, then those without a date
// in the order of creation.
func (t *interactions) duePage(within *roaring.Bitmap, desc bool, offset, limit int) []uint32 {
	undated := roaring.And(within, t.undated)
	dated := roaring.AndNot(within, undated)
	parts := []func(offset, limit int) []uint32{
		func(offset, limit int) []uint32 { return t.byDue.page(dated, desc, offset, limit) },
		func(offset, limit int) []uint32 { return newest(undated, desc, offset, limit) },
	}
	before := int(dated.GetCardinality())
	if desc {
		slices.Reverse(parts)
		before = int(undated.GetCardinality())
	}
	found := parts[0](offset, limit)
	if limit -= len(found); limit > 0 {
		found = append(found, parts[1](max(0, offset-before), limit)...)
	}
	return found
}
