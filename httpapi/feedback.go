package httpapi

import (
	"crm/httpapi/wire"
	"crm/index"
	"crm/store"
)

// createFeedback has a rate limit for each customer, whoever sends the feedback.
func (a *API) createFeedback(c *call) error {
	var (
		f      store.Feedback
		rating *int64
	)
	b := c.body
	b.Require("customer_id", "rating")
	b.ID("customer_id", &f.CustomerID)
	b.ID("booking_id", &f.BookingID)
	b.Text("service_type", &f.ServiceType)
	b.Int("rating", &rating)
	b.OptionalText("comments", &f.Comments)
	b.Bool("is_anonymous", &f.IsAnonymous, false)
	b.Text("source", &f.Source)
	if rating != nil {
		f.Rating = *rating
	}
	key := ""
	if f.CustomerID != nil {
		key = f.CustomerID.String()
	}
	checked := f.Checked(b.Problems)
	return a.post(c, a.limits.feedback, key, func(tx *store.Tx) error {
		raw, err := tx.AddFeedback(checked)
		c.reply = created("/feedback", f.ID, raw)
		return err
	})
}

func (a *API) listFeedback(c *call) error {
	p := a.params(c)
	return a.feedbackPage(c, p, p.ID("customer_id"))
}

func (a *API) listCustomerFeedback(c *call) error {
	if err := a.needCustomer(c.id); err != nil {
		return err
	}
	return a.feedbackPage(c, a.params(c), &c.id)
}

// readFeedbackFilter reads the filters of lists of feedback.
func readFeedbackFilter(p *wire.Params, customer *store.ID) index.FeedbackFilter {
	f := index.FeedbackFilter{
		Customer: customer, Booking: p.ID("booking_id"), Service: p.Enum("service_type", store.Services),
		Ratings: p.Ints("rating", 5), Resolved: p.Bool("resolved"),
	}
	f.From, f.To = p.Window()
	return f
}

func (a *API) feedbackPage(c *call, p *wire.Params, customer *store.ID) error {
	paging := p.Paging("submitted_at")
	f := readFeedbackFilter(p, customer)
	customers, err := included(c, p)
	if err != nil {
		return err
	}
	if err := p.Err(); err != nil {
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
			b.Problems = nil
			b.Bool("resolved", &f.Resolved, false)
			b.OptionalText("resolution_notes", &f.ResolutionNotes)
			b.ID("resolved_by", &f.ResolvedBy)
			return b.Problems
		})
		return err
	})
	if err != nil {
		return err
	}
	return c.sendVersion(wire.TagOf(raw), raw)
}

func (a *API) deleteFeedback(c *call) error {
	return a.remove(c, (*store.Tx).FeedbackJSON, func(tx *store.Tx) error { return tx.DeleteFeedback(c.id) }, "Feedback deleted successfully")
}

func (a *API) feedbackStats(c *call) error {
	days, err := a.days(c)
	if err != nil {
		return err
	}
	return c.respond(a.Index.FeedbackStats(a.Store.Now(), a.Store.Zone(), days))
}
