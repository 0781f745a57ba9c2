package store

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"
)

// entries writes log entries as "seq op kind old", the times and ids left out.
func entries(t testing.TB, changes iter.Seq2[Change, error]) (list []string) {
	for c, err := range changes {
		if err != nil {
			t.Errorf("entry: %v", err)
		}
		list = append(list, fmt.Sprintf("%d %s %s %s", c.Seq, c.Op, c.Kind, c.Old))
	}
	return list
}

func TestHistory(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	by := By{Actor: "amal", RequestID: "r-1"}
	at := clock.now()
	do := func(fn func(*Tx) error) {
		t.Helper()
		clock.move(time.Second)
		if _, err := s.Update(by, fn); err != nil {
			t.Fatal(err)
		}
	}
	a, b := person("a@example.com"), person("b@example.com")
	i := &Interaction{Channel: "sms", Summary: "Hello", Timestamp: Never}
	do(creating("c@example.com", fine))
	do(func(tx *Tx) error { _, err := tx.CreateCustomer(a, nil); return err })
	do(func(tx *Tx) error { // two changes in one transaction
		if _, err := tx.CreateCustomer(b, nil); err != nil {
			return err
		}
		i.CustomerID = a.ID
		_, err := tx.CreateInteraction(i, nil)
		return err
	})
	do(func(tx *Tx) error {
		_, err := tx.UpdateCustomer(a.ID, func(c *Customer) Invalid { c.Phone, c.Tags = "1", []string{"x"}; return nil })
		return err
	})
	do(func(tx *Tx) error {
		_, err := tx.UpdateInteraction(i.ID, func(i *Interaction) Invalid { i.Subject = new("S"); return nil })
		return err
	})
	do(func(tx *Tx) error {
		_, err := tx.UpdateCustomer(a.ID, func(c *Customer) Invalid { c.Phone = "2"; return nil })
		return err
	})
	var last string
	view(t, s, func(tx *Tx) error { raw, err := tx.InteractionJSON(i.ID); last = string(raw); return err })
	do(func(tx *Tx) error { return tx.DeleteInteraction(i.ID) })

	when := func(after time.Duration) string { return asJSON(at.Add(after)) }
	all := []string{
		"1 create customer ", "2 create customer ", "3 create customer ", "4 create interaction ",
		`5 update customer {"phone":"0612345678","tags":[],"updated_at":` + when(2*second) + `}`,
		`6 update interaction {"subject":null}`,
		`7 update customer {"phone":"1","updated_at":` + when(4*second) + `}`,
		"8 delete interaction " + sorted(t, last),
	}
	view(t, s, func(tx *Tx) error {
		tests := []struct {
			name      string
			got, want []string
		}{
			{"all changes", entries(t, tx.Changes(0)), all},
			{"changes after 5", entries(t, tx.Changes(5)), all[5:]},
			{"changes after the last", entries(t, tx.Changes(8)), nil},
			{"history of a", entries(t, tx.History(a.ID)), []string{all[1], all[4], all[6]}},
			{"history of b", entries(t, tx.History(b.ID)), []string{all[2]}},
			{"history of the interaction", entries(t, tx.History(i.ID)), []string{all[3], all[5], all[7]}},
			{"history of nothing", entries(t, tx.History(ID{})), nil},
		}
		for _, tt := range tests {
			if !slices.Equal(tt.got, tt.want) {
				t.Errorf("%s:\n got %q\nwant %q", tt.name, tt.got, tt.want)
			}
		}
		if tx.Seq() != 8 || s.Seq() != 8 {
			t.Errorf("sequence %d and %d, want 8", tx.Seq(), s.Seq())
		}
		for c := range tx.History(a.ID) {
			want := Change{Seq: 2, Time: at.Add(2 * second), Actor: "amal", RequestID: "r-1", Kind: KindCustomer, ID: a.ID, Op: OpCreate}
			if asJSON(c) != asJSON(want) {
				t.Errorf("got %s, want %s", asJSON(c), asJSON(want))
			}
			break
		}
		return nil
	})
}

const second = time.Second

// sorted returns a JSON object with its keys in order.
func sorted(t testing.TB, object string) string {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &fields); err != nil {
		t.Error(err)
	}
	return asJSON(fields)
}
