package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"crm/store/text"
)

func createWithPhone(t testing.TB, s *Store, n int, phone string) ID {
	t.Helper()
	c := person(email(n))
	c.Phone = phone
	update(t, s, func(tx *Tx) error {
		_, err := tx.CreateCustomer(c, nil)
		return err
	})
	return c.ID
}

// international returns a customer's number as the row has it, or "" for null.
func international(t testing.TB, s *Store, id ID) string {
	t.Helper()
	if number := customer(t, s, id).PhoneInternational; number != nil {
		return *number
	}
	return ""
}

func byPhone(t testing.TB, s *Store, number string) (ids []ID) {
	t.Helper()
	view(t, s, func(tx *Tx) error { ids = slices.Collect(tx.CustomersByPhone(number)); return nil })
	return ids
}

func edit(t testing.TB, s *Store, id ID, patch func(*Customer)) {
	t.Helper()
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { patch(c); return nil })
		return err
	})
}

func TestPhoneInternational(t *testing.T) {
	s := open(t)
	first, second := createWithPhone(t, s, 1, "06 12 34 56 78"), createWithPhone(t, s, 2, "+212 0612345678 x3")
	longer, none := createWithPhone(t, s, 3, "+49 176 123456789"), createWithPhone(t, s, 4, "ask Samir, 15")
	shorter := createWithPhone(t, s, 5, "+49 176 12345678")
	for id, want := range map[ID]string{first: "+212612345678", second: "+212612345678", longer: "+49176123456789", shorter: "+4917612345678", none: ""} {
		if got := international(t, s, id); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	find := func(number string, want ...ID) {
		t.Helper()
		if got := byPhone(t, s, number); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", number, got, want)
		}
	}
	find("+212612345678", first, second)
	find("+4917612345678", shorter)
	find("+212699999999")
	find("")

	edit(t, s, first, func(c *Customer) { c.Phone = "0699999999" })
	edit(t, s, second, func(c *Customer) { c.IsActive = false })
	find("+212612345678", second)
	find("+212699999999", first)
	edit(t, s, first, func(c *Customer) { c.Phone = "123" })
	find("+212699999999")
	update(t, s, func(tx *Tx) error {
		_, err := tx.Erase(second, Traces{}, nil)
		return err
	})
	find("+212612345678")
	if got := international(t, s, second); got != "" {
		t.Errorf("erased: got %q", got)
	}
}

// Nobody edits the international number, and the log of changes has nothing of it.
func TestPhoneInternationalIsNotLogged(t *testing.T) {
	s := open(t)
	id := createWithPhone(t, s, 1, "0612345678")
	edit(t, s, id, func(c *Customer) { c.PhoneInternational = new("+33612345678") })
	if got := international(t, s, id); got != "+212612345678" {
		t.Errorf("got %q", got)
	}
	edit(t, s, id, func(c *Customer) { c.Phone = "0699999999" })
	view(t, s, func(tx *Tx) error {
		n := 0
		for key, raw := range tx.kv.Scan(bucketLog, nil) {
			if n++; bytes.Contains(raw, []byte("phone_international")) {
				t.Errorf("change %x: %s", key, raw)
			}
		}
		if n != 2 {
			t.Errorf("got %d changes, want 2", n)
		}
		return nil
	})
}

// Another region reads all numbers again and changes nothing else. The region is remembered.
func TestRegionChanges(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	home, abroad := createWithPhone(t, s, 1, "0612345678"), createWithPhone(t, s, 2, "+212 0612345678")
	before, seq := customer(t, s, home), s.Seq()
	for _, test := range []struct {
		options []Option
		want    string
	}{
		{[]Option{WithRegion("FR")}, "+33612345678"}, {nil, "+33612345678"}, {[]Option{WithRegion("US")}, ""}, {[]Option{WithRegion("MA")}, "+212612345678"},
		{[]Option{WithRegion("FR"), WithWAL()}, "+33612345678"},
	} {
		closeStore(t, s)
		s = openAt(t, dir, test.options...)
		if got := international(t, s, home); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
		if got := international(t, s, abroad); got != "+212612345678" {
			t.Errorf("got %q of a number with its country code", got)
		}
		if got, want := len(byPhone(t, s, "+33612345678")), strings.Count(test.want, "+33"); got != want {
			t.Errorf("%q: the index has %d of France, want %d", test.want, got, want)
		}
		if after := customer(t, s, home); after.UpdatedAt != before.UpdatedAt || s.Seq() != seq {
			t.Errorf("updated at %s after change %d, was at %s after %d", after.UpdatedAt, s.Seq(), before.UpdatedAt, seq)
		}
		if problems := check(t, s); problems != nil {
			t.Error(problems)
		}
	}
}

// Numbers that were read by other rules, or of which some have been read, are read again. A store that is opened read-only has the new
// numbers too.
func TestPhonesAreReadAgain(t *testing.T) {
	for _, then := range []string{"", "unread", "MA v0.0.0/0", "FR " + text.PhoneRules} {
		t.Run(then, func(t *testing.T) {
			dir := t.TempDir()
			s := openAt(t, dir)
			id := createWithPhone(t, s, 1, "0612345678")
			update(t, s, func(tx *Tx) error {
				c, err := customers.get(tx, id)
				if err != nil {
					return err
				}
				old := *c
				c.PhoneInternational = nil
				if err := customers.replace(tx, &old, c); err != nil {
					return err
				}
				return tx.put(bucketMeta, metaPhones, []byte(then))
			})
			closeStore(t, s)
			if then == "" || then == "unread" {
				seen, err := OpenReadOnly(dir)
				if err != nil {
					t.Fatal(err)
				}
				if got := international(t, seen, id); got != "+212612345678" {
					t.Errorf("looking: got %q", got)
				}
				closeStore(t, seen)
			}
			s = openAt(t, dir, WithRegion("MA"))
			if got := international(t, s, id); got != "+212612345678" || len(byPhone(t, s, got)) != 1 {
				t.Errorf("got %q", got)
			}
		})
	}
}

// Rows of an older schema lack the field. They get it in several transactions, and a row that cannot be decoded does not stop this.
func TestPhonesOfOlderRows(t *testing.T) {
	phones := []string{"0612345670", "0612345671", "12", "0612345673", "0612345674", "0612345675", "0612345676"}
	s := open(t)
	var ids []ID
	for n := range phones {
		ids = append(ids, createWithPhone(t, s, n, phones[n]))
	}
	undo := errors.New("undo")
	_, err := s.Update(By{}, func(tx *Tx) error {
		before := map[ID][]byte{}
		for id, raw := range tx.Customers(ID{}) {
			before[id] = bytes.Clone(raw)
		}
		for n, id := range ids {
			from := bytes.Index(before[id], []byte(`,"phone_international"`))
			raw := slices.Concat(before[id][:from], []byte("}"))
			if n == 4 {
				raw = []byte("{")
			}
			if err := tx.put(bucketCustomers, id[:], raw); err != nil {
				return err
			}
		}
		if err := empty(bucketCustomerPhone)(tx); err != nil {
			return err
		}
		steps := 0
		for from := []byte{}; from != nil; steps++ {
			var err error
			if from, err = readSomePhones(tx, from, 3); err != nil {
				return err
			}
		}
		if steps != 3 {
			t.Errorf("took %d steps, want 3", steps)
		}
		for n, id := range ids {
			got, found := tx.kv.Get(bucketCustomers, id[:]), slices.Collect(tx.CustomersByPhone(fmt.Sprintf("+21261234567%d", n)))
			if same := bytes.Equal(got, before[id]); same != (n != 4) || (len(found) == 1) != (same && n != 2) {
				t.Errorf("customer %d: got %s, by phone %v", n, got, found)
			}
		}
		return undo
	})
	if err != undo {
		t.Error(err)
	}
}

func TestCheckComparesPhones(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	id := createWithPhone(t, s, 1, "0612345678")
	update(t, s, func(tx *Tx) error {
		c, err := customers.get(tx, id)
		if err == nil {
			c.PhoneInternational = new("+33612345678")
			err = rawPut(tx, bucketCustomers, id, c)
		}
		return err
	})
	if found := check(t, s); len(found) == 0 || !strings.Contains(found[0].Text, "phone_international") {
		t.Errorf("found %v", found)
	}
	if _, left, err := s.Repair(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("repair: %v, left %v", err, left)
	}
	if got := international(t, s, id); got != "+212612345678" || len(byPhone(t, s, got)) != 1 || len(byPhone(t, s, "+33612345678")) != 0 {
		t.Errorf("repaired: %q", got)
	}
}
