package store

import (
	"fmt"
	"testing"
)

// TestLastInteractionAfterDeletesInOneCommit deletes so many of a customer's newest interactions in one transaction
// that whole pages of the index are empty until it commits.
func TestLastInteractionAfterDeletesInOneCommit(t *testing.T) {
	t.Parallel()
	s := open(t)
	var customer ID
	var times []Time
	var ids []ID
	for n := range 2 {
		c := &Customer{ContactType: "Individual", Email: fmt.Sprintf("c%d@example.com", n), Phone: "0612345678"}
		_, err := s.Update(By{}, func(tx *Tx) error { _, err := tx.CreateCustomer(c, nil); return err })
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Update(By{}, func(tx *Tx) error {
			for k := range 400 {
				i := &Interaction{CustomerID: c.ID, Channel: "sms", Summary: "x", Timestamp: tx.Now() - Time(400-k)*1000}
				if _, err := tx.CreateInteraction(i, nil); err != nil {
					return err
				}
				if n == 0 {
					customer, ids, times = c.ID, append(ids, i.ID), append(times, i.Timestamp)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Update(By{}, func(tx *Tx) error {
		for _, id := range ids[200:] {
			if err := tx.DeleteInteraction(id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(func(tx *Tx) error {
		c, err := tx.Customer(customer)
		if err == nil && (c.LastInteraction == nil || *c.LastInteraction != times[199]) {
			t.Errorf("last interaction: got %v, want %v", c.LastInteraction, times[199])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDeleteEverythingInOneCommit empties an index of many pages in one transaction, which then looks for its last key.
func TestDeleteEverythingInOneCommit(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := createCustomer(t, s, "a@example.com")
	var ids []ID
	update(t, s, func(tx *Tx) error {
		ids = ids[:0]
		for range 400 {
			i := &Interaction{CustomerID: id, Channel: "sms", Summary: "x", Timestamp: Never}
			if _, err := tx.CreateInteraction(i, nil); err != nil {
				return err
			}
			ids = append(ids, i.ID)
		}
		return nil
	})
	update(t, s, func(tx *Tx) error {
		for _, id := range ids {
			if err := tx.DeleteInteraction(id); err != nil {
				return err
			}
		}
		return nil
	})
	if c := customer(t, s, id); c.LastInteraction != nil {
		t.Errorf("last interaction: got %v, want none", c.LastInteraction)
	}
}
