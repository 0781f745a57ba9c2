package index

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"crm/store"
)

// TestBestMatchesFirst pages through the answers to a query: whole words before beginnings of words before the rest, and of those
// that are as good the newest first.
func TestBestMatchesFirst(t *testing.T) {
	h := newFixture(t)
	var ids []store.ID
	for i, name := range []string{"Karim Salami", "Alami Hassan", "Alamine Sara", "Bensalami Omar", "Nadia Alami", "Alamiya Tours"} {
		ids = append(ids, h.create(name, fmt.Sprintf("c%d@example.com", i), "0612345678"))
	}
	h.create("Nobody Else", "x@example.com", "0612345678")
	want := []store.ID{ids[4], ids[1], ids[5], ids[2], ids[3], ids[0]}
	for _, settled := range []bool{false, true} {
		if settled {
			h.settled()
		}
		if err := h.index.Wait(context.Background(), h.store.Seq()); err != nil {
			t.Fatal(err)
		}
		for limit := 1; limit <= 7; limit++ {
			var got []store.ID
			for offset := 0; offset < 8; offset += limit {
				page, err := h.index.Customers(CustomerQuery{Text: "alami", Slice: Slice{Offset: offset, Limit: limit}})
				if err != nil || page.Total != 6 {
					t.Fatalf("got a total of %d, %v; want 6", page.Total, err)
				}
				got = append(got, page.IDs...)
			}
			if !slices.Equal(got, want) {
				t.Errorf("settled %v, pages of %d: got %v, want %v", settled, limit, got, want)
			}
		}
	}
}
