package httpapi

import (
	"fmt"
	"net/http"
	"slices"

	"crm/index"
	"crm/segments"
	"crm/store"
)

func (b *body) readSegment(s *store.Segment) {
	b.str("name", &s.Name)
	b.text("description", &s.Description)
	b.criteria("criteria", &s.Criteria)
}

// counted is a segment's JSON with the number of its customers at this moment.
func (a *API) counted(s *store.Segment) ([]byte, error) {
	s.CustomerCount = a.Index.CountCustomers(segments.Filter(s.Criteria))
	return store.Encode(s)
}

// sendSegment answers with a segment; the index must have caught up.
func (a *API) sendSegment(c *call, s *store.Segment) error {
	raw, err := a.counted(s)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, raw)
}

func (a *API) createSegment(c *call) error {
	s := store.Segment{IsActive: true}
	c.body.readSegment(&s)
	// Before the write: a segment changes no customer, and a refusal must not come after.
	if err := a.caughtUp(c); err != nil {
		return err
	}
	err := a.update(c, func(tx *store.Tx) error { return tx.CreateSegment(&s, c.body.problems) })
	if err != nil {
		return err
	}
	raw, err := a.counted(&s)
	if err != nil {
		return err
	}
	return c.created("/segments", s.ID, raw)
}

func (a *API) listSegments(c *call) error {
	p := a.params(c)
	paging, active := p.paging("created_at"), p.active(nil)
	if err := p.err(); err != nil {
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
	items := pageOf(paging, all)
	for _, s := range items {
		s.CustomerCount = a.Index.CountCustomers(segments.Filter(s.Criteria))
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
	err := a.update(c, func(tx *store.Tx) (err error) {
		s, err = tx.UpdateSegment(c.id, func(s *store.Segment) store.Invalid {
			c.body.problems = nil
			c.body.readSegment(s)
			c.body.boolean("is_active", &s.IsActive, true)
			return c.body.problems
		})
		return err
	})
	if err != nil {
		return err
	}
	return a.sendSegment(c, s)
}

func (a *API) deleteSegment(c *call) error {
	if err := a.update(c, func(tx *store.Tx) error { return tx.DeleteSegment(c.id) }); err != nil {
		return err
	}
	return c.respond(message{"Segment deleted successfully"})
}

// segmentCustomers is the segment with a page of its customers under "customers".
func (a *API) segmentCustomers(c *call) error {
	p := a.params(c)
	paging := p.paging("created_at", "updated_at", "last_interaction", "name")
	s, err := a.segment(c.id)
	if err != nil {
		return err
	}
	if err := p.err(); err != nil {
		return err
	}
	if err := a.caughtUp(c); err != nil {
		return err
	}
	page, err := a.Index.Customers(index.CustomerQuery{CustomerFilter: segments.Filter(s.Criteria), Slice: paging.Slice})
	if err != nil {
		return err
	}
	s.CustomerCount = page.Total
	buf, err := store.Encode(s)
	if err != nil {
		return err
	}
	buf = append(buf[:len(buf)-1], `,"customers":`...)
	if buf, err = a.appendRows(buf, page.IDs, (*store.Tx).CustomerJSON); err != nil {
		return err
	}
	return c.send(http.StatusOK, paging.appendEnvelope(append(buf, ','), page.Total))
}

func (a *API) recalculate(c *call) error {
	n, err := segments.Recalculate(a.Store, c.by())
	if err != nil {
		return err
	}
	return c.respond(message{fmt.Sprintf("Recalculated %d segments", n)})
}

type assignment struct {
	CustomerID store.ID `json:"customer_id"`
	Assigned   []string `json:"assigned_segments"`
	Message    string   `json:"message"`
}

// assignSegments tells which segments a customer is in: membership follows from the criteria and is never stored.
func (a *API) assignSegments(c *call) error {
	result := assignment{CustomerID: c.id}
	err := a.Store.View(func(tx *store.Tx) error {
		p, err := tx.Customer(c.id)
		if err != nil {
			return err
		}
		result.Assigned, err = segments.Of(tx, p)
		return err
	})
	if err != nil {
		return err
	}
	result.Message = fmt.Sprintf("Customer assigned to %d segments", len(result.Assigned))
	return c.respond(result)
}
