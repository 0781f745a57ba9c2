package index

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"crm/store"
	"crm/store/sample"
	"crm/store/zone"
)

// benchmarked returns an index over 100,000 customers, 200,000 interactions and 50,000 feedback, which all benchmarks share.
var benchmarked = sync.OnceValue(func() *fixture {
	return newShared(sample.Options{Seed: 1, Customers: 100_000, Interactions: 200_000, Feedback: 50_000, Now: store.Now()})
})

// BenchmarkSearch answers the first page of each kind of query, with its exact total.
func BenchmarkSearch(b *testing.B) {
	ix := benchmarked().index
	for _, text := range []string{"hassan alaoui", "612345", "ahmed.hassan@example.com", "mohamed", "alaouui", "m", "example"} {
		for name, filter := range map[string]CustomerFilter{
			"all":      {Active: new(true)},
			"filtered": {Active: new(true), Values: store.Criteria{"region": {"Casablanca"}, "loyalty_status": {"Gold"}}},
		} {
			b.Run(text+"/"+name, func(b *testing.B) {
				total := 0
				for b.Loop() {
					page, err := ix.Customers(CustomerQuery{Text: text, CustomerFilter: filter, Slice: Slice{Limit: 20}})
					if err != nil {
						b.Fatal(err)
					}
					total = page.Total
				}
				b.ReportMetric(float64(total), "matches")
			})
		}
	}
}

// BenchmarkSlowSearch answers queries that cost most: words that everyone has, many words, and long words with typos that nobody has or
// few have. None may take 50 ms.
func BenchmarkSlowSearch(b *testing.B) {
	ix := benchmarked().index
	for name, text := range map[string]string{
		"everyone":       "example com exampl xample ampl mple exam le.com ple.co xam",
		"short":          "a e l m b s f h k n o r y z d i",
		"pieces":         "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p",
		"typos":          "mohammmed benjellounn alaouissi abdelkhalekk elidrissii fatimazzzahra",
		"nobody":         "xylophonezzz abcdefghijk qwertyuiopas zxcvbnmasdf plmoknijbuh yhnujmikolp",
		"long":           strings.Repeat("mohamed", 28),
		"name and typos": "mohamed el alaouui",
		"arabic":         "محمدد العلويي بنجلونن",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := ix.Customers(CustomerQuery{Text: text, Slice: Slice{Limit: 20}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCustomers lists pages in every order, first and in the middle.
func BenchmarkCustomers(b *testing.B) {
	ix := benchmarked().index
	for _, sort := range []string{"", "name", "updated_at", "last_interaction"} {
		for name, filter := range map[string]CustomerFilter{
			"all":      {},
			"filtered": {Active: new(true), Values: store.Criteria{"preferred_language": {"French"}}},
		} {
			for _, offset := range []int{0, 20_000} {
				b.Run(fmt.Sprintf("sort=%s/%s/offset=%d", sort, name, offset), func(b *testing.B) {
					for b.Loop() {
						if _, err := ix.Customers(CustomerQuery{CustomerFilter: filter, Slice: Slice{Sort: sort, Offset: offset, Limit: 20}}); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

func BenchmarkInteractions(b *testing.B) {
	ix := benchmarked().index
	for name, filter := range map[string]InteractionFilter{
		"all": {}, "channel": {Channel: "phone"}, "follow_up": {FollowUp: new(true)},
		"due": {Due: &Due{To: store.TimeOf(store.Now()), Undated: true}}, "from": {From: new(store.TimeOf(store.Now().AddDate(-1, 0, 0)))},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				ix.Interactions(filter, Slice{Offset: 20_000, Limit: 20})
			}
		})
	}
}

func BenchmarkFeedback(b *testing.B) {
	ix := benchmarked().index
	for name, filter := range map[string]FeedbackFilter{"all": {}, "open": {Ratings: []int{1}, Resolved: new(false)}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := ix.Feedback(filter, Slice{Limit: 20}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkStats(b *testing.B) {
	ix := benchmarked().index
	b.Run("values", func(b *testing.B) {
		for b.Loop() {
			ix.Values("tags")
		}
	})
	b.Run("interactions", func(b *testing.B) {
		for b.Loop() {
			ix.InteractionStats(store.TimeOf(store.Now()), zone.UTC, 365)
		}
	})
	b.Run("feedback", func(b *testing.B) {
		for b.Loop() {
			ix.FeedbackStats(store.TimeOf(store.Now()), zone.UTC, 365)
		}
	})
}

// BenchmarkApply makes changes and applies them to the facets: a create costs its commit and what follows it.
func BenchmarkApply(b *testing.B) {
	for name, make := range map[string]func(h *fixture, n int, someone store.ID){
		"customer": func(h *fixture, n int, _ store.ID) {
			h.create("Fatima Zahra El Idrissi", fmt.Sprintf("n%d@example.com", n), fmt.Sprintf("06%08d", n))
		},
		"interaction": func(h *fixture, _ int, someone store.ID) { h.interaction(someone, "phone") },
	} {
		b.Run(name, func(b *testing.B) {
			h := newFixture(b)
			someone := h.create("Hassan Alaoui", "hassan@example.com", "0612345678")
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				make(h, n, someone)
				if err := h.index.Wait(b.Context(), h.store.Seq()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStart reads the saved facets, as a start after a clean stop does; and every row, as without them.
func BenchmarkStart(b *testing.B) {
	h := benchmarked()
	h.index.mu.Lock()
	h.index.save(1)
	h.index.mu.Unlock()
	b.Run("saved", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := loadFacets(h.index.savedFile(), originOf(h.store)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := New(h.store, b.TempDir(), Options{}).readStore(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
