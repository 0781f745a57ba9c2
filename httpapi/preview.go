package httpapi

import (
	"net/http"

	"crm/index"
	"crm/segments"
	"crm/store"
	"crm/store/object"
)

// previewSize is how many customers a preview shows.
const previewSize = 5

// previewSegment answers with the first customers of a segment with these criteria, and their number.
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
	o, err := a.appendRows(c, object.New(1024).Int("count", page.Total), "customers", page.IDs, (*store.Tx).CustomerJSON)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, o.End())
}
