package index

import (
	"fmt"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store"
)

// A difference counts the records of one kind whose saved facets are not those of the store.
type difference struct {
	what  string
	n     int
	first store.ID
}

// unless counts a record whose facets are not the same.
func (d *difference) unless(same bool, id store.ID) {
	if same {
		return
	}
	if d.n++; d.n == 1 {
		d.first = id
	}
}

// sentence appends a sentence about the difference to a list, if there is one.
func (d *difference) sentence(list []string) []string {
	if d.n == 0 {
		return list
	}
	return append(list, fmt.Sprintf("the saved facets of %d %s are not those of the store, first those of %s", d.n, d.what, d.first))
}

// compareFacets compares by id. The row numbers may differ, since only the saved facets may have rows of deleted records.
func compareFacets(saved, fresh *facets) (problems []string) {
	problems = compareCustomers(saved.customers, fresh.customers)
	problems = compareInteractions(saved, fresh).sentence(problems)
	problems = compareFeedback(saved, fresh).sentence(problems)
	orders := []struct {
		name               string
		saved, fresh       *order
		savedIDs, freshIDs ids
	}{
		{"customers by name", saved.customers.name, fresh.customers.name, saved.customers.ids, fresh.customers.ids},
		{"customers by change", saved.customers.sorted[byUpdated], fresh.customers.sorted[byUpdated], saved.customers.ids, fresh.customers.ids},
		{"customers by interaction", saved.customers.sorted[byLast], fresh.customers.sorted[byLast], saved.customers.ids, fresh.customers.ids},
		{"interactions by time", saved.interactions.byTime, fresh.interactions.byTime, saved.interactions.ids, fresh.interactions.ids},
		{"interactions by follow-up", saved.interactions.byDue, fresh.interactions.byDue, saved.interactions.ids, fresh.interactions.ids},
	}
	for _, o := range orders {
		if !slices.Equal(o.saved.listed(o.savedIDs), o.fresh.listed(o.freshIDs)) {
			problems = append(problems, "the saved order of "+o.name+" is not that of the store")
		}
	}
	if !maps.EqualFunc(saved.interactions.hours, fresh.interactions.hours, (*hour).equal) {
		problems = append(problems, "the saved statistics of interactions are not those of the store")
	}
	return problems
}

// listed returns the ids of the rows in an order.
func (o *order) listed(of ids) []store.ID {
	list := make([]store.ID, 0, o.size)
	o.visit(0, false, func(row uint32) bool {
		list = append(list, of[row])
		return true
	})
	return list
}

func compareCustomers(saved, fresh *customers) (problems []string) {
	if !slices.Equal(saved.ids, fresh.ids) {
		return []string{fmt.Sprintf("the saved facets have %d customers, the store has %d or others", len(saved.ids), len(fresh.ids))}
	}
	d := difference{what: "customers"}
	for i, id := range fresh.ids {
		row := uint32(i)
		same := saved.active.Contains(row) == fresh.active.Contains(row) && slices.Equal(saved.text.Get(row), fresh.text.Get(row))
		for t := range fresh.times {
			same = same && saved.times[t][row] == fresh.times[t][row]
		}
		for key, facet := range fresh.facets {
			same = same && sameValues(saved.facets[key], facet, row, row)
		}
		d.unless(same, id)
	}
	return d.sentence(nil)
}

// sameValues reports whether two facets have the same values for a row, and their bitmaps too.
func sameValues(a, b *facet, rowA, rowB uint32) bool {
	namesA, okA := a.valuesOf(rowA)
	namesB, okB := b.valuesOf(rowB)
	return okA && okB && slices.Equal(namesA, namesB)
}

// valuesOf returns the folded values of a row, sorted, and reports whether their bitmaps have the row.
func (f *facet) valuesOf(row uint32) (names []string, ok bool) {
	ok = true
	for _, v := range f.set[f.of.Get(row)] {
		names = append(names, f.names[v])
		ok = ok && f.rows[v].Contains(row)
	}
	slices.Sort(names)
	return names, ok
}

// eachLive calls compare with the two rows of every record. It counts the records that are not the same or that only one side has.
func eachLive(d *difference, savedIDs, freshIDs ids, savedLive, freshLive *roaring.Bitmap, compare func(saved, fresh uint32) bool) *difference {
	for _, fresh := range freshLive.ToArray() {
		id := freshIDs[fresh]
		row, known := savedIDs.row(id)
		d.unless(known && savedLive.Contains(row) && compare(row, fresh), id)
	}
	if extra := int(savedLive.GetCardinality()) - int(freshLive.GetCardinality()); extra > 0 {
		d.n += extra
	}
	return d
}

// customerOf returns the customers' ids by row.
func (c *chain) customerOf(people ids) []store.ID {
	of := make([]store.ID, len(c.prev))
	for customer, next := range c.head {
		for ; next != 0; next = c.prev[next-1] {
			of[next-1] = people[customer]
		}
	}
	return of
}

func compareInteractions(savedAll, freshAll *facets) *difference {
	saved, fresh := savedAll.interactions, freshAll.interactions
	savedOf, freshOf := saved.chain.customerOf(savedAll.customers.ids), fresh.chain.customerOf(freshAll.customers.ids)
	return eachLive(&difference{what: "interactions"}, saved.ids, fresh.ids, saved.live, fresh.live, func(a, b uint32) bool {
		return savedOf[a] == freshOf[b] && saved.time[a] == fresh.time[b] && sameDue(saved, a, fresh, b) && saved.minutes[a] == fresh.minutes[b] &&
			saved.followUp.Contains(a) == fresh.followUp.Contains(b) && sameValues(saved.channel, fresh.channel, a, b) && sameValues(saved.staff, fresh.staff, a, b)
	})
}

func sameDue(saved *interactions, a uint32, fresh *interactions, b uint32) bool {
	dueA, dated := saved.due[a]
	dueB, also := fresh.due[b]
	return dated == also && dueA == dueB
}

func compareFeedback(savedAll, freshAll *facets) *difference {
	saved, fresh := savedAll.feedback, freshAll.feedback
	savedOf, freshOf := saved.chain.customerOf(savedAll.customers.ids), fresh.chain.customerOf(freshAll.customers.ids)
	return eachLive(&difference{what: "feedback"}, saved.ids, fresh.ids, saved.live, fresh.live, func(a, b uint32) bool {
		return savedOf[a] == freshOf[b] && saved.time[a] == fresh.time[b] && saved.resolved.Contains(a) == fresh.resolved.Contains(b) &&
			sameValues(saved.service, fresh.service, a, b) && sameValues(saved.rating, fresh.rating, a, b)
	})
}
