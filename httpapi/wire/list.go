package wire

import (
	"math"
	"slices"
	"strings"

	"crm/index"
	"crm/store"
	"crm/store/object"
)

// Paging is the page of a list that a client asks for, and the list's order.
type Paging struct {
	Page, Size int
	index.Slice
}

const (
	DefaultSize = 20
	MaxSize     = 100
	maxOffset   = 1 << 30 // longer than every list
)

// Paging reads page, size and sort; fields are those that the list can be sorted by.
func (p *Params) Paging(fields ...string) Paging {
	g := Paging{Page: p.Int("page", 1, math.MaxInt), Size: p.Int("size", DefaultSize, MaxSize)}
	g.Slice = p.Order(fields...)
	g.Offset, g.Limit = min(g.Page-1, maxOffset/MaxSize)*g.Size, g.Size
	return g
}

// Order reads sort; the slice is the whole list.
func (p *Params) Order(fields ...string) index.Slice {
	sort := p.Text("sort")
	field, desc := strings.CutPrefix(sort, "-")
	if sort != "" && !slices.Contains(fields, field) {
		p.Wrong("sort", "enum", "Must be one of: %s; with - in front for descending", strings.Join(fields, ", ")).Params = store.Facts{"values": fields}
	}
	return index.Slice{Sort: field, Desc: desc, Limit: index.All}
}

// AppendTo appends the figures of a list to its envelope.
func (p Paging) AppendTo(o object.Object, total int) object.Object {
	return o.Int("total", total).Int("page", p.Page).Int("size", p.Size).Int("pages", (total+p.Size-1)/p.Size)
}

// PageOf returns a page of a list, given oldest first. If the client asks for no order, the page has the newest first.
func PageOf[T any](p Paging, all []T) []T {
	items := make([]T, 0, p.Size)
	for i := p.Offset; i < min(p.Offset+p.Size, len(all)); i++ {
		at := i
		if p.Desc || p.Sort == "" {
			at = len(all) - 1 - i
		}
		items = append(items, all[at])
	}
	return items
}
