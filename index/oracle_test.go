package index

import (
	"slices"
	"sync"
	"testing"

	"crm/store"
	"crm/store/sample"
)

// generated is a house with sample people whom Bleve has, one for all runs of the fuzz target.
var generated = sync.OnceValue(func() *house {
	return newShared(sample.Options{Seed: 7, Customers: 3000, Now: store.Now()})
})

// plain answers a query by asking the matcher about everyone: ids by tier, newest first within each.
func plain(h *house, q *query) []store.ID {
	c := h.index.customers
	match := func(matches func([]byte) (tier, bool)) []store.ID {
		var tiers [tierCount][]store.ID
		for row := len(c.ids) - 1; row >= 0; row-- {
			if t, ok := matches(c.text.Get(uint32(row))); ok && c.active.Contains(uint32(row)) {
				tiers[t] = append(tiers[t], c.ids[row])
			}
		}
		return slices.Concat(tiers[:]...)
	}
	if found := match(q.match); len(found) > 0 {
		return found
	}
	return match(func(text []byte) (tier, bool) { return tierInside, q.matchTypos(text) })
}

// FuzzSearchEqualsPlainMatcher compares what the index finds with the plain matcher over generated people.
func FuzzSearchEqualsPlainMatcher(f *testing.F) {
	for _, query := range []string{
		"hassan", "ahmed hassan", "a", "el", "06", "0661", "+212 6 6", "@example", "müller", "فاطمة", "hasan", "benjeloun", "riad", "xyzzy", "an", "sara el am",
		"00212", "la", "c'est", "o'", "jean-p", "mohamed mohamed", "e b", "gmail", "٠٦", "ahm?d*", "\"sara\"", "mohammmed",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := parseQuery(text)
		if err != nil || q.empty() {
			return
		}
		h := generated()
		want := plain(h, &q)
		var got []store.ID
		for offset := 0; ; offset += 100 {
			page, err := h.index.Customers(CustomerQuery{Text: text, CustomerFilter: CustomerFilter{Active: new(true)}, Slice: Slice{Offset: offset, Limit: 100}})
			if err != nil {
				t.Fatal(err)
			}
			if page.Total != len(want) {
				t.Fatalf("%q: total %d, want %d", text, page.Total, len(want))
			}
			if got = append(got, page.IDs...); len(page.IDs) == 0 {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: found %d in another order than the plain matcher's %d", text, len(got), len(want))
		}
	})
}
