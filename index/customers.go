package index

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
	"crm/index/search"
	"crm/store"
)

// customers are the facets of the customers.
type customers struct {
	home   search.Country // of phone numbers without a country code
	ids    ids
	active *roaring.Bitmap
	facets map[string]*facet // by criteria key
	text   column.Texts
	times  [2][]store.Time // updated_at and last_interaction by row
	name   *order
	sorted [2]*order // by times
	buf    []byte

	filtered   sync.Map     // filter's key → *roaring.Bitmap
	remembered atomic.Int64 // how many were, or would have been
}

const (
	byUpdated = iota
	byLast
)

func newCustomers(region string) *customers {
	c := &customers{home: search.CountryOf(region), active: roaring.New(), facets: map[string]*facet{}}
	for _, key := range store.CriteriaKeys {
		c.facets[key] = newFacet()
	}
	c.name = newOrder(func(a, b uint32) bool {
		if n := bytes.Compare(search.SortName(c.text.Get(a)), search.SortName(c.text.Get(b))); n != 0 {
			return n < 0
		}
		return a < b
	})
	for i := range c.sorted {
		c.sorted[i] = newOrder(func(a, b uint32) bool {
			return cmp.Or(cmp.Compare(c.times[i][a], c.times[i][b]), cmp.Compare(a, b)) < 0
		})
	}
	return c
}

// put takes a customer as it is now and reports its row and whether its text is another than before.
func (c *customers) put(p *store.Customer) (row uint32, changed bool) {
	c.forget()
	row, known := c.ids.row(p.ID)
	if !known {
		c.ids = column.Grow(c.ids)
		c.ids[row] = p.ID
		for i := range c.times {
			c.times[i] = column.Grow(c.times[i])
		}
	}
	changed = c.putText(row, known, p)
	last := store.Never
	if p.LastInteraction != nil {
		last = *p.LastInteraction
	}
	c.putTime(row, known, byUpdated, p.UpdatedAt)
	c.putTime(row, known, byLast, last)
	for key, facet := range c.facets {
		facet.put(row, store.CriteriaValues(p, key)...)
	}
	if p.IsActive {
		c.active.Add(row)
	} else {
		c.active.Remove(row)
	}
	return row, changed
}

func (c *customers) putText(row uint32, known bool, p *store.Customer) bool {
	c.buf = search.AppendText(c.buf[:0], p, c.home)
	if known {
		if bytes.Equal(c.text.Get(row), c.buf) {
			return false
		}
		c.name.remove(row)
	}
	c.text.Put(row, c.buf)
	c.name.add(row)
	return true
}

func (c *customers) putTime(row uint32, known bool, by int, t store.Time) {
	if known {
		if c.times[by][row] == t {
			return
		}
		c.sorted[by].remove(row)
	}
	c.times[by][row] = t
	c.sorted[by].add(row)
}

// all is every row.
func (c *customers) all() *roaring.Bitmap { return column.UpTo(len(c.ids)) }

// where is the rows that pass a filter; the bitmap is the caller's to read only.
func (c *customers) where(f CustomerFilter) *roaring.Bitmap {
	if len(f.Values) == 0 {
		return c.whether(f.Active)
	}
	key := f.key()
	if rows, ok := c.filtered.Load(key); ok {
		return rows.(*roaring.Bitmap)
	}
	var must []*roaring.Bitmap
	for key, values := range f.Values {
		if facet := c.facets[key]; facet != nil {
			must = append(must, facet.any(values))
		} else {
			must = append(must, roaring.New()) // nobody: ignoring what is not known would put the wrong people in a mailing
		}
	}
	slices.SortFunc(must, func(a, b *roaring.Bitmap) int { return cmp.Compare(a.GetCardinality(), b.GetCardinality()) })
	rows := and(c.whether(f.Active), must)
	if c.remembered.Add(1) <= maxFiltered {
		c.filtered.Store(key, rows)
	}
	return rows
}

// whether is the active customers, the others, or everyone.
func (c *customers) whether(active *bool) *roaring.Bitmap {
	switch {
	case active == nil:
		return c.all()
	case *active:
		return c.active
	}
	return roaring.AndNot(c.all(), c.active)
}

// maxFiltered bounds how many filters' rows are remembered between two changes: whoever pages through a list asks
// for the same ones again.
const maxFiltered = 128

// forget drops what where remembers. The caller holds the lock for writing.
func (c *customers) forget() {
	if c.remembered.Swap(0) > 0 {
		c.filtered.Clear()
	}
}

// key tells a filter from every other.
func (f *CustomerFilter) key() string {
	var b strings.Builder
	if f.Active != nil {
		b.WriteString(strconv.FormatBool(*f.Active))
	}
	for _, key := range slices.Sorted(maps.Keys(f.Values)) {
		fmt.Fprintf(&b, " %s=%q", key, f.Values[key])
	}
	return b.String()
}

// and intersects base with all others, without changing any.
func and(base *roaring.Bitmap, others []*roaring.Bitmap) *roaring.Bitmap {
	if len(others) == 0 {
		return base
	}
	return roaring.FastAnd(append(others, base)...)
}

// page is the ids from offset on, in the order of sort.
func (c *customers) page(rows *roaring.Bitmap, sort string, desc bool, offset, limit int) []store.ID {
	var found []uint32
	switch sort {
	case "name":
		found = c.name.page(rows, desc, offset, limit)
	case "updated_at":
		found = c.sorted[byUpdated].page(rows, desc, offset, limit)
	case "last_interaction":
		found = c.sorted[byLast].page(rows, desc, offset, limit)
	default:
		found = newest(rows, desc, offset, limit)
	}
	return c.ids.of(found)
}
