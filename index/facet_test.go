package index

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"crm/store/text"
)

// TestFacetAgainstModel puts and clears random values and compares with a plain list of each row's values.
func TestFacetAgainstModel(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	f := newFacet()
	var model [][]string
	words := []string{"VIP", "vip", "Été", "ete", "Desert", "", "a\x00b", "a", "b", "المغرب"}
	for range 5_000 {
		row := uint32(random.IntN(len(model) + 1))
		var values []string
		for range random.IntN(4) {
			values = append(values, words[random.IntN(len(words))])
		}
		if int(row) == len(model) {
			if len(model) == 60 {
				row = uint32(random.IntN(60))
			} else {
				model = append(model, nil)
			}
		}
		if random.IntN(5) == 0 && int(row) < f.of.Len() {
			values = nil
			f.clear(row)
		} else {
			f.put(row, values...)
		}
		model[row] = values
	}
	for _, word := range words {
		var want []uint32
		for row, values := range model {
			if slices.ContainsFunc(values, func(v string) bool { return text.Fold(v) == text.Fold(word) }) {
				want = append(want, uint32(row))
			}
		}
		if got := f.any([]string{word}).ToArray(); !slices.Equal(got, want) {
			t.Errorf("%q: got rows %v, want %v", word, got, want)
		}
	}
}

// TestFacetFrees checks that values that no row has any more take no memory. Otherwise the tags of ten years would.
func TestFacetFrees(t *testing.T) {
	f := newFacet()
	for i := range 10_000 {
		f.put(0, fmt.Sprintf("tag %d", i), fmt.Sprintf("other %d", i), "constant")
	}
	if len(f.values) != 3 || len(f.sets) > 2 || len(f.rows) > 10 || len(f.set) > 5 {
		t.Errorf("after 10,000 changes of one row: %d values, %d sets, %d bitmaps, %d set slots", len(f.values), len(f.sets), len(f.rows), len(f.set))
	}
	f.clear(0)
	if len(f.values) != 0 {
		t.Errorf("after clear: %d values", len(f.values))
	}
}
