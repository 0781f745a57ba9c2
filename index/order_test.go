package index

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// TestOrder compares an order with a sorted slice over many adds, removes and moves.
func TestOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const rows = 6 * blockSize
	key := make([]int, rows)
	less := func(a, b uint32) bool { return key[a] < key[b] || key[a] == key[b] && a < b }
	o, in := newOrder(less), roaring.New()
	put := func(row uint32, k int) {
		if in.Contains(row) {
			o.remove(row)
		}
		key[row] = k
		o.add(row)
		in.Add(row)
	}
	check := func(what string) {
		t.Helper()
		want := in.ToArray()
		slices.SortFunc(want, func(a, b uint32) int {
			if less(a, b) {
				return -1
			}
			return 1
		})
		if got := o.page(in, false, 0, rows); !slices.Equal(got, want) {
			t.Fatalf("%s: got %d rows %v…, want %d %v…", what, len(got), got[:min(5, len(got))], len(want), want[:min(5, len(want))])
		}
		for _, rows := range o.blocks {
			if len(rows) == 0 || cap(rows) != blockSize {
				t.Fatalf("%s: a block has %d rows and room for %d", what, len(rows), cap(rows))
			}
		}
		checkPages(t, o, in, want, random)
		at := random.IntN(rows)
		before := 0
		for _, row := range want {
			if key[row] < at {
				before++
			}
		}
		if got := o.countBefore(func(row uint32) bool { return key[row] >= at }); got != before {
			t.Fatalf("%s: %d rows have a key below %d, want %d", what, at, got, before)
		}
	}
	check("empty")
	for row := range uint32(rows) {
		put(row, int(row)) // in order, as times come
	}
	if want := rows / blockSize; len(o.blocks) != want {
		t.Errorf("rows in order fill %d blocks, want %d", len(o.blocks), want)
	}
	check("in order")
	for range rows {
		put(uint32(random.IntN(rows)), random.IntN(rows))
	}
	check("moved")
	for row := range uint32(rows) {
		if random.IntN(20) > 0 {
			o.remove(row)
			o.remove(row) // a second time changes nothing
			in.Remove(row)
		}
	}
	check("few left")
	if most := 2 * (o.size/(blockSize/2) + 1); len(o.blocks) > most {
		t.Errorf("%d rows are in %d blocks, want at most %d", o.size, len(o.blocks), most)
	}
	for row := range uint32(rows) {
		o.remove(row)
	}
	in.Clear()
	check("none left")
}

// checkPages asks for pages of all rows and of a part of them, in both directions.
func checkPages(t *testing.T, o *order, in *roaring.Bitmap, sorted []uint32, random *rand.Rand) {
	t.Helper()
	part := roaring.New()
	for _, row := range sorted {
		if random.IntN(2) == 0 {
			part.Add(row)
		}
	}
	for _, within := range []*roaring.Bitmap{in, part} {
		wanted := slices.DeleteFunc(slices.Clone(sorted), func(row uint32) bool { return !within.Contains(row) })
		for _, desc := range []bool{false, true} {
			if desc {
				slices.Reverse(wanted)
			}
			for range 20 {
				offset, limit := random.IntN(len(sorted)+2), 1+random.IntN(30)
				want := wanted[min(offset, len(wanted)):min(offset+limit, len(wanted))]
				if got := o.page(within, desc, offset, limit); !slices.Equal(got, want) {
					t.Fatalf("page at %d, descending %t: got %v, want %v", offset, desc, got, want)
				}
			}
		}
	}
}
