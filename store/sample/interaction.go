package sample

import "crm/store"

// An interactionRow has an interaction and the values that its pointers point to.
type interactionRow struct {
	store.Interaction
	staff    store.ID
	subject  string
	duration int64
	due      store.Time
}

func (w *writer) interaction(e event) *store.Interaction {
	row := new(interactionRow)
	i := &row.Interaction
	i.CreatedAt = w.g.when(e)
	i.ID = w.ids.Next(i.CreatedAt)
	i.CustomerID = w.g.customers[e.customer()].id
	i.Timestamp = i.CreatedAt
	if w.chance(15) { // logged later, at most two days
		i.Timestamp -= pick(w.r, loggedAfter) + span(w.r, 3*hour)
		i.Timestamp = max(i.Timestamp, store.CreatedAt(i.CustomerID))
	}
	if !w.chance(3) {
		i.StaffMemberID = own(&row.staff, pick(w.r, w.g.staff))
	}
	i.Channel = channels.draw(w.r)
	w.say(row, w.cultureOf(e.customer()).texts.draw(w.r))
	w.measure(row)
	w.followUp(row)
	return i
}

// say sets the texts: the message itself if it is short, else a summary by the staff.
func (w *writer) say(row *interactionRow, t *texts) {
	if row.Channel == "whatsapp" || row.Channel == "sms" {
		row.Summary = w.fill(t, pick(w.r, t.messages))
		return
	}
	topic := pick(w.r, t.topics)
	row.Summary = w.fill(t, topic.summary)
	if row.Channel != "chat" || w.chance(40) {
		row.Subject = own(&row.subject, topic.subject)
	}
}

// measure sets the duration of phone calls and meetings.
func (w *writer) measure(row *interactionRow) {
	switch row.Channel {
	case "phone":
		row.DurationMinutes = own(&row.duration, 2+w.r.Int64N(14)*(1+w.r.Int64N(3)))
	case "in-person":
		row.DurationMinutes = own(&row.duration, 15+5*w.r.Int64N(20))
	case "chat":
		if w.chance(40) {
			row.DurationMinutes = own(&row.duration, 3+w.r.Int64N(25))
		}
	}
}

const (
	recent    = 14 * day
	openAfter = 3  // percent of the old follow-ups that are still open
	openSoon  = 40 // percent of those due in the last days that are still open
)

// followUp sets a follow-up for some interactions. Most of the old ones are completed: they have a date and are no longer required.
// Follow-ups of recent interactions are due around now.
func (w *writer) followUp(row *interactionRow) {
	if row.CreatedAt < w.g.now-recent {
		if w.chance(25) {
			w.due(row, officeTime(w.r, row.CreatedAt, 1+w.r.IntN(10)), openAfter)
		}
		return
	}
	switch {
	case w.chance(3):
		row.FollowUpRequired = true // without a date
	case w.chance(45):
		due := officeTime(w.r, w.g.now, dueIn.draw(w.r))
		if due <= row.CreatedAt {
			due = officeTime(w.r, row.CreatedAt, 1)
		}
		w.due(row, due, openSoon)
	}
}

func (w *writer) due(row *interactionRow, date store.Time, open int) {
	row.FollowUpDate = own(&row.due, date)
	row.FollowUpRequired = date > w.g.now || w.chance(open)
}

var (
	channels    = shares("phone 27, email 26, whatsapp 24, in-person 10, chat 8, sms 5")
	loggedAfter = []store.Time{5 * minute, 5 * minute, 20 * minute, day - hour, 2*day - 4*hour}
	dueIn       = deck[int]{-2, -1, -1, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 7} // days from now
)
