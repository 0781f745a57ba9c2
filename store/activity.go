package store

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Activity counts what happened with one customer. It is kept in the transactions that change it, so that
// a summary costs the same for one interaction and for twenty thousand.
type Activity struct {
	Channels     [6]int64 `json:"channels"` // interactions, in the order of Channels
	Services     [6]int64 `json:"services"` // feedback, in the order of Services
	Ratings      int64    `json:"ratings"`  // sum of the feedback's ratings
	LastFeedback *Time    `json:"last_feedback"`
}

// Interactions is the number of the customer's interactions.
func (a *Activity) Interactions() (n int64) {
	for _, count := range a.Channels {
		n += count
	}
	return n
}

// Feedback is the number of feedback that names the customer.
func (a *Activity) Feedback() (n int64) {
	for _, count := range a.Services {
		n += count
	}
	return n
}

func (a *Activity) interaction(i *Interaction, n int64) {
	if i != nil {
		a.Channels[slices.Index(Channels, i.Channel)] += n
	}
}

func (a *Activity) rating(f *Feedback, n int64) {
	if f != nil {
		a.Services[slices.Index(Services, f.ServiceType)] += n
		a.Ratings += n * f.Rating
	}
}

// Activity is what happened with a customer; zero when nothing did.
func (tx *Tx) Activity(customer ID) (Activity, error) {
	var a Activity
	raw := tx.kv.get(bucketActivity, customer[:])
	if raw == nil {
		return a, nil
	}
	err := json.Unmarshal(raw, &a)
	return a, err
}

func (tx *Tx) count(customer ID, change func(*Activity)) error {
	a, err := tx.Activity(customer)
	if err != nil {
		return err
	}
	change(&a)
	raw, err := Encode(a)
	if err != nil || bytes.Equal(raw, tx.kv.get(bucketActivity, customer[:])) {
		return err
	}
	return tx.put(bucketActivity, customer[:], raw)
}
