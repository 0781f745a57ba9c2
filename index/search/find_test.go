package search

import (
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/store"
	"crm/store/sample"
)

// sampled returns a directory of sample people that Bleve has. All runs of the fuzz target share it.
var sampled = sync.OnceValue(func() *directory {
	dir, err := os.MkdirTemp("", "crm-search-test-")
	if err != nil {
		panic(err)
	}
	d := newDirectory(panicker{}, dir)
	shared = append(shared, d)
	for c := range sample.New(sample.Options{Seed: 7, Customers: 3000, Now: store.Now()}).Customers() {
		d.put(c)
	}
	d.start()
	d.settled()
	return d
})

// scan returns the rows that answer a query by asking the matcher about every row.
func scan(d *directory, q *Query) (found [tierCount][]uint32) {
	m := matcher{query: q}
	ask := func(matches func([]byte) (tier, bool)) (n int) {
		for row := range uint32(d.texts.Len()) {
			if t, ok := matches(d.texts.Get(row)); ok {
				found[t] = append(found[t], row)
				n++
			}
		}
		return n
	}
	if ask(m.match) == 0 && q.mayHaveTypos() {
		ask(m.matchTypos)
	}
	return found
}

// FuzzFindEqualsScan compares what Find returns with the matcher's answers about every row, for all rows and for a part of them.
func FuzzFindEqualsScan(f *testing.F) {
	for _, query := range []string{
		"hassan", "ahmed hassan", "a", "el", "06", "0661", "+212 6 6", "@example", "müller", "فاطمة", "hasan", "benjeloun", "riad", "xyzzy", "an", "sara el am",
		"00212", "la", "c'est", "o'", "jean-p", "mohamed mohamed", "e b", "gmail", "٠٦", "ahm?d*", "\"sara\"", "mohammmed",
		"el alaoui", "elalaoui", "elalaui", "el alaui", "d el", "a e l", "fatimaz", "z zahra", "a el id", "r.al", "el-fassi@", "ahmed.el", "عبد ال", "بنج",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseQuery(text, home)
		if err != nil || q.Empty() {
			return
		}
		d := sampled()
		want := scan(d, &q)
		for tier, rows := range d.engine.Find(&q, &d.texts, d.all()) {
			if got := rows.ToArray(); !slices.Equal(got, want[tier]) {
				t.Errorf("%q: got %d rows of tier %d, want %d", text, len(got), tier, len(want[tier]))
			}
		}
		if len(slices.Concat(want[:]...)) == 0 || q.mayHaveTypos() {
			return
		}
		part := roaring.New()
		for row := uint32(0); int(row) < d.texts.Len(); row += 3 {
			part.Add(row)
		}
		for tier, rows := range d.engine.Find(&q, &d.texts, part) {
			if want := roaring.And(part, roaring.BitmapOf(want[tier]...)); !rows.Equals(want) {
				t.Errorf("%q in every third row: got %d rows of tier %d, want %d", text, rows.GetCardinality(), tier, want.GetCardinality())
			}
		}
	})
}
