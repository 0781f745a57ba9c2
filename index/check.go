package index

import (
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store"
)

// Check compares what is saved in an index's folder with the store: the facets with the rows, and the search's terms with the
// texts. It returns a sentence for each kind of difference; a start of the service would make neither anew by itself.
// What is not there, or is older than the store, is no difference: it is brought up to date at the next start. Nobody may write to the
// folder meanwhile; Check changes nothing in it.
func Check(st *store.Store, dir string, o Options) (problems []string, err error) {
	ix := New(st, dir, o)
	fresh, seq, err := ix.readStore()
	if err != nil {
		return nil, err
	}
	if problems, err = ix.checkSaved(fresh); err != nil {
		return nil, err
	}
	ix.facets, ix.applied = fresh, seq
	found, err := ix.checkSearch()
	return append(problems, found...), err
}

// Behind is how many changes of the store the saved facets do not have, all of them when nothing is saved: what the next
// start reads.
func Behind(st *store.Store, dir string, o Options) uint64 {
	ix := New(st, dir, o)
	_, seq, err := ix.loadSaved()
	if err != nil {
		return st.Seq()
	}
	return st.Seq() - seq
}

// checkSaved brings the saved facets up to date and compares them with fresh ones.
func (ix *Index) checkSaved(fresh *facets) ([]string, error) {
	saved, seq, err := ix.loadSaved()
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, errStale), lostTrack(err):
		return nil, nil
	case err != nil:
		return []string{fmt.Sprintf("the saved facets cannot be read: %v", err)}, nil
	}
	ix.facets, ix.applied = saved, seq
	for ix.Applied() < ix.store.Seq() {
		if err := ix.apply(); lostTrack(err) {
			return nil, nil // they are rebuilt at the next start
		} else if err != nil {
			return nil, err
		}
	}
	return compareFacets(saved, fresh), nil
}

// A difference counts records of one kind whose facets are not those of their rows.
type difference struct {
	what  string
	n     int
	first store.ID
}

func (d *difference) unless(same bool, id store.ID) {
	if same {
		return
	}
	if d.n++; d.n == 1 {
		d.first = id
	}
}

func (d *difference) sentence(list []string) []string {
	if d.n == 0 {
		return list
	}
	return append(list, fmt.Sprintf("the saved facets of %d %s are not those of the store, first those of %s", d.n, d.what, d.first))
}

// compareFacets compares by id: rows of what was deleted make other row numbers.
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

// listed is the ids in an order.
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

// sameValues compares a row's values in two facets, and that the bitmaps agree.
func sameValues(a, b *facet, rowA, rowB uint32) bool {
	namesA, okA := a.valuesOf(rowA)
	namesB, okB := b.valuesOf(rowB)
	return okA && okB && slices.Equal(namesA, namesB)
}

// valuesOf is the folded values of a row, sorted, and whether their bitmaps have the row.
func (f *facet) valuesOf(row uint32) (names []string, ok bool) {
	ok = true
	for _, v := range f.set[f.of.Get(row)] {
		names = append(names, f.names[v])
		ok = ok && f.rows[v].Contains(row)
	}
	slices.Sort(names)
	return names, ok
}

// eachLive calls compare with the rows of every record that exists, and counts those that only one of the two has.
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

// customerOf is the id of the customer whose chain has a row, by a pass over all chains.
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

// checkSearch compares each document of Bleve's index with its customer's text, unless the log says that the customer has
// changed since the index was written.
func (ix *Index) checkSearch() (problems []string, err error) {
	if _, err := os.Stat(filepath.Join(ix.bleveDir(), rootFile)); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if _, err := verify(ix.bleveDir()); err != nil {
		return []string{fmt.Sprintf("the search index is damaged: %v", err)}, nil
	}
	b, err := openBleve(ix.bleveDir(), true)
	if err != nil {
		return []string{fmt.Sprintf("the search index cannot be opened: %v", err)}, nil
	}
	defer func() { err = errors.Join(err, b.close()) }()
	v, err := newView(b, nil, ix.rowOf)
	if err != nil {
		return []string{fmt.Sprintf("the search index cannot be read: %v", err)}, nil
	}
	defer v.reader.Close()
	held, err := v.state()
	if err != nil || held.database != ix.store.ID() || held.cursor > ix.store.Seq() {
		return nil, nil // of other data: it is made anew at the next start
	}
	changed, err := ix.changedSince(held.cursor)
	if lostTrack(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	d := difference{what: "customers"}
	for _, row := range roaring.AndNot(roaring.AndNot(ix.customers.all(), v.covered()), changed).ToArray() {
		d.unless(false, ix.customers.ids[row])
	}
	for _, s := range v.segments {
		if err := ix.checkSegment(&s, changed, &d); err != nil {
			return []string{fmt.Sprintf("the search index cannot be read: %v", err)}, nil
		}
	}
	if d.n > 0 {
		problems = append(problems, fmt.Sprintf("the search index does not have the texts of %d customers, first of %s", d.n, d.first))
	}
	return problems, nil
}

// checkSegment adds up the hashes of each document's terms and compares the sum with that of the customer's text.
func (ix *Index) checkSegment(s *segmentRows, changed *roaring.Bitmap, d *difference) error {
	seed := maphash.MakeSeed()
	sums, err := s.termSums(seed)
	if err != nil {
		return err
	}
	deleted := s.segment.Deleted()
	for doc, row := range s.rows {
		if row != noRow && !changed.Contains(row) && (deleted == nil || !deleted.Contains(uint32(doc))) {
			d.unless(sums[doc] == termSum(seed, ix.customers.text.Get(row)), ix.customers.ids[row])
		}
	}
	return nil
}

// termSums is the sum of the hashes of each document's terms.
func (s *segmentRows) termSums(seed maphash.Seed) (sums []uint64, err error) {
	defer recovered(&err)
	sums = make([]uint64, len(s.rows))
	dict, err := s.segment.Segment().Dictionary(fieldTerms)
	if err != nil {
		return nil, err
	}
	all := dict.AutomatonIterator(nil, nil, nil)
	for entry, err := all.Next(); entry != nil || err != nil; entry, err = all.Next() {
		if err != nil {
			return nil, err
		}
		docs, err := posting(dict, entry.Term)
		if err != nil {
			return nil, err
		}
		hash := maphash.String(seed, entry.Term)
		for _, doc := range docs.ToArray() {
			sums[doc] += hash
		}
	}
	return sums, nil
}

// termSum is the sum of the hashes of the terms that a text has.
func termSum(seed maphash.Seed, text []byte) (sum uint64) {
	field := termsField{text: text}
	field.Analyze()
	for term := range field.terms {
		sum += maphash.String(seed, term)
	}
	return sum
}
