package httpapi

import "crm/index"

// customerValues has the values of active customers' fields, for forms and filters.
type customerValues struct {
	Regions       []index.ValueCount `json:"regions"`
	Tags          []index.ValueCount `json:"tags"`
	Nationalities []index.ValueCount `json:"nationalities"`
	Languages     []index.ValueCount `json:"languages"`
}

func (a *API) getCustomerValues(c *call) error {
	if err := a.caughtUp(c); err != nil {
		return err
	}
	return c.respond(customerValues{
		a.Index.Values("region"), a.Index.Values("tags"), a.Index.Values("nationality"), a.Index.Values("preferred_language"),
	})
}
