package httpapi

import (
	"bytes"
	"net/http"

	"crm/httpapi/wire"
	"crm/index"
	"crm/segments"
	"crm/store"
	"crm/store/object"
)

// readCustomer reads the fields of a create body. An update has two more, which readCustomerUpdate reads.
func readCustomer(b *wire.Body, c *store.Customer) {
	b.OptionalText("full_name", &c.FullName)
	b.OptionalText("company_name", &c.CompanyName)
	b.Text("contact_type", &c.ContactType)
	b.Text("email", &c.Email)
	b.Text("phone", &c.Phone)
	b.OptionalText("nationality", &c.Nationality)
	b.OptionalText("region", &c.Region)
	b.Text("preferred_language", &c.PreferredLanguage)
	b.List("tags", &c.Tags)
	b.OptionalText("notes", &c.Notes)
}

func readCustomerUpdate(b *wire.Body, c *store.Customer) store.Invalid {
	b.Problems = nil
	readCustomer(b, c)
	b.Text("loyalty_status", &c.LoyaltyStatus)
	b.Bool("is_active", &c.IsActive, true)
	return b.Problems
}

func (a *API) createCustomer(c *call) error {
	var p store.Customer
	readCustomer(c.body, &p)
	checked := p.Checked(c.body.Problems)
	return a.post(c, a.limits.customers, c.caller.subject, func(tx *store.Tx) error {
		raw, err := tx.AddCustomer(checked)
		c.reply = created("/customers", p.ID, raw)
		return err
	})
}

// customerSorts lists the fields by which lists of customers can be sorted.
var customerSorts = []string{"created_at", "updated_at", "last_interaction", "name"}

// readCustomerQuery reads the filters of lists of customers.
func readCustomerQuery(p *wire.Params, s index.Slice) index.CustomerQuery {
	q := index.CustomerQuery{
		Text: p.Text("query"), Slice: s,
		CustomerFilter: index.CustomerFilter{Active: p.Active(new(true)), Values: store.Criteria{}},
	}
	for _, key := range store.CriteriaKeys {
		if enum := store.CriteriaEnum(key); enum != nil {
			p.Enum(key, enum)
		}
		if values := p.All(key); len(values) > 0 {
			q.Values[key] = values
		}
	}
	if err := index.CheckQuery(q.Text); err != nil {
		p.Wrong("query", "value_error", "%s", err)
	}
	return q
}

func (a *API) listCustomers(c *call) error {
	p := a.params(c)
	paging := p.Paging(customerSorts...)
	q := readCustomerQuery(p, paging.Slice)
	if err := p.Err(); err != nil {
		return err
	}
	if err := a.caughtUp(c); err != nil {
		return err
	}
	page, err := a.Index.Customers(q)
	if err != nil {
		return err
	}
	if err := a.readCustomers(c, paging, len(page.IDs)); err != nil {
		return err
	}
	return a.sendPage(c, paging, page, (*store.Tx).CustomerJSON)
}

func (a *API) getCustomer(c *call) error {
	return a.sendRecord(c, whole((*store.Tx).Customer, (*store.Tx).CustomerJSON))
}

func (a *API) updateCustomer(c *call) error {
	var raw []byte
	err := a.edit(c, (*store.Tx).CustomerJSON, func(tx *store.Tx) (err error) {
		raw, err = tx.UpdateCustomer(c.id, func(p *store.Customer) store.Invalid { return readCustomerUpdate(c.body, p) })
		return err
	})
	if err != nil {
		return err
	}
	return c.sendVersion(wire.TagOf(raw), raw)
}

// deleteCustomer deactivates a customer, so that the history stays.
func (a *API) deleteCustomer(c *call) error {
	return a.remove(c, (*store.Tx).CustomerJSON, func(tx *store.Tx) error {
		_, err := tx.UpdateCustomer(c.id, func(p *store.Customer) store.Invalid { p.IsActive = false; return nil })
		return err
	}, "Customer deactivated successfully")
}

// A summary is what is appended to a customer (specification, GET /customers/{customer_id}/summary).
type summary struct {
	TotalInteractions   int64            `json:"total_interactions"`
	TotalFeedback       int64            `json:"total_feedback"`
	AverageRating       *float64         `json:"average_rating"`
	LastFeedbackDate    *store.Time      `json:"last_feedback_date"`
	Segments            []string         `json:"segments"`
	InteractionChannels map[string]int64 `json:"interaction_channels"`
	FeedbackByService   map[string]int64 `json:"feedback_by_service"`
}

func (a *API) getSummary(c *call) error {
	var (
		row []byte
		s   summary
	)
	err := a.Store.View(func(tx *store.Tx) error {
		p, err := tx.Customer(c.id)
		if err != nil {
			return err
		}
		raw, err := tx.CustomerJSON(c.id)
		if err != nil {
			return err
		}
		row = bytes.Clone(raw)
		s, err = summaryOf(tx, p)
		return err
	})
	if err != nil {
		return err
	}
	statistics, err := store.Encode(s)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, object.Extend(row).Join(statistics).End())
}

func summaryOf(tx *store.Tx, p *store.Customer) (s summary, err error) {
	activity, err := tx.Activity(p.ID)
	if err != nil {
		return s, err
	}
	names, err := segments.Of(tx, p)
	if err != nil {
		return s, err
	}
	s = summary{
		TotalInteractions: activity.Interactions(), TotalFeedback: activity.Feedback(), Segments: names,
		LastFeedbackDate: activity.LastFeedback, InteractionChannels: map[string]int64{}, FeedbackByService: map[string]int64{},
	}
	for _, channel := range store.Channels {
		s.InteractionChannels[channel] = activity.Channels.Of(channel)
	}
	for _, service := range store.Services {
		s.FeedbackByService[service] = activity.Services.Of(service)
	}
	if s.TotalFeedback > 0 {
		s.AverageRating = new(float64(activity.Ratings) / float64(s.TotalFeedback))
	}
	return s, nil
}
