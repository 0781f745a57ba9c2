package sample

import (
	"encoding/binary"

	"crm/store"
)

// A feedbackRow has a feedback and the values that its pointers point to.
type feedbackRow struct {
	store.Feedback
	customer, booking, resolver store.ID
	comments, notes             string
	resolvedAt                  store.Time
}

func (w *writer) feedback(e event) *store.Feedback {
	row := new(feedbackRow)
	f := &row.Feedback
	f.CreatedAt = w.g.when(e)
	f.SubmittedAt = f.CreatedAt
	f.ID = w.ids.Next(f.CreatedAt)
	f.IsAnonymous = w.chance(8)
	if !f.IsAnonymous {
		f.CustomerID = own(&row.customer, w.g.customers[e.customer()].id)
		if w.chance(65) {
			f.BookingID = own(&row.booking, w.booking())
		}
	}
	f.ServiceType = services.draw(w.r)
	f.Rating = ratings.draw(w.r)
	f.Sentiment = store.Sentiment(f.Rating)
	f.Source = sources.draw(w.r)
	t := w.cultureOf(e.customer()).texts.draw(w.r)
	if w.chance(78) {
		comments := t.about(f.Rating, f.ServiceType)
		f.Comments = own(&row.comments, w.fill(t, pick(w.r, comments)))
	}
	w.resolve(row, t)
	return f
}

// booking returns an id of the booking service, which uses random UUIDs.
func (w *writer) booking() (id store.ID) {
	binary.BigEndian.PutUint64(id[:8], w.r.Uint64())
	binary.BigEndian.PutUint64(id[8:], w.r.Uint64())
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

// resolve resolves most of the old feedback. Complaints get a note.
func (w *writer) resolve(row *feedbackRow, t *texts) {
	age := w.g.now - row.SubmittedAt
	if !w.chance(resolved(age)) {
		return
	}
	row.Resolved = true
	row.ResolvedBy = own(&row.resolver, pick(w.r, w.g.staff))
	row.ResolvedAt = own(&row.resolvedAt, w.within(row.SubmittedAt, min(age, 10*day)))
	if row.Rating <= 2 && w.chance(85) {
		row.ResolutionNotes = own(&row.notes, w.fill(t, pick(w.r, t.remedies)))
	}
}

// resolved returns how many percent of the feedback of an age are resolved.
func resolved(age store.Time) int {
	switch {
	case age > 90*day:
		return 98
	case age > 30*day:
		return 92
	case age > 7*day:
		return 60
	}
	return 15
}

var (
	services = shares("Tour 30, Accommodation 20, Transport 18, Booking 12, Support 10, General 10")
	sources  = shares("web 46, email 18, whatsapp 14, phone 12, in-person 6, app 4")
	ratings  = deck[int64]{5, 5, 5, 5, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4, 3, 3, 2, 2, 1}
)
