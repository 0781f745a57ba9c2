package store

import (
	"bytes"
	"cmp"
	"iter"
	"time"
)

// An Interaction is one contact with a customer (specification, Interaction Model).
type Interaction struct {
	ID               ID      `json:"id"`
	CustomerID       ID      `json:"customer_id"`
	StaffMemberID    *ID     `json:"staff_member_id"`
	Channel          string  `json:"channel"`
	Subject          *string `json:"subject"`
	Summary          string  `json:"summary"`
	DurationMinutes  *int64  `json:"duration_minutes"`
	FollowUpRequired bool    `json:"follow_up_required"`
	FollowUpDate     *Time   `json:"follow_up_date"`
	FollowUpLocal    *string `json:"follow_up_local"` // a zone.Local, if follow_up_date was given without an offset
	Timestamp        Time    `json:"timestamp"`       // when it took place; by default the transaction's time
	CreatedAt        Time    `json:"created_at"`
}

var interactionFields = Fields{
	{Name: "id", Kept: true, Exported: true, Unshown: true},
	{Name: "customer_id", Kept: true, Exported: true},
	{Name: "staff_member_id", Kept: true, Exported: true},
	{Name: "channel", Kept: true, Exported: true},
	{Name: "subject", Exported: true},
	{Name: "summary", Exported: true, Blank: `"[erased]"`},
	{Name: "duration_minutes", Kept: true, Exported: true},
	{Name: "follow_up_required", Kept: true, Exported: true},
	{Name: "follow_up_date", Kept: true, Exported: true},
	{Name: "follow_up_local", Kept: true, Exported: true},
	{Name: "timestamp", Kept: true, Exported: true},
	{Name: "created_at", Kept: true, Exported: true, Unshown: true},
}

// Channels has the ways to be in contact with a customer.
var Channels = []string{"email", "phone", "chat", "in-person", "whatsapp", "sms"}

// maxAhead is how far a timestamp may be ahead of our clock and still mean now.
const maxAhead = 5 * time.Minute

// Validate cleans the texts and reports every rule that i breaks as an Invalid. A timestamp
// of Never, or a little ahead of now, becomes now.
func (i *Interaction) Validate(now Time) error { return i.obey(now, nil) }

// obey is like Validate, but checks only the fields that differ from was, the stored interaction. was is nil for a new one.
func (i *Interaction) obey(now Time, was *Interaction) error {
	err := i.rules(now, was)
	if was == nil || i.Timestamp != was.Timestamp {
		i.notAfter(now)
	}
	return err
}

// notAfter sets the timestamp to now if it is Never or later than now.
func (i *Interaction) notAfter(now Time) {
	if i.Timestamp == Never || i.Timestamp > now {
		i.Timestamp = now
	}
}

// rules does the same as obey, but does not change the timestamp.
func (i *Interaction) rules(now Time, was *Interaction) error {
	e, was := against(was)
	e.oneOf("channel", &i.Channel, was.Channel, Channels)
	e.text("subject", &i.Subject, was.Subject, maxSubject)
	e.required("summary", &i.Summary, was.Summary, maxText)
	if d := i.DurationMinutes; d != nil && (*d < 0 || *d > maxMinutes) {
		e.add("duration_minutes", "range", "Must be a whole number of minutes from 0 to %d", maxMinutes).Params = within(0, maxMinutes)
	}
	if i.Timestamp > now.Add(maxAhead) && (!e.stored || i.Timestamp != was.Timestamp) {
		e.add("timestamp", "future", "Must not be in the future")
	}
	return e.err()
}

// Interaction returns an interaction, or a NotFoundError.
func (tx *Tx) Interaction(id ID) (*Interaction, error) { return interactions.get(tx, id) }

// InteractionJSON returns an interaction as the API does. The slice is valid until the transaction ends.
func (tx *Tx) InteractionJSON(id ID) ([]byte, error) { return interactions.json(tx, id) }

// Interactions yields the JSON of the interactions whose id is greater than after, in the order of creation. The slices are valid until
// the transaction ends.
func (tx *Tx) Interactions(after ID) iter.Seq2[ID, []byte] { return interactions.each(tx, after) }

// Checked applies the rules to a new interaction. known are the problems that reading i already found.
func (i *Interaction) Checked(now Time, known Invalid) Checked[Interaction] {
	return checked(i, known.join(i.rules(now, nil)))
}

// CreateInteraction checks an interaction and adds it.
func (tx *Tx) CreateInteraction(i *Interaction, known Invalid) ([]byte, error) {
	return tx.AddInteraction(i.Checked(tx.now, known))
}

// AddInteraction gives a new interaction its id and times, stores it, and returns its JSON. A timestamp of Never means now. The customer
// must exist.
func (tx *Tx) AddInteraction(draft Checked[Interaction]) ([]byte, error) {
	i := draft.row
	if err := cmp.Or(tx.needCustomer(i.CustomerID, draft.problems), draft.Err()); err != nil {
		return nil, err
	}
	i.notAfter(tx.now)
	i.settle(tx.zone)
	i.ID, i.CreatedAt = tx.ids.Next(tx.now), tx.now
	raw, err := interactions.insert(tx, i)
	if err != nil {
		return nil, err
	}
	return raw, tx.follow(nil, i)
}

// UpdateInteraction changes an interaction by patch, which returns the problems that it found, and returns the new JSON. The error is
// ErrErased if the customer was erased and the change is of a field that an erasure blanks.
func (tx *Tx) UpdateInteraction(id ID, patch func(*Interaction) Invalid) ([]byte, error) {
	old, i, err := change(tx, interactions, id, func(i *Interaction) error {
		was := *i
		err := patch(i).join(i.obey(tx.now, &was))
		if err == nil && i.FollowUpRequired { // it may have been closed under other rules
			i.settle(tx.zone)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return i.raw, tx.follow(old.row, i.row)
}

// Snooze postpones the follow-up. It returns an Invalid if no follow-up is required, or if until is before earliest.
func (i *Interaction) Snooze(until, earliest Time) (e Invalid) {
	switch {
	case !i.FollowUpRequired:
		e.add("until", "not_required", "Nothing to put off: the interaction needs no follow-up")
	case until < earliest:
		e.add("until", "past", "Must not be in the past")
	}
	i.FollowUpDate = &until
	return e
}

// DeleteInteraction deletes an interaction.
func (tx *Tx) DeleteInteraction(id ID) error {
	old, err := interactions.remove(tx, id)
	if err != nil {
		return err
	}
	return tx.follow(old, nil)
}

// needCustomer returns a NotFoundError if the customer does not exist, and ErrErased if it was erased. It returns nil if reading the id
// failed already.
func (tx *Tx) needCustomer(id ID, known Invalid) error {
	if known.Has("customer_id") {
		return nil
	}
	raw, err := customers.raw(tx, id)
	if err == nil && bytes.Contains(raw, erasedMark) {
		return ErrErased
	}
	return err
}

// follow brings the customer's activity in line with a change from old to i; either may be nil.
func (tx *Tx) follow(old, i *Interaction) error {
	return tx.count(cmp.Or(old, i).CustomerID, func(a *Activity) { a.interaction(old, -1); a.interaction(i, 1) })
}
