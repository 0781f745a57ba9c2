package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/store/kv"
)

// respell gives a row another unique text past all rules, with the index entry of before spellings were compared.
func respell[T any](tx *Tx, t *table[T], id ID, set func(*T) (before, after string)) error {
	row, err := t.get(tx, id)
	if err != nil {
		return err
	}
	before, after := set(row)
	ix := t.indexes[0]
	return errors.Join(
		tx.delete(ix.bucket, []byte(formerKey(before))),
		tx.put(ix.bucket, []byte(formerKey(after)), id[:]),
		rawPut(tx, t.rows, id, row),
	)
}

func respellCustomer(tx *Tx, id ID, email string) error {
	return respell(tx, customers, id, func(c *Customer) (string, string) { before := c.Email; c.Email = email; return before, email })
}

func respellUser(tx *Tx, id ID, email string) error {
	return respell(tx, users, id, func(u *User) (string, string) { before := u.Email; u.Email = email; return before, email })
}

func respellSegment(tx *Tx, id ID, name string) error {
	return respell(tx, segments, id, func(s *Segment) (string, string) { before := s.Name; s.Name = name; return before, name })
}

// aged is a store whose rows were written by prepare, and then migrated from schema 4.
func aged(t *testing.T, prepare func(*Tx) error) *Store {
	t.Helper()
	dir := t.TempDir()
	clock := newClock()
	s, err := Open(dir, WithClock(clock.time))
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, prepare)
	update(t, s, func(tx *Tx) error {
		return tx.put(bucketMeta, metaSchema, binary.BigEndian.AppendUint64(nil, 4))
	})
	before := rows(t, s)
	closeStore(t, s)
	s = openAt(t, dir, WithClock(clock.time))
	if got := rows(t, s); !slices.Equal(got, before) {
		t.Errorf("the migration has changed rows:\n%q\n%q", got, before)
	}
	return s
}

// rows are all records, as they are stored.
func rows(t *testing.T, s *Store) (all []string) {
	view(t, s, func(tx *Tx) error {
		for _, b := range []kv.Bucket{bucketCustomers, bucketUsers, bucketSegments} {
			for _, raw := range tx.kv.Scan(b, nil) {
				all = append(all, string(raw))
			}
		}
		return nil
	})
	return all
}

const (
	composed   = "rené@münchen.example"
	decomposed = "rene\u0301@mu\u0308nchen.example"
	encoded    = "René@xn--mnchen-3ya.example"
)

// Customers who have one mailbox in three spellings go on as they were. The first has the key; whoever leaves it, leaves it to the next.
func TestMailboxesFromBefore(t *testing.T) {
	var ids [4]ID
	s := aged(t, func(tx *Tx) (err error) {
		for i := range ids {
			c := person(email(i))
			_, create := tx.CreateCustomer(c, nil)
			ids[i] = c.ID
			err = errors.Join(err, create)
		}
		return errors.Join(err, respellCustomer(tx, ids[0], decomposed), respellCustomer(tx, ids[1], composed), respellCustomer(tx, ids[2], encoded))
	})
	owner := func(want ID) {
		t.Helper()
		view(t, s, func(tx *Tx) error {
			if got, _ := customers.find(tx, bucketCustomerEmail, mailbox(composed)); got != want {
				t.Errorf("the key leads to %s, want %s of %s", got, want, ids)
			}
			return nil
		})
		if problems := check(t, s); problems != nil {
			t.Errorf("problems: %v", problems)
		}
	}
	edit := func(id ID, want error, change func(*Customer)) {
		t.Helper()
		_, err := s.Update(By{}, func(tx *Tx) error {
			_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { change(c); return nil })
			return err
		})
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	taken := func(want error) {
		t.Helper()
		for _, email := range []string{composed, decomposed, encoded, " RENÉ@MÜNCHEN.example\u200b"} {
			_, err := s.Update(By{}, func(tx *Tx) error {
				if _, err := tx.CreateCustomer(person(email), nil); err != nil {
					return err
				}
				return errUndo
			})
			if !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", email, err, want)
			}
		}
	}
	owner(ids[0])
	taken(ErrEmailTaken)
	for _, id := range ids[:3] {
		c := customer(t, s, id)
		edit(id, nil, func(c *Customer) { c.Notes = new("Calls back.") })
		edit(id, nil, func(to *Customer) { to.Email, to.Phone = c.Email, "0700000000" })
		if got := customer(t, s, id); got.Email != c.Email || got.Phone != "0700000000" {
			t.Errorf("got %s, %s", got.Email, got.Phone)
		}
	}
	edit(ids[3], ErrEmailTaken, func(c *Customer) { c.Email = encoded })
	owner(ids[0])
	edit(ids[1], nil, func(c *Customer) { c.Email = "second@example.com" })
	owner(ids[0])
	edit(ids[0], nil, func(c *Customer) { c.Email = "first@example.com" })
	owner(ids[2])
	taken(ErrEmailTaken)
	edit(ids[2], nil, func(c *Customer) { c.Email = "third@example.com" })
	owner(ID{})
	taken(errUndo)
}

// errUndo ends a transaction that is only tried.
var errUndo = errors.New("undo")

// An imported record may have an id that says nothing of when it was created.
func TestTheFirstMailboxIsTheOldest(t *testing.T) {
	var younger, older ID
	s := aged(t, func(tx *Tx) error {
		first, second := person(email(1)), person(email(2))
		_, err := tx.CreateCustomer(first, nil)
		if err == nil {
			_, err = tx.CreateCustomer(second, nil)
		}
		younger, older = first.ID, second.ID
		second.CreatedAt = first.CreatedAt.Add(-time.Hour)
		return errors.Join(err, rawPut(tx, bucketCustomers, older, second), respellCustomer(tx, younger, composed), respellCustomer(tx, older, encoded))
	})
	found, err := s.Outdated(t.Context())
	if err != nil || len(found) != 1 || found[0].ID != younger || found[0].Same == nil || *found[0].Same != older || found[0].Kind != KindCustomer {
		t.Errorf("got %+v, %v; want %s, whose e-mail %s has", found, err, younger, older)
	}
}

// Two users with one mailbox sign in with the spelling that each has; whoever writes it in a third is the first.
func TestUsersFromBefore(t *testing.T) {
	var first, second ID
	s := aged(t, func(tx *Tx) error {
		a, b := User{Email: "a@example.com"}, User{Email: "b@example.com"}
		err := errors.Join(tx.CreateUser(&a, nil), tx.CreateUser(&b, nil))
		first, second = a.ID, b.ID
		return errors.Join(err, respellUser(tx, first, composed), respellUser(tx, second, decomposed))
	})
	for _, tt := range []struct {
		email string
		want  ID
	}{
		{composed, first}, {decomposed, second}, {strings.ToUpper(composed), first}, {" RENE\u0301@mu\u0308nchen.example\u00a0", second}, {encoded, first}, {composed + "\u200b", first},
	} {
		view(t, s, func(tx *Tx) error {
			u, err := tx.UserByEmail(tt.email)
			if err != nil || u.ID != tt.want {
				t.Errorf("%+q: got %v, %v, want %s", tt.email, u, err, tt.want)
			}
			return nil
		})
	}
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateUser(second, ID{}, func(u *User) Invalid { u.FullName, u.IsActive = new("René"), true; return nil })
		return err
	})
	if _, err := s.Update(By{}, func(tx *Tx) error { return tx.CreateUser(&User{Email: encoded}, nil) }); !errors.Is(err, ErrEmailTaken) {
		t.Errorf("got %v, want %v", err, ErrEmailTaken)
	}
}

func TestSegmentNamesFromBefore(t *testing.T) {
	var ids [2]ID
	s := aged(t, func(tx *Tx) (err error) {
		for i, name := range []string{"one", "two"} {
			segment := Segment{Name: name, Criteria: Criteria{}}
			err = errors.Join(err, tx.CreateSegment(&segment, nil))
			ids[i] = segment.ID
		}
		return errors.Join(err, respellSegment(tx, ids[0], "E\u0301te\u0301"), respellSegment(tx, ids[1], "Été"))
	})
	if _, err := s.Update(By{}, createSegment("été")); !errors.Is(err, ErrSegmentNameTaken) {
		t.Errorf("got %v, want %v", err, ErrSegmentNameTaken)
	}
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateSegment(ids[1], func(s *Segment) Invalid { s.Description = new("Summer"); return nil })
		return errors.Join(err, tx.DeleteSegment(ids[0]))
	})
	if _, err := s.Update(By{}, createSegment("ÉTÉ")); !errors.Is(err, ErrSegmentNameTaken) {
		t.Errorf("without the first: got %v, want %v", err, ErrSegmentNameTaken)
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteSegment(ids[1]) })
	update(t, s, createSegment("ÉTÉ"))
}

// Repair finds where the entries of records belong that share a key, whatever is there.
func TestRepairOfSharedKeys(t *testing.T) {
	var ids [3]ID
	s := aged(t, func(tx *Tx) (err error) {
		for i, spelling := range []string{composed, decomposed, encoded} {
			c := person(email(i))
			_, create := tx.CreateCustomer(c, nil)
			ids[i] = c.ID
			err = errors.Join(err, create, respellCustomer(tx, c.ID, spelling))
		}
		return err
	})
	key := mailbox(composed)
	for name, damage := range map[string]func(tx *Tx, has, waits ID) error{
		"nobody has it":     func(tx *Tx, _, _ ID) error { return tx.delete(bucketCustomerEmail, key) },
		"one does not wait": func(tx *Tx, _, waits ID) error { return tx.delete(bucketCustomerEmail, waitingKey(key, waits)) },
		"all are lost":      func(tx *Tx, _, _ ID) error { return empty(bucketCustomerEmail)(tx) },
		"who has it waits":  func(tx *Tx, has, _ ID) error { return tx.put(bucketCustomerEmail, waitingKey(key, has), has[:]) },
		"one waits elsewhere": func(tx *Tx, _, waits ID) error {
			return tx.put(bucketCustomerEmail, waitingKey([]byte("b@example.com"), waits), waits[:])
		},
	} {
		t.Run(name, func(t *testing.T) {
			update(t, s, func(tx *Tx) error {
				has, _ := customers.find(tx, bucketCustomerEmail, key)
				return damage(tx, has, tx.waiting(bucketCustomerEmail, key)[0])
			})
			if problems := check(t, s); len(problems) == 0 {
				t.Error("no problem was found")
			}
			_, left, err := s.Repair(t.Context())
			if err != nil || len(left) > 0 {
				t.Errorf("left %v, %v", left, err)
			}
			view(t, s, func(tx *Tx) error {
				owner, _ := customers.find(tx, bucketCustomerEmail, key)
				if all := append(tx.waiting(bucketCustomerEmail, key), owner); !sameIDs(all, ids[:]) {
					t.Errorf("got %s, want all of %s", all, ids)
				}
				return nil
			})
		})
	}
}

func sameIDs(a, b []ID) bool {
	less := func(x, y ID) int { return bytes.Compare(x[:], y[:]) }
	return slices.Equal(slices.SortedFunc(slices.Values(a), less), slices.SortedFunc(slices.Values(b), less))
}
