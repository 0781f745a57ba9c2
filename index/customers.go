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
	"crm/store/text"
)

// customers are the facets of the customers.
type customers struct {
	home   text.Country // of phone numbers without a country code
	ids    ids
	active *roaring.Bitmap
	facets map[string]*facet // by criteria key
	text   column.Texts
	times  [2][]store.Time // updated_at and last_interaction by row
	name   *order
	sorted [2]*order // by times
	buf    []byte

	cache  sync.Map     // key of a filter → *roaring.Bitmap, its rows
	cached atomic.Int64 // how many rows were put into the cache, or found it full
}

const (
	byUpdated = iota
	byLast
)

func newCustomers(home text.Country) *customers {
	c := &customers{home: home, active: roaring.New(), facets: map[string]*facet{}}
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

// put adds or replaces a customer. last is the last interaction of one that is new; later moveLast sets it. put returns the row, and
// whether the text is new or has changed.
func (c *customers) put(p *store.Customer, last store.Time) (row uint32, changed bool) {
	c.clearCache()
	row, known := c.ids.row(p.ID)
	if !known {
		c.ids = column.Grow(c.ids)
		c.ids[row] = p.ID
		for i := range c.times {
			c.times[i] = column.Grow(c.times[i])
		}
	}
	changed = c.putText(row, known, p)
	c.putTime(row, known, byUpdated, p.UpdatedAt)
	if !known {
		c.putTime(row, known, byLast, last)
	}
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

// all returns every row.
func (c *customers) all() *roaring.Bitmap { return column.UpTo(len(c.ids)) }

// where returns the rows that pass a filter. The caller must not change the bitmap.
func (c *customers) where(f CustomerFilter) *roaring.Bitmap {
	if len(f.Values) == 0 {
		return c.withActive(f.Active)
	}
	key := f.key()
	if rows, ok := c.cache.Load(key); ok {
		return rows.(*roaring.Bitmap)
	}
	var must []*roaring.Bitmap
	for key, values := range f.Values {
		if facet := c.facets[key]; facet != nil {
			must = append(must, facet.any(values))
		} else {
			must = append(must, roaring.New()) // nobody: to ignore an unknown key would select the wrong people for a mailing
		}
	}
	slices.SortFunc(must, func(a, b *roaring.Bitmap) int { return cmp.Compare(a.GetCardinality(), b.GetCardinality()) })
	rows := intersect(c.withActive(f.Active), must)
	if c.cached.Add(1) <= maxCached {
		c.cache.Store(key, rows)
	}
	return rows
}

// withActive returns the active customers, the others, or everyone.
func (c *customers) withActive(active *bool) *roaring.Bitmap {
	switch {
	case active == nil:
		return c.all()
	case *active:
		return c.active
	}
	return roaring.AndNot(c.all(), c.active)
}

// maxCached bounds how many filters' rows are cached between two changes. Users who page through a list ask for the same rows again.
const maxCached = 128

// clearCache removes the rows that where has cached. The caller holds the lock for writing.
func (c *customers) clearCache() {
	if c.cached.Swap(0) > 0 {
		c.cache.Clear()
	}
}

// key returns a text that no other filter has.
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

// intersect returns the rows that are in base and in all others. It changes none of them.
func intersect(base *roaring.Bitmap, others []*roaring.Bitmap) *roaring.Bitmap {
	if len(others) == 0 {
		return base
	}
	return roaring.FastAnd(append(others, base)...)
}

// page returns the ids from offset on, in the order of sort.
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
