package httpapi

import (
	"crm/httpapi/wire"
	"crm/index"
	"crm/store"
)

// readInteraction reads the fields that an update may change.
func readInteraction(b *wire.Body, i *store.Interaction) {
	b.Text("channel", &i.Channel)
	b.OptionalText("subject", &i.Subject)
	b.Text("summary", &i.Summary)
	b.Int("duration_minutes", &i.DurationMinutes)
	b.Bool("follow_up_required", &i.FollowUpRequired, false)
	b.LocalTime("follow_up_date", &i.FollowUpDate, &i.FollowUpLocal)
	at := &i.Timestamp
	if b.Time("timestamp", &at); at == nil {
		at = new(store.Never)
	}
	i.Timestamp = *at
}

func readInteractionUpdate(b *wire.Body, i *store.Interaction) store.Invalid {
	b.Problems = nil
	readInteraction(b, i)
	return b.Problems
}

func (a *API) createInteraction(c *call) error {
	i := store.Interaction{StaffMemberID: c.caller.id, Timestamp: store.Never}
	var customer *store.ID
	b := c.body
	b.Require("customer_id")
	b.ID("customer_id", &customer)
	if b.ID("staff_member_id", &i.StaffMemberID); i.StaffMemberID == nil {
		i.StaffMemberID = c.caller.id
	}
	readInteraction(b, &i)
	if customer != nil {
		i.CustomerID = *customer
	}
	checked := i.Checked(a.Store.Now(), b.Problems)
	return a.post(c, a.limits.interactions, c.caller.subject, func(tx *store.Tx) error {
		raw, err := tx.AddInteraction(checked)
		c.reply = created("/interactions", i.ID, raw)
		return err
	})
}

func (a *API) listInteractions(c *call) error {
	p := a.params(c)
	return a.interactionPage(c, p, p.ID("customer_id"))
}

func (a *API) listCustomerInteractions(c *call) error {
	if err := a.needCustomer(c.id); err != nil {
		return err
	}
	return a.interactionPage(c, a.params(c), &c.id)
}

// needCustomer returns an error unless the customer exists.
func (a *API) needCustomer(id store.ID) error {
	return a.Store.View(func(tx *store.Tx) error {
		_, err := tx.CustomerJSON(id)
		return err
	})
}

func (a *API) interactionPage(c *call, p *wire.Params, customer *store.ID) error {
	due, fields := a.due(p)
	paging := p.Paging(fields...)
	f := index.InteractionFilter{
		Customer: customer, Staff: p.ID("staff_member_id"), Due: due,
		Channel: p.Enum("channel", store.Channels), FollowUp: p.Bool("follow_up_required"),
	}
	f.From, f.To = p.Window()
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
	return a.sendPageOf(c, paging, a.Index.Interactions(f, paging.Slice), (*store.Tx).InteractionJSON, customers)
}

func (a *API) getInteraction(c *call) error {
	return a.sendRecord(c, whole((*store.Tx).Interaction, (*store.Tx).InteractionJSON))
}

func (a *API) updateInteraction(c *call) error {
	var raw []byte
	err := a.edit(c, (*store.Tx).InteractionJSON, func(tx *store.Tx) (err error) {
		raw, err = tx.UpdateInteraction(c.id, func(i *store.Interaction) store.Invalid { return readInteractionUpdate(c.body, i) })
		return err
	})
	if err != nil {
		return err
	}
	return c.sendVersion(wire.TagOf(raw), raw)
}

func (a *API) deleteInteraction(c *call) error {
	return a.remove(c, (*store.Tx).InteractionJSON, func(tx *store.Tx) error { return tx.DeleteInteraction(c.id) }, "Interaction deleted successfully")
}

func (a *API) interactionStats(c *call) error {
	days, err := a.days(c)
	if err != nil {
		return err
	}
	return c.respond(a.Index.InteractionStats(a.Store.Now(), a.Store.Zone(), days))
}

// days reads the window of a statistic, and waits until the index has caught up.
func (a *API) days(c *call) (int, error) {
	p := a.params(c)
	days := p.Int("days", 30, 365)
	if err := p.Err(); err != nil {
		return 0, err
	}
	return days, a.caughtUp(c)
}
