package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"crm/httpapi/wire"
	"crm/index"
	"crm/segments"
	"crm/store"
	"crm/store/object"
)

func readSegment(b *wire.Body, s *store.Segment) {
	b.Text("name", &s.Name)
	b.OptionalText("description", &s.Description)
	b.Criteria("criteria", &s.Criteria)
}

// count returns how many customers a segment has now.
func (a *API) count(s *store.Segment) int { return a.Index.CountCustomers(segments.Filter(s.Criteria)) }

// counted returns the JSON of a stored segment with n customers, and its tag.
func counted(s *store.Segment, n int) (tag string, raw []byte, err error) {
	s.CustomerCount = n
	raw, err = store.Encode(s)
	return wire.TagOf(raw), raw, err
}

// sendSegment answers with a segment; the index must have caught up.
func (a *API) sendSegment(c *call, s *store.Segment) error {
	tag, raw, err := counted(s, a.count(s))
	if err != nil {
		return err
	}
	return c.sendVersion(tag, raw)
}

// editSegment is like edit, for a segment. If it refuses the change, it counts the customers of the current version after the transaction.
func (a *API) editSegment(c *call, fn func(*store.Tx) error) error {
	err := a.edit(c, (*store.Tx).SegmentJSON, fn)
	stale, ok := errors.AsType[*wire.Refusal](err)
	if !ok || stale.Reason != wire.Changed {
		return err
	}
	var s store.Segment
	if err := errors.Join(json.Unmarshal(stale.Current, &s), a.caughtUp(c)); err != nil {
		return err
	}
	tag, raw, err := counted(&s, a.count(&s))
	if err != nil {
		return err
	}
	return wire.Stale(tag, raw, stale.ChangedBy)
}

func (a *API) createSegment(c *call) error {
	s := store.Segment{IsActive: true}
	readSegment(c.body, &s)
	// The index must catch up before the write, because afterwards the request must not be refused.
	if err := a.caughtUp(c); err != nil {
		return err
	}
	checked, n := s.Checked(c.body.Problems), 0
	if checked.Err() == nil {
		n = a.count(&s)
	}
	return a.post(c, nil, "", func(tx *store.Tx) error {
		s.CustomerCount = 0 // of an earlier run
		if err := tx.AddSegment(checked); err != nil {
			return err
		}
		tag, raw, err := counted(&s, n)
		c.reply = created("/segments", s.ID, raw)
		c.reply.ETag = tag
		return err
	})
}

func (a *API) listSegments(c *call) error {
	p := a.params(c)
	paging, active := p.Paging("created_at"), p.Active(nil)
	if err := p.Err(); err != nil {
		return err
	}
	all, err := a.segments()
	if err != nil {
		return err
	}
	if err := a.caughtUp(c); err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(s *store.Segment) bool { return active != nil && *active != s.IsActive })
	items := wire.PageOf(paging, all)
	for _, s := range items {
		s.CustomerCount = a.count(s)
	}
	return sendItems(c, paging, items, len(all))
}

func (a *API) segments() (all []*store.Segment, err error) {
	err = a.Store.View(func(tx *store.Tx) error {
		all, err = tx.Segments()
		return err
	})
	return all, err
}

func (a *API) segment(id store.ID) (s *store.Segment, err error) {
	err = a.Store.View(func(tx *store.Tx) error {
		s, err = tx.Segment(id)
		return err
	})
	return s, err
}

func (a *API) getSegment(c *call) error {
	s, err := a.segment(c.id)
	if err != nil {
		return err
	}
	if err := a.caughtUp(c); err != nil {
		return err
	}
	return a.sendSegment(c, s)
}

func (a *API) updateSegment(c *call) error {
	if err := a.caughtUp(c); err != nil {
		return err
	}
	var s *store.Segment
	err := a.editSegment(c, func(tx *store.Tx) (err error) {
		s, err = tx.UpdateSegment(c.id, func(s *store.Segment) store.Invalid {
			c.body.Problems = nil
			readSegment(c.body, s)
			c.body.Bool("is_active", &s.IsActive, true)
			return c.body.Problems
		})
		return err
	})
	if err != nil {
		return err
	}
	return a.sendSegment(c, s)
}

func (a *API) deleteSegment(c *call) error {
	if err := a.editSegment(c, func(tx *store.Tx) error { return tx.DeleteSegment(c.id) }); err != nil {
		return err
	}
	return c.respond(message{"Segment deleted successfully"})
}

// segmentCustomers answers with the segment and a page of its customers under "customers".
func (a *API) segmentCustomers(c *call) error {
	p := a.params(c)
	paging := p.Paging(customerSorts...)
	s, err := a.segment(c.id)
	if err != nil {
		return err
	}
	if err := p.Err(); err != nil {
		return err
	}
	if err := a.caughtUp(c); err != nil {
		return err
	}
	page, err := a.Index.Customers(index.CustomerQuery{CustomerFilter: segments.Filter(s.Criteria), Slice: paging.Slice})
	if err != nil {
		return err
	}
	if err := a.readCustomers(c, paging, len(page.IDs)); err != nil {
		return err
	}
	s.CustomerCount = page.Total
	raw, err := store.Encode(s)
	if err != nil {
		return err
	}
	o, err := a.appendRows(c, object.Extend(raw), "customers", page.IDs, (*store.Tx).CustomerJSON)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, paging.AppendTo(o, page.Total).End())
}

func (a *API) recalculate(c *call) error {
	return a.post(c, nil, "", func(tx *store.Tx) error {
		n, err := tx.MarkCalculated()
		if err != nil {
			return err
		}
		c.reply, err = okReply(message{fmt.Sprintf("Recalculated %d segments", n)})
		return err
	})
}
