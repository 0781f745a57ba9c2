package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
)

// Activity counts one customer's interactions and feedback. Every transaction that changes these updates it, so that a summary takes
// the same time for one interaction and for twenty thousand.
type Activity struct {
	Channels     Counts `json:"channels,omitempty"` // interactions
	Services     Counts `json:"services,omitempty"` // feedback
	Ratings      int64  `json:"ratings"`            // sum of the feedback's ratings
	LastFeedback *Time  `json:"last_feedback"`
}

// Interactions returns the number of the customer's interactions.
func (a *Activity) Interactions() int64 { return a.Channels.total() }

// Feedback returns the number of feedback that names the customer.
func (a *Activity) Feedback() int64 { return a.Services.total() }

func (a *Activity) interaction(i *Interaction, n int64) {
	if i != nil {
		a.Channels.add(i.Channel, n)
	}
}

func (a *Activity) rating(f *Feedback, n int64) {
	if f != nil {
		a.Services.add(f.ServiceType, n)
		a.Ratings += n * f.Rating
	}
}

// Counts holds a number for each name. Its JSON is an object, so that stored counts depend neither on the order of a list in the
// program nor on which names are in it. It is a slice because a bulk load has a million of them, and a million maps take more memory.
type Counts []nameCount // in the order of names; none is 0

type nameCount struct {
	name string
	n    int64
}

// Of returns the count of a name.
func (c Counts) Of(name string) int64 {
	if i, there := c.find(name); there {
		return c[i].n
	}
	return 0
}

func (c Counts) find(name string) (int, bool) {
	return slices.BinarySearchFunc(c, name, func(e nameCount, name string) int { return cmp.Compare(e.name, name) })
}

func (c Counts) total() (n int64) {
	for _, e := range c {
		n += e.n
	}
	return n
}

func (c *Counts) add(name string, n int64) {
	i, there := c.find(name)
	if !there {
		*c = slices.Insert(*c, i, nameCount{name: name})
	}
	if (*c)[i].n += n; (*c)[i].n == 0 {
		*c = slices.Delete(*c, i, i+1)
	}
}

// MarshalJSON writes an object with a number for each name.
func (c Counts) MarshalJSON() ([]byte, error) {
	byName := make(map[string]int64, len(c))
	for _, e := range c {
		byName[e.name] = e.n
	}
	return Encode(byName)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Counts) UnmarshalJSON(raw []byte) error {
	var byName map[string]int64
	if err := json.Unmarshal(raw, &byName); err != nil {
		return err
	}
	*c = make(Counts, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		c.add(name, byName[name])
	}
	return nil
}

// Activity returns the counts of a customer's interactions and feedback. Counts that cannot be read are counted again from the records.
func (tx *Tx) Activity(customer ID) (Activity, error) {
	a, err := tx.activity(customer)
	if err != nil {
		a = tx.recount(customer)
	}
	return a, nil
}

func (tx *Tx) activity(customer ID) (a Activity, err error) {
	if raw := tx.kv.Get(bucketActivity, customer[:]); raw != nil {
		err = json.Unmarshal(raw, &a)
	}
	return a, err
}

// count changes a customer's counts. The rows must have been changed already.
func (tx *Tx) count(customer ID, change func(*Activity)) error {
	a, err := tx.activity(customer)
	if err != nil {
		a = tx.recount(customer)
	} else {
		change(&a)
	}
	raw, err := Encode(a)
	if err != nil || bytes.Equal(raw, tx.kv.Get(bucketActivity, customer[:])) {
		return err
	}
	return tx.put(bucketActivity, customer[:], raw)
}
