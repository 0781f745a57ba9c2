package index

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// check stops the fixture and checks what its index has saved.
func (h *fixture) check() []string {
	h.t.Helper()
	if h.stop != nil {
		h.stop()
	}
	problems, err := Check(h.store, filepath.Join(h.dir, "index"), Options{})
	if err != nil {
		h.t.Fatal(err)
	}
	return problems
}

func TestCheckFindsNothing(t *testing.T) {
	h := newSampleFixture(t)
	h.settled()
	if problems := h.check(); problems != nil {
		t.Errorf("settled: got %q", problems)
	}
	h.start()
	h.settled()
	h.change()
	if problems := h.check(); problems != nil {
		t.Errorf("after changes: got %q", problems)
	}
	h.change() // while nothing follows
	if problems := h.check(); problems != nil {
		t.Errorf("after changes that wait: got %q", problems)
	}
	if problems, err := Check(h.store, t.TempDir(), Options{}); err != nil || problems != nil {
		t.Errorf("without an index: got %q, %v", problems, err)
	}
}

// TestCheckFindsFalseFacets falsifies one saved facet at a time.
func TestCheckFindsFalseFacets(t *testing.T) {
	h := newSampleFixture(t)
	h.settled()
	h.stop()
	file := filepath.Join(h.dir, "index", "facets")
	tests := map[string]func(f *facets){
		"active":             func(f *facets) { f.customers.active.Flip(3, 4) },
		"text":               func(f *facets) { f.customers.text.Get(4)[0] ^= 1 },
		"region":             func(f *facets) { f.customers.facets["region"].put(5, "Atlantis") },
		"bitmap":             func(f *facets) { f.customers.facets["loyalty_status"].rows[0].Clear() },
		"last interaction":   func(f *facets) { f.customers.times[byLast][6]++ },
		"order":              func(f *facets) { f.customers.name.remove(7) },
		"customer":           func(f *facets) { f.customers.ids[8][15]++ },
		"interaction":        func(f *facets) { f.interactions.live.Remove(9) },
		"follow-up":          func(f *facets) { f.interactions.followUp.Flip(10, 11) },
		"duration":           func(f *facets) { f.interactions.minutes[11]++ },
		"interaction's time": func(f *facets) { f.interactions.time[12]++ },
		"chain": func(f *facets) {
			head := f.interactions.chain.head
			head[slices.IndexFunc(head, func(row uint32) bool { return row != 0 })] = 0
		},
		"hours": func(f *facets) {
			for _, h := range f.interactions.hours {
				h.timed++
			}
		},
		"resolved": func(f *facets) { f.feedback.resolved.Flip(14, 15) },
		"rating":   func(f *facets) { f.feedback.rating.put(15, "9") },
		"feedback": func(f *facets) { f.feedback.live.Remove(16) },
	}
	for name, falsify := range tests {
		t.Run(name, func(t *testing.T) {
			f, seq, err := loadFacets(file, originOf(h.store))
			if err != nil {
				t.Fatal(err)
			}
			falsify(f)
			dir := t.TempDir()
			if err := saveFacets(filepath.Join(dir, "facets"), originOf(h.store), f, seq); err != nil {
				t.Fatal(err)
			}
			if problems, err := Check(h.store, dir, Options{}); err != nil || len(problems) == 0 {
				t.Errorf("got %q, %v; want a problem", problems, err)
			}
		})
	}
}

// Check also looks at the files of the search index.
func TestCheckFindsDamagedSearch(t *testing.T) {
	h := newFixture(t)
	h.fill(50)
	h.search("number7") // waits until the customers are known
	h.settled()
	if problems := h.check(); problems != nil {
		t.Fatalf("before: got %q", problems)
	}
	files, err := filepath.Glob(filepath.Join(h.folder(), "*.zap"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no segment in %s, %v", h.folder(), err)
	}
	flip(t, files[0])
	if problems := h.check(); len(problems) != 1 || !strings.Contains(problems[0], "the search index is damaged") {
		t.Errorf("got %q, want that it is damaged", problems)
	}
}
