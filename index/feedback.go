package index

import (
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
	"crm/store"
)

// feedback are the facets of the feedback.
type feedback struct {
	ids      ids
	chain    chain
	live     *roaring.Bitmap // rows that are not deleted
	resolved *roaring.Bitmap
	service  *facet
	rating   *facet
	time     []store.Time // submitted_at
}

func newFeedback() *feedback {
	return &feedback{live: roaring.New(), resolved: roaring.New(), service: newFacet(), rating: newFacet()}
}

// put adds or replaces a feedback. customer is its customer's row, or noCustomer.
func (t *feedback) put(f *store.Feedback, customer uint32) {
	row, known := t.ids.row(f.ID)
	if !known {
		t.ids, t.time = column.Grow(t.ids), column.Grow(t.time)
		t.ids[row], t.time[row] = f.ID, f.SubmittedAt
		t.chain.add(customer)
	}
	t.live.Add(row)
	t.service.put(row, f.ServiceType)
	t.rating.put(row, strconv.FormatInt(f.Rating, 10))
	if f.Resolved {
		t.resolved.Add(row)
	} else {
		t.resolved.Remove(row)
	}
}

// remove removes a deleted feedback. Its row is not used again.
func (t *feedback) remove(id store.ID) {
	if row, known := t.ids.row(id); known {
		t.live.Remove(row)
		t.resolved.Remove(row)
		t.service.clear(row)
		t.rating.clear(row)
	}
}

// where returns the rows that pass a filter. ofBooking are the ids of the feedback on f.Booking. The caller must not change the bitmap.
func (t *feedback) where(f FeedbackFilter, ofBooking []store.ID, customers ids) *roaring.Bitmap {
	var must []*roaring.Bitmap
	if f.Customer != nil {
		must = append(must, t.chain.rowsOf(*f.Customer, customers))
	}
	if f.Booking != nil {
		must = append(must, t.rows(ofBooking))
	}
	if f.Service != "" {
		must = append(must, t.service.any([]string{f.Service}))
	}
	if len(f.Ratings) > 0 {
		var names []string
		for _, n := range f.Ratings {
			names = append(names, strconv.Itoa(n))
		}
		must = append(must, t.rating.any(names))
	}
	if f.From != nil || f.To != nil {
		must = append(must, between(t.time, f.From, f.To))
	}
	base := t.live
	if f.Resolved != nil {
		if base = t.resolved; !*f.Resolved {
			base = roaring.AndNot(t.live, t.resolved)
		}
	}
	return intersect(base, must)
}

func (t *feedback) rows(of []store.ID) *roaring.Bitmap {
	rows := roaring.New()
	for _, id := range of {
		if row, ok := t.ids.row(id); ok {
			rows.Add(row)
		}
	}
	return rows
}
