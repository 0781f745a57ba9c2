package store

import (
	"slices"
)

func (c *checker) needCustomer(kind Kind, id, customer ID) {
	if c.tx.kv.Get(bucketCustomers, customer[:]) == nil {
		c.add(nil, "%s %s is of customer %s, who is missing", kind, id, customer)
	}
}

func (c *checker) interaction(i *Interaction) {
	c.needCustomer(KindInteraction, i.ID, i.CustomerID)
	if !slices.Contains(Channels, i.Channel) {
		c.add(nil, "interaction %s has an unknown channel %q", i.ID, i.Channel)
	}
}

func (c *checker) feedback(f *Feedback) {
	switch {
	case f.IsAnonymous != (f.CustomerID == nil):
		c.add(nil, "feedback %s is anonymous: %t, and names a customer: %t", f.ID, f.IsAnonymous, f.CustomerID != nil)
	case f.CustomerID != nil:
		c.needCustomer(KindFeedback, f.ID, *f.CustomerID)
	}
	if f.Sentiment != Sentiment(f.Rating) || !slices.Contains(Services, f.ServiceType) {
		c.add(nil, "feedback %s has %d stars, sentiment %q and service %q", f.ID, f.Rating, f.Sentiment, f.ServiceType)
	}
}

func (c *checker) session(s *Session) {
	if c.tx.kv.Get(bucketUsers, s.UserID[:]) == nil {
		c.add(nil, "session %s is of user %s, who is missing", s.ID, s.UserID)
	}
}

// activities compares each customer's counts with the records.
func (c *checker) activities() {
	for key, raw := range c.tx.kv.Scan(bucketCustomers, nil) {
		if c.ended() {
			return
		}
		if len(key) != 16 {
			continue
		}
		if customer, err := customers.decode(c.tx, ID(key), raw); err == nil {
			c.activity(customer)
		}
	}
	for key := range c.tx.kv.Scan(bucketActivity, nil) {
		if c.tx.kv.Get(bucketCustomers, key) == nil {
			c.add(&fix{bucket: bucketActivity, key: key, delete: true}, "counts of customer %x, who is missing", key)
		}
	}
}

func (c *checker) activity(customer *Customer) {
	id := customer.ID
	got, err := c.tx.activity(id)
	want := c.tx.recount(id)
	if err != nil || !got.equal(&want) {
		raw, _ := Encode(want)
		c.add(&fix{bucket: bucketActivity, key: id[:], value: raw}, "customer %s: the counts of interactions and feedback are wrong", id)
	}
}

// recount computes a customer's activity from the records.
func (tx *Tx) recount(customer ID) (a Activity) {
	for key := range tx.kv.Prefix(bucketInteractionCustomer, customer[:]) {
		if i, err := interactions.get(tx, idAt(key, 24)); err == nil {
			a.interaction(i, 1)
		}
	}
	for key := range tx.kv.Prefix(bucketFeedbackCustomer, customer[:]) {
		if f, err := feedback.get(tx, idAt(key, 24)); err == nil {
			a.rating(f, 1)
		}
	}
	a.LastFeedback = tx.lastFeedback(customer)
	return a
}

func (a *Activity) equal(b *Activity) bool {
	return slices.Equal(a.Channels, b.Channels) && slices.Equal(a.Services, b.Services) && a.Ratings == b.Ratings && sameTime(a.LastFeedback, b.LastFeedback)
}

func sameTime(a, b *Time) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
