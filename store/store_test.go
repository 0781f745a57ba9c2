package store

import (
	"errors"
	"testing"
)

func open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestCustomerRoundTrip(t *testing.T) {
	s := open(t)
	c := &Customer{ContactType: "Individual", Email: "Ahmed@example.com", Phone: "0612345678", Tags: []string{"VIP", "vip "}}
	var raw []byte
	seq, err := s.Update(By{Actor: "test"}, func(tx *Tx) (err error) {
		raw, err = tx.CreateCustomer(c, nil)
		return err
	})
	if err != nil || seq != 1 {
		t.Fatal(seq, err)
	}
	t.Logf("%s", raw)
	_, err = s.Update(By{}, func(tx *Tx) error {
		_, err := tx.CreateCustomer(&Customer{ContactType: "Individual", Email: "AHMED@example.com", Phone: "1"}, nil)
		return err
	})
	if !errors.Is(err, ErrEmailTaken) {
		t.Fatal(err)
	}
	_, err = s.Update(By{}, func(tx *Tx) error {
		raw, err := tx.CreateInteraction(&Interaction{CustomerID: c.ID, Channel: "phone", Summary: "hi"}, nil)
		t.Logf("%s", raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.View(func(tx *Tx) error {
		raw, err := tx.CustomerJSON(c.ID)
		a, _ := tx.Activity(c.ID)
		t.Logf("%s %v %+v", raw, err, a)
		for change, err := range tx.Changes(0) {
			t.Logf("%+v %v", change, err)
		}
		return nil
	})
}
