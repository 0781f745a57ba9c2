package httpapi

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"crm/index"
	"crm/segments"
	"crm/store"
)

// previewSize is how many customers a preview shows.
const previewSize = 5

// previewSegment tells whom a segment with these criteria would have.
func (a *API) previewSegment(c *call) error {
	var s store.Segment
	c.body.Criteria("criteria", &s.Criteria)
	if err := s.ValidateCriteria(c.body.Problems); err != nil {
		return err
	}
	if err := a.caughtUp(c); err != nil {
		return err
	}
	page, err := a.Index.Customers(index.CustomerQuery{CustomerFilter: segments.Filter(s.Criteria), Slice: index.Slice{Limit: previewSize}})
	if err != nil {
		return err
	}
	buf := strconv.AppendInt([]byte(`{"count":`), int64(page.Total), 10)
	buf, err = a.appendRows(c, append(buf, `,"customers":`...), page.IDs, (*store.Tx).CustomerJSON)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, append(buf, '}'))
}

// A membership says whether a customer is in a segment, and why.
type membership struct {
	ID       store.ID             `json:"id"`
	Name     string               `json:"name"`
	Matches  bool                 `json:"matches"`
	Criteria []segments.Criterion `json:"criteria,omitzero"`
}

// customerSegments lists the active segments that a customer is in, by name; where explanations are wanted, all of them.
func (a *API) customerSegments(c *call) error {
	p := a.params(c)
	explain := p.Bool("explain")
	list := []membership{}
	err := a.Store.View(func(tx *store.Tx) error {
		customer, err := tx.Customer(c.id)
		if err != nil {
			return err
		}
		all, err := tx.Segments()
		for _, s := range all {
			if !s.IsActive {
				continue
			}
			m := membership{ID: s.ID, Name: s.Name, Matches: segments.Matches(s.Criteria, customer)}
			if explain != nil && *explain {
				m.Criteria = segments.Explain(s.Criteria, customer)
			} else if !m.Matches {
				continue
			}
			list = append(list, m)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := p.Err(); err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b membership) int { return cmp.Compare(a.Name, b.Name) })
	return c.respond(struct {
		Items []membership `json:"items"`
	}{list})
}
