package store

import (
	"cmp"
	"iter"
)

// Feedback is what a customer said about a service (specification, Feedback Model).
type Feedback struct {
	ID              ID      `json:"id"`
	CustomerID      *ID     `json:"customer_id"` // null when anonymous
	BookingID       *ID     `json:"booking_id"`
	ServiceType     string  `json:"service_type"`
	Rating          int64   `json:"rating"`
	Comments        *string `json:"comments"`
	Resolved        bool    `json:"resolved"`
	ResolutionNotes *string `json:"resolution_notes"`
	ResolvedBy      *ID     `json:"resolved_by"`
	ResolvedAt      *Time   `json:"resolved_at"`
	IsAnonymous     bool    `json:"is_anonymous"`
	Source          string  `json:"source"`
	SubmittedAt     Time    `json:"submitted_at"`
	CreatedAt       Time    `json:"created_at"`
	Sentiment       string  `json:"sentiment"` // follows from the rating
}

var feedbackFields = Fields{
	{Name: "id", Kept: true, Exported: true, Unshown: true},
	{Name: "customer_id", Kept: true, Exported: true},
	{Name: "booking_id", Exported: true},
	{Name: "service_type", Kept: true, Exported: true},
	{Name: "rating", Kept: true, Exported: true},
	{Name: "sentiment", Kept: true, Exported: true},
	{Name: "comments", Exported: true},
	{Name: "resolved", Kept: true, Exported: true},
	{Name: "resolution_notes", Exported: true},
	{Name: "resolved_by", Kept: true, Exported: true},
	{Name: "resolved_at", Kept: true, Exported: true},
	{Name: "is_anonymous", Kept: true, Exported: true},
	{Name: "source", Kept: true, Exported: true},
	{Name: "submitted_at", Kept: true, Exported: true},
	{Name: "created_at", Kept: true, Exported: true, Unshown: true},
}

// The values that feedback's enumerated fields may have, and their defaults.
var (
	Services   = []string{"Tour", "Booking", "Support", "Transport", "Accommodation", "General"}
	Sentiments = []string{"positive", "neutral", "negative"}
)

const DefaultSource = "web"

// Sentiment returns positive for 4 and 5, neutral for 3, negative for 1 and 2.
func Sentiment(rating int64) string {
	switch {
	case rating >= 4:
		return "positive"
	case rating == 3:
		return "neutral"
	}
	return "negative"
}

// Validate cleans the texts, fills in defaults and the sentiment, and reports every rule that f breaks as an Invalid.
func (f *Feedback) Validate() error { return f.obey(nil) }

// obey is like Validate, but checks only the fields that differ from was, the stored feedback. was is nil for a new one.
func (f *Feedback) obey(was *Feedback) error {
	e, was := against(was)
	e.oneOf("service_type", &f.ServiceType, was.ServiceType, Services)
	if f.Rating < 1 || f.Rating > 5 {
		e.add("rating", "range", "Must be a whole number from 1 to 5").Params = within(1, 5)
	}
	e.text("comments", &f.Comments, was.Comments, maxText)
	e.text("resolution_notes", &f.ResolutionNotes, was.ResolutionNotes, maxDescribe)
	e.defaulted("source", &f.Source, was.Source, DefaultSource, maxSource)
	f.Sentiment = Sentiment(f.Rating)
	return e.err()
}

// Feedback returns a feedback, or a NotFoundError.
func (tx *Tx) Feedback(id ID) (*Feedback, error) { return feedback.get(tx, id) }

// FeedbackJSON returns a feedback as the API does. The slice is valid until the transaction ends.
func (tx *Tx) FeedbackJSON(id ID) ([]byte, error) { return feedback.json(tx, id) }

// AllFeedback yields the JSON of the feedback whose id is greater than after, in the order of creation. The slices are valid until the
// transaction ends.
func (tx *Tx) AllFeedback(after ID) iter.Seq2[ID, []byte] { return feedback.each(tx, after) }

// FeedbackOfBooking returns the ids of the feedback on one booking, in the order of creation.
func (tx *Tx) FeedbackOfBooking(booking ID) (ids []ID) {
	for key := range tx.kv.Prefix(bucketFeedbackBooking, booking[:]) {
		ids = append(ids, idAt(key, 16))
	}
	return ids
}

// Checked applies the rules to new feedback, which must name a customer. known are the problems that reading f already found.
func (f *Feedback) Checked(known Invalid) Checked[Feedback] {
	if f.CustomerID == nil {
		known.require("customer_id")
	}
	return checked(f, known.join(f.Validate()))
}

// CreateFeedback checks feedback and adds it.
func (tx *Tx) CreateFeedback(f *Feedback, known Invalid) ([]byte, error) {
	return tx.AddFeedback(f.Checked(known))
}

// AddFeedback gives new feedback its id and times, stores it, and returns its JSON. The customer must exist, and is not stored when the
// feedback is anonymous.
func (tx *Tx) AddFeedback(draft Checked[Feedback]) ([]byte, error) {
	f := draft.row
	if f.CustomerID != nil {
		if err := tx.needCustomer(*f.CustomerID, draft.problems); err != nil {
			return nil, err
		}
	}
	if err := draft.Err(); err != nil {
		return nil, err
	}
	f.ID, f.CreatedAt, f.SubmittedAt = tx.ids.Next(tx.now), tx.now, tx.now
	row := *f
	if row.IsAnonymous {
		row.CustomerID = nil
	}
	raw, err := feedback.insert(tx, &row)
	if err != nil {
		return nil, err
	}
	return raw, tx.rate(nil, &row)
}

// UpdateFeedback changes a feedback by patch, which returns the problems that it found, and returns the new JSON. When feedback is
// resolved, the time is stored and who did it: the user that patch sets, else caller. Resolving again changes neither; re-opening
// clears both. The error is ErrErased if the customer was erased and the change is of a field that an erasure blanks.
func (tx *Tx) UpdateFeedback(id ID, caller *ID, patch func(*Feedback) Invalid) ([]byte, error) {
	_, f, err := change(tx, feedback, id, func(f *Feedback) error {
		was := *f
		f.ResolvedBy = nil
		problems := patch(f)
		switch {
		case !f.Resolved:
			f.ResolvedAt, f.ResolvedBy = nil, nil
		case was.Resolved:
			f.ResolvedAt, f.ResolvedBy = was.ResolvedAt, was.ResolvedBy
		default:
			f.ResolvedAt, f.ResolvedBy = &tx.now, cmp.Or(f.ResolvedBy, caller)
		}
		return problems.join(f.obey(&was))
	})
	if err != nil {
		return nil, err
	}
	return f.raw, nil
}

// DeleteFeedback deletes a feedback.
func (tx *Tx) DeleteFeedback(id ID) error {
	old, err := feedback.remove(tx, id)
	if err != nil {
		return err
	}
	return tx.rate(old, nil)
}

// lastFeedback returns the time of a customer's newest feedback, or nil if there is none.
func (tx *Tx) lastFeedback(customer ID) *Time {
	if t, there := tx.lastTime(bucketFeedbackCustomer, customer); there {
		return &t
	}
	return nil
}

// rate brings the customer's activity in line with a change from old to f; either may be nil.
func (tx *Tx) rate(old, f *Feedback) error {
	id := cmp.Or(old, f).CustomerID
	if id == nil {
		return nil
	}
	return tx.count(*id, func(a *Activity) {
		a.rating(old, -1)
		a.rating(f, 1)
		a.LastFeedback = tx.lastFeedback(*id)
	})
}
