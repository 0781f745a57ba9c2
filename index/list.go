package index

import (
	"math"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/search"
	"crm/store"
	"crm/store/text"
)

// A Page is a part of a list: its ids in order, and the number of records in the whole list.
type Page struct {
	IDs   []store.ID
	Total int
}

// All is the Limit of a Slice that has the whole list.
const All = math.MaxInt32

// A Slice is a part of a list, in an order.
type Slice struct {
	Sort   string // a field; empty for the list's own order
	Desc   bool
	Offset int
	Limit  int
}

// A CustomerFilter selects customers. The zero value selects everyone.
type CustomerFilter struct {
	Values store.Criteria // by criteria key: has one of the values, without regard to case and accents
	Active *bool
}

// A CustomerQuery asks for customers that pass a filter and answer a text. Sort is "name", "updated_at",
// "last_interaction" or "created_at"; empty is best match first, then newest.
type CustomerQuery struct {
	Text string
	CustomerFilter
	Slice
}

// An InteractionFilter selects interactions. The zero value selects all of them.
type InteractionFilter struct {
	Customer, Staff *store.ID
	Channel         string
	FollowUp        *bool
	Due             *Due
	From, To        *store.Time // From ≤ timestamp < To
}

// A FeedbackFilter selects feedback. The zero value selects all of it.
type FeedbackFilter struct {
	Customer, Booking *store.ID
	Service           string
	Ratings           []int // one of these; any when there are none
	Resolved          *bool
	From, To          *store.Time // From ≤ submitted_at < To
}

// ErrQuery is matched by the errors about texts that cannot be searched for.
var ErrQuery = search.ErrQuery

// CheckQuery returns an error that wraps ErrQuery when a text cannot be searched for.
func CheckQuery(typed string) error {
	_, err := search.ParseQuery(typed, text.Country{})
	return err
}

// Customers returns a page of customers. The error wraps ErrQuery when the text cannot be searched for.
func (ix *Index) Customers(q CustomerQuery) (Page, error) {
	text, err := search.ParseQuery(q.Text, ix.store.Home())
	if err != nil {
		return Page{}, err
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	rows := ix.customers.where(q.CustomerFilter)
	if text.Empty() {
		return ix.customerPage(rows, q.Slice), nil
	}
	matches := ix.search.Find(&text, &ix.customers.text, rows)
	if q.Sort != "" {
		return ix.customerPage(roaring.FastOr(matches[:]...), q.Slice), nil
	}
	return ix.bestFirst(matches, q.Slice), nil
}

func (ix *Index) customerPage(rows *roaring.Bitmap, s Slice) Page {
	return Page{
		IDs:   ix.customers.page(rows, s.Sort, s.Desc || s.Sort == "", s.Offset, s.Limit),
		Total: int(rows.GetCardinality()),
	}
}

// bestFirst returns a page of the matches: the best first, and of those that are as good the newest first.
func (ix *Index) bestFirst(matches search.Matches, s Slice) Page {
	page := Page{IDs: []store.ID{}}
	offset := s.Offset
	for _, rows := range matches {
		n := int(rows.GetCardinality())
		found := newest(rows, true, max(offset, 0), s.Limit-len(page.IDs))
		page.IDs = append(page.IDs, ix.customers.ids.of(found)...)
		page.Total += n
		offset -= n
	}
	return page
}

// Interactions returns a page of interactions by timestamp, newest first unless Sort is set. With a filter Due it lists by the date of the
// follow-up, the earliest first and those without a date last, unless Sort is "timestamp".
func (ix *Index) Interactions(f InteractionFilter, s Slice) Page {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	t := ix.interactions
	rows := t.where(f, ix.customers.ids)
	if f.Due != nil && s.Sort != "timestamp" {
		return Page{IDs: t.ids.of(t.duePage(rows, s.Desc, s.Offset, s.Limit)), Total: int(rows.GetCardinality())}
	}
	found := t.byTime.page(rows, s.Desc || s.Sort == "", s.Offset, s.Limit)
	return Page{IDs: t.ids.of(found), Total: int(rows.GetCardinality())}
}

// Feedback returns a page of feedback by submission, newest first unless Sort is set.
func (ix *Index) Feedback(f FeedbackFilter, s Slice) (Page, error) {
	var ofBooking []store.ID
	if f.Booking != nil {
		err := ix.store.View(func(tx *store.Tx) error { ofBooking = tx.FeedbackOfBooking(*f.Booking); return nil })
		if err != nil {
			return Page{}, err
		}
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	rows := ix.feedback.where(f, ofBooking, ix.customers.ids)
	found := newest(rows, s.Desc || s.Sort == "", s.Offset, s.Limit)
	return Page{IDs: ix.feedback.ids.of(found), Total: int(rows.GetCardinality())}, nil
}

// CountCustomers returns how many customers pass a filter.
func (ix *Index) CountCustomers(f CustomerFilter) int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return int(ix.customers.where(f).GetCardinality())
}
