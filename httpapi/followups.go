package httpapi

import (
	"math"

	"crm/httpapi/wire"
	"crm/index"
	"crm/store"
	"crm/store/zone"
)

// followUps are the values of follow_up.
var followUps = []string{"overdue", "today", "week", "later"}

// due reads the parameter follow_up, and returns the fields that the list can be sorted by. Days are those of the office. A week ends
// with Sunday, so on a Sunday "week" selects nothing.
func (a *API) due(p *wire.Params) (*index.Due, []string) {
	which := p.Enum("follow_up", followUps)
	if which == "" {
		return nil, []string{"timestamp"}
	}
	z := a.Store.Zone()
	day := a.today()
	today, tomorrow := store.TimeOf(z.Start(day)), store.TimeOf(z.Start(day+1))
	monday := store.TimeOf(z.Start(day.Monday() + 7)) // after this week
	d := map[string]index.Due{
		"overdue": {From: math.MinInt64, To: today},
		"today":   {From: today, To: tomorrow, Undated: true},
		"week":    {From: tomorrow, To: monday},
		"later":   {From: monday, To: math.MaxInt64},
	}[which]
	return &d, []string{"follow_up_date", "timestamp"}
}

// today returns the office's day.
func (a *API) today() zone.Day { return a.Store.Zone().Day(a.Store.Now().Std()) }

// completeFollowUp marks a follow-up as done. Its date stays.
func (a *API) completeFollowUp(c *call) error {
	return a.postInteraction(c, func(_ *store.Tx, i *store.Interaction) store.Invalid {
		i.FollowUpRequired = false
		return nil
	})
}

// snoozeFollowUp moves a follow-up to a time in the future, or to today or a later day.
func (a *API) snoozeFollowUp(c *call) error {
	b := c.body
	b.Require("until")
	until, _ := b.Moment("until")
	return a.postInteraction(c, func(tx *store.Tx, i *store.Interaction) store.Invalid {
		if len(b.Problems) > 0 {
			return b.Problems
		}
		earliest := tx.Now()
		if until.Local != nil && until.Local.IsDay() {
			earliest = store.TimeOf(b.Zone.Start(b.Zone.Day(tx.Now().Std())))
		}
		until.Put(&i.FollowUpDate, &i.FollowUpLocal)
		return i.Snooze(until.At, earliest)
	})
}

// postInteraction changes the interaction in the path as PUT does, on behalf of a POST.
func (a *API) postInteraction(c *call, patch func(*store.Tx, *store.Interaction) store.Invalid) error {
	return a.post(c, nil, "", c.matching((*store.Tx).InteractionJSON, func(tx *store.Tx) error {
		raw, err := tx.UpdateInteraction(c.id, func(i *store.Interaction) store.Invalid { return patch(tx, i) })
		c.reply = &store.Reply{Record: c.id, Status: 200, ETag: wire.TagOf(raw), Body: raw}
		return err
	}))
}
