package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/store/kv"
)

// checkFile reads every page of a closed database and checks its invariants.
func checkFile(t testing.TB, path string) {
	t.Helper()
	if err := kv.CheckFile(context.Background(), path, nil); err != nil {
		t.Errorf("file: %v", err)
		return
	}
	k, err := openDB(path)
	if err != nil {
		t.Errorf("file: %v", err)
		return
	}
	defer k.Close()
	err = k.View(func(pairs *kv.Tx) error {
		if pairs.Get(bucketMeta, metaLoading) == nil { // half loaded: nothing is promised
			for i, problem := range invariants(&Tx{kv: pairs}) {
				if i < 10 {
					t.Errorf("invariant: %s", problem)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// invariants returns the problems that the check finds.
func invariants(tx *Tx) (problems []string) {
	err := tx.check(context.Background(), func(p Problem) bool { problems = append(problems, p.Text); return true })
	if err != nil {
		problems = append(problems, err.Error())
	}
	return problems
}

// pairs yields a bucket's pairs as strings, which outlive the transaction.
func pairs(tx *Tx, b kv.Bucket) func(yield func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for k, v := range tx.kv.Scan(b, nil) {
			if !yield(string(k), string(v)) {
				return
			}
		}
	}
}

func later(t *Time, other Time) *Time {
	if t != nil && *t > other {
		return t
	}
	return &other
}

func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// TestInvariants damages a good file in every way that the check must find, and compares the sentence about it.
func TestInvariants(t *testing.T) {
	s := open(t)
	id := createCustomer(t, s, "a@example.com")
	contact := createInteraction(t, s, id, Never)
	opinion := createFeedback(t, s, Feedback{CustomerID: &id, ServiceType: "Tour", Rating: 4, BookingID: &ID{7}})
	update(t, s, createSegment("VIP"))
	user := createUser(t, s, "u@example.com")
	session := createSession(t, s, user, "hash", s.Now().Add(time.Hour))
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { c.Notes = new("Calls back."); return nil })
		return err
	})
	newest := s.Seq() // the update
	last := seqKey(newest)
	tests := []struct {
		name, want string
		damage     func(tx *Tx) error
	}{
		{"lost e-mail", "is missing from its index customers.email", func(tx *Tx) error { return tx.delete(bucketCustomerEmail, []byte("a@example.com")) }},
		{"stray e-mail", "index customers.email has an entry", func(tx *Tx) error { return tx.put(bucketCustomerEmail, []byte("b@example.com"), id[:]) }},
		{"another's e-mail", "is missing from its index customers.email", func(tx *Tx) error { return tx.put(bucketCustomerEmail, []byte("a@example.com"), contact[:]) }},
		{"shared e-mail", "does not wait for an entry of customers.email that another has", func(tx *Tx) error {
			c, err := tx.Customer(id)
			if err == nil {
				c.ID[15]++
				err = rawPut(tx, bucketCustomers, c.ID, c)
			}
			return err
		}},
		{"lost phone", "is missing from its index customers.phone", empty(bucketCustomerPhone)},
		{"stray phone", "index customers.phone has an entry", func(tx *Tx) error {
			return tx.put(bucketCustomerPhone, append([]byte("+212600000000\x00"), id[:]...), nil)
		}},
		{"lost times of interactions", "is missing from its index interactions.customer", empty(bucketInteractionCustomer)},
		{"lost times of feedback", "is missing from its index feedback.customer", empty(bucketFeedbackCustomer)},
		{"lost bookings", "is missing from its index feedback.booking", empty(bucketFeedbackBooking)},
		{"lost names of segments", "is missing from its index segments.name", empty(bucketSegmentName)},
		{"lost e-mails of users", "is missing from its index users.email", empty(bucketUserEmail)},
		{"lost sessions of users", "is missing from its index sessions.user", empty(bucketSessionUser)},
		{"lost tokens of sessions", "is missing from its index sessions.refresh", empty(bucketSessionRefresh)},
		{"orphan interaction", "interaction " + contact.String() + " is of customer", func(tx *Tx) error { return tx.delete(bucketCustomers, id[:]) }},
		{"orphan feedback", "feedback " + opinion.String() + " is of customer", func(tx *Tx) error { return tx.delete(bucketCustomers, id[:]) }},
		{"orphan session", "session " + session.String() + " is of user", func(tx *Tx) error { return tx.delete(bucketUsers, user[:]) }},
		{"orphan counts", "counts of customer", func(tx *Tx) error { return tx.put(bucketActivity, make([]byte, 16), []byte("{}")) }},
		{"lost customer", "was created by change 1 of the log and is missing", func(tx *Tx) error {
			return errors.Join(tx.delete(bucketCustomers, id[:]), tx.delete(bucketLogRecord, append(id[:], last...)))
		}},
		{"lost customer with a history", "exists: false, and its last change in the log is a update", func(tx *Tx) error { return tx.delete(bucketCustomers, id[:]) }},
		{"customer that nobody made", "there are 2 records of kind customer, and the log has created only 1", func(tx *Tx) error {
			c, err := tx.Customer(id)
			if err == nil {
				c.ID[15]++
				err = rawPut(tx, bucketCustomers, c.ID, c)
			}
			return err
		}},
		{"wrong counts", "the counts of interactions and feedback are wrong", func(tx *Tx) error { return tx.count(id, func(a *Activity) { a.Channels.add("fax", 1) }) }},
		{"unreadable row", "cannot be read", func(tx *Tx) error { return tx.put(bucketCustomers, id[:], []byte("{")) }},
		{"row in another's place", "the row has the id", func(tx *Tx) error {
			return tx.put(bucketCustomers, make([]byte, 16), bytes.Clone(tx.kv.Get(bucketCustomers, id[:])))
		}},
		{"row of other letters", "is not stored as this program writes it", func(tx *Tx) error {
			return tx.put(bucketCustomers, id[:], append([]byte(" "), tx.kv.Get(bucketCustomers, id[:])...))
		}},
		{"unknown channel", `unknown channel "owl"`, func(tx *Tx) error {
			i, err := interactions.get(tx, contact)
			if err == nil {
				i.Channel = "owl"
				err = rawPut(tx, bucketInteractions, contact, i)
			}
			return err
		}},
		{"anonymous feedback with a name", "is anonymous: true, and names a customer: true", falseFeedback(opinion, func(f *Feedback) { f.IsAnonymous = true })},
		{"wrong sentiment", `has 4 stars, sentiment "negative"`, falseFeedback(opinion, func(f *Feedback) { f.Sentiment = "negative" })},
		{"gap in the log", "the log has change 2 under", func(tx *Tx) error { return tx.delete(bucketLog, seqKey(1)) }},
		{"lost end of the log", "the history has an entry", func(tx *Tx) error { return tx.delete(bucketLog, last) }},
		{"unreadable log", "change 2 of the log cannot be read", func(tx *Tx) error { return tx.put(bucketLog, seqKey(2), []byte("{")) }},
		{"time that runs back", "earlier than the change before it", falseChange(newest, func(c *Change) { c.Time = 1 })},
		{"secret in the log", "contains a secret", falseChange(newest, func(c *Change) { c.Old = json.RawMessage(`{"password_hash":"x"}`) })},
		{"change of what nobody made", "and follows a delete", falseChange(1, func(c *Change) { c.Op = OpUpdate })},
		{"deletion of what exists", "exists: true, and its last change in the log is a delete", falseChange(newest, func(c *Change) { c.Op = OpDelete })},
		{"lost history", "is missing from the history of customer", func(tx *Tx) error { return tx.delete(bucketLogRecord, append(id[:], last...)) }},
		{"stray history", "the history has an entry", func(tx *Tx) error { return tx.put(bucketLogRecord, append(contact[:], last...), nil) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			undo := errors.New("undo")
			var got []string
			_, err := s.Update(By{}, func(tx *Tx) error {
				if err := tt.damage(tx); err != nil {
					return err
				}
				got = invariants(tx)
				return undo
			})
			if err != undo || !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, tt.want) }) {
				t.Errorf("problems %q, error %v; want %q", got, err, tt.want)
			}
		})
	}
}

// rawPut writes a row without checking rules or updating indexes.
func rawPut(tx *Tx, b kv.Bucket, id ID, row any) error {
	raw, err := Encode(row)
	if err != nil {
		return err
	}
	return tx.put(b, id[:], raw)
}

// empty deletes all keys of a bucket.
func empty(b kv.Bucket) func(*Tx) error {
	return func(tx *Tx) (err error) {
		for key := range maps.Collect(pairs(tx, b)) {
			err = errors.Join(err, tx.delete(b, []byte(key)))
		}
		return err
	}
}

func falseFeedback(id ID, change func(*Feedback)) func(*Tx) error {
	return func(tx *Tx) error {
		f, err := feedback.get(tx, id)
		if err != nil {
			return err
		}
		change(f)
		return rawPut(tx, bucketFeedback, id, f)
	}
}

func falseChange(seq uint64, change func(*Change)) func(*Tx) error {
	return func(tx *Tx) error {
		c, err := tx.change(seqKey(seq))
		if err != nil {
			return err
		}
		change(&c)
		raw, err := Encode(c)
		if err != nil {
			return err
		}
		return tx.put(bucketLog, seqKey(seq), raw)
	}
}
