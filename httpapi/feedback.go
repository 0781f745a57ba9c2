package httpapi

import (
	"crm/index"
	"crm/store"
)

// createFeedback's limit is the customer's: whoever sends it, ten a minute about one person are enough.
func (a *API) createFeedback(c *call) error {
	var (
		f      store.Feedback
		rating *int64
	)
	b := c.body
	b.require("customer_id", "rating")
	b.uuid("customer_id", &f.CustomerID)
	b.uuid("booking_id", &f.BookingID)
	b.str("service_type", &f.ServiceType)
	b.integer("rating", &rating)
	b.text("comments", &f.Comments)
	b.boolean("is_anonymous", &f.IsAnonymous, false)
	b.str("source", &f.Source)
	if rating != nil {
		f.Rating = *rating
	}
	key := ""
	if f.CustomerID != nil {
		key = f.CustomerID.String()
	}
	return a.post(c, a.limits.feedback, key, func(tx *store.Tx) error {
		raw, err := tx.CreateFeedback(&f, b.problems)
		c.reply = created("/feedback", f.ID, raw)
		return err
	})
}

func (a *API) listFeedback(c *call) error {
	p := a.params(c)
	return a.feedbackPage(c, p, p.uuid("customer_id"))
}

func (a *API) listCustomerFeedback(c *call) error {
	if err := a.needCustomer(c.id); err != nil {
		return err
	}
	return a.feedbackPage(c, a.params(c), &c.id)
}

// feedbackFilter reads what the lists of feedback can be filtered by.
func (p *params) feedbackFilter(customer *store.ID) index.FeedbackFilter {
	f := index.FeedbackFilter{
		Customer: customer, Booking: p.uuid("booking_id"), Service: p.enum("service_type", store.Services),
		Ratings: p.integers("rating", 5), Resolved: p.flag("resolved"),
	}
	f.From, f.To = p.window()
	return f
}

func (a *API) feedbackPage(c *call, p *params, customer *store.ID) error {
	paging := p.paging("submitted_at")
	f := p.feedbackFilter(customer)
	customers, err := p.included(c)
	if err != nil {
		return err
	}
	if err := p.err(); err != nil {
		return err
	}
	if err := a.caughtUp(c); err != nil {
		return err
	}
	page, err := a.Index.Feedback(f, paging.Slice)
	if err != nil {
		return err
	}
	return a.sendPageOf(c, paging, page, (*store.Tx).FeedbackJSON, customers)
}

func (a *API) getFeedback(c *call) error {
	return a.sendRecord(c, whole((*store.Tx).Feedback, (*store.Tx).FeedbackJSON))
}

func (a *API) updateFeedback(c *call) error {
	var raw []byte
	err := a.edit(c, (*store.Tx).FeedbackJSON, func(tx *store.Tx) (err error) {
		raw, err = tx.UpdateFeedback(c.id, c.caller.id, func(f *store.Feedback) store.Invalid {
			b := c.body
			b.problems = nil
			b.boolean("resolved", &f.Resolved, false)
			b.text("resolution_notes", &f.ResolutionNotes)
			b.uuid("resolved_by", &f.ResolvedBy)
			return b.problems
		})
		return err
	})
	if err != nil {
		return err
	}
	return c.sendVersion(tagOf(raw), raw)
}

func (a *API) deleteFeedback(c *call) error {
	err := a.edit(c, (*store.Tx).FeedbackJSON, func(tx *store.Tx) error { return tx.DeleteFeedback(c.id) })
	if err != nil {
		return err
	}
	return c.respond(message{"Feedback deleted successfully"})
}

func (a *API) feedbackStats(c *call) error {
	days, err := a.days(c)
	if err != nil {
		return err
	}
	return c.respond(a.Index.FeedbackStats(a.Store.Now(), a.Store.Zone(), days))
}
