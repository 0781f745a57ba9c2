package httpapi

import (
	"math"
	"strings"
	"time"

	"crm/index"
	"crm/store"
)

// followUps are the values of follow_up.
var followUps = []string{"overdue", "today", "week", "later"}

// due reads follow_up, and returns the fields that the list can then be sorted by. The days are the office's, and a week ends
// with Sunday; on a Sunday nothing is left of it.
func (a *API) due(p *params) (*index.Due, []string) {
	which := p.enum("follow_up", followUps)
	if which == "" {
		return nil, []string{"timestamp"}
	}
	today := a.day(a.Store.Now())
	tomorrow := today.AddDate(0, 0, 1)
	monday := tomorrow.AddDate(0, 0, (7-int(today.Weekday()))%7) // after this week
	d := map[string]index.Due{
		"overdue": {From: math.MinInt64, To: store.TimeOf(today)},
		"today":   {From: store.TimeOf(today), To: store.TimeOf(tomorrow), Undated: true},
		"week":    {From: store.TimeOf(tomorrow), To: store.TimeOf(monday)},
		"later":   {From: store.TimeOf(monday), To: math.MaxInt64},
	}[which]
	return &d, []string{"follow_up_date", "timestamp"}
}

// day is the first instant of the office's day that a time is in.
func (a *API) day(at store.Time) time.Time {
	year, month, day := at.Std().In(a.Location).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, a.Location)
}

// completeFollowUp says that nothing more is to be done; the date stays.
func (a *API) completeFollowUp(c *call) error {
	return a.postInteraction(c, func(_ *store.Tx, i *store.Interaction) store.Invalid {
		i.FollowUpRequired = false
		return nil
	})
}

// snoozeFollowUp puts a follow-up off, to a time from now on, or to a day from today on.
func (a *API) snoozeFollowUp(c *call) error {
	var until *string
	b := c.body
	b.require("until")
	b.text("until", &until)
	if until == nil {
		until = new("")
	}
	at, day, err := parseTime(strings.TrimSpace(*until), b.zone)
	if err != nil && !b.problems.Has("until") {
		b.wrong("until", "datetime_parsing", err.Error())
	}
	return a.postInteraction(c, func(tx *store.Tx, i *store.Interaction) store.Invalid {
		if len(b.problems) > 0 {
			return b.problems
		}
		earliest := tx.Now()
		if day {
			earliest = store.TimeOf(a.day(tx.Now()))
		}
		return i.Snooze(at, earliest)
	})
}

// postInteraction changes the interaction in the path as PUT does, on behalf of a POST.
func (a *API) postInteraction(c *call, patch func(*store.Tx, *store.Interaction) store.Invalid) error {
	return a.post(c, nil, "", c.matching((*store.Tx).InteractionJSON, func(tx *store.Tx) error {
		raw, err := tx.UpdateInteraction(c.id, func(i *store.Interaction) store.Invalid { return patch(tx, i) })
		c.reply = &store.Reply{Record: c.id, Status: 200, ETag: tagOf(raw), Body: raw}
		return err
	}))
}
