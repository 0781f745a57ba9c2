package httpapi

import (
	"crm/index"
	"crm/store"
)

// readInteraction takes the fields that an update may change.
func (b *body) readInteraction(i *store.Interaction) {
	b.str("channel", &i.Channel)
	b.text("subject", &i.Subject)
	b.str("summary", &i.Summary)
	b.integer("duration_minutes", &i.DurationMinutes)
	b.boolean("follow_up_required", &i.FollowUpRequired, false)
	b.civil("follow_up_date", &i.FollowUpDate, &i.FollowUpLocal)
	at := &i.Timestamp
	if b.time("timestamp", &at); at == nil {
		at = new(store.Never)
	}
	i.Timestamp = *at
}

func (b *body) readInteractionUpdate(i *store.Interaction) store.Invalid {
	b.problems = nil
	b.readInteraction(i)
	return b.problems
}

func (a *API) createInteraction(c *call) error {
	i := store.Interaction{StaffMemberID: c.caller.id, Timestamp: store.Never}
	var customer *store.ID
	b := c.body
	b.require("customer_id")
	b.uuid("customer_id", &customer)
	if b.uuid("staff_member_id", &i.StaffMemberID); i.StaffMemberID == nil {
		i.StaffMemberID = c.caller.id
	}
	b.readInteraction(&i)
	if customer != nil {
		i.CustomerID = *customer
	}
	return a.post(c, a.limits.interactions, c.caller.subject, func(tx *store.Tx) error {
		raw, err := tx.CreateInteraction(&i, b.problems)
		c.reply = created("/interactions", i.ID, raw)
		return err
	})
}

func (a *API) listInteractions(c *call) error {
	p := a.params(c)
	return a.interactionPage(c, p, p.uuid("customer_id"))
}

func (a *API) listCustomerInteractions(c *call) error {
	if err := a.needCustomer(c.id); err != nil {
		return err
	}
	return a.interactionPage(c, a.params(c), &c.id)
}

// needCustomer is 404 unless the customer exists.
func (a *API) needCustomer(id store.ID) error {
	return a.Store.View(func(tx *store.Tx) error {
		_, err := tx.CustomerJSON(id)
		return err
	})
}

func (a *API) interactionPage(c *call, p *params, customer *store.ID) error {
	due, fields := a.due(p)
	paging := p.paging(fields...)
	f := index.InteractionFilter{
		Customer: customer, Staff: p.uuid("staff_member_id"), Due: due,
		Channel: p.enum("channel", store.Channels), FollowUp: p.flag("follow_up_required"),
	}
	f.From, f.To = p.window()
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
	return a.sendPageOf(c, paging, a.Index.Interactions(f, paging.Slice), (*store.Tx).InteractionJSON, customers)
}

func (a *API) getInteraction(c *call) error {
	return a.sendRecord(c, whole((*store.Tx).Interaction, (*store.Tx).InteractionJSON))
}

func (a *API) updateInteraction(c *call) error {
	var raw []byte
	err := a.edit(c, (*store.Tx).InteractionJSON, func(tx *store.Tx) (err error) {
		raw, err = tx.UpdateInteraction(c.id, c.body.readInteractionUpdate)
		return err
	})
	if err != nil {
		return err
	}
	return c.sendVersion(tagOf(raw), raw)
}

func (a *API) deleteInteraction(c *call) error {
	err := a.edit(c, (*store.Tx).InteractionJSON, func(tx *store.Tx) error { return tx.DeleteInteraction(c.id) })
	if err != nil {
		return err
	}
	return c.respond(message{"Interaction deleted successfully"})
}

func (a *API) interactionStats(c *call) error {
	days, err := a.days(c)
	if err != nil {
		return err
	}
	return c.respond(a.Index.InteractionStats(a.Store.Now(), a.Store.Zone(), days))
}

// days is the window of a statistic; when it is good, the index has caught up.
func (a *API) days(c *call) (int, error) {
	p := a.params(c)
	days := p.integer("days", 30, 365)
	if err := p.err(); err != nil {
		return 0, err
	}
	return days, a.caughtUp(c)
}
