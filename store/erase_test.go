package store

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"
)

// pairsWith returns the pairs of the file, by bucket, that have a text.
func pairsWith(t testing.TB, s *Store, text string) (found []string) {
	t.Helper()
	view(t, s, func(tx *Tx) error {
		for b := range bucketCount {
			for key, value := range tx.kv.Scan(b, nil) {
				if bytes.Contains(bytes.ToLower(slices.Concat(key, value)), []byte(text)) {
					found = append(found, fmt.Sprintf("%s %s", bucketNames[b], value))
				}
			}
		}
		return nil
	})
	return found
}

// TestErase fills everything that is kept of a person with a mark and looks for it in every pair. Other people's records
// and logs stay to the byte.
func TestErase(t *testing.T) {
	s := open(t)
	other := createCustomer(t, s, "other@example.com")
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateCustomer(other, func(c *Customer) Invalid { c.Notes = new("Zz"); return nil })
		return err
	})
	before := pairsWith(t, s, other.String())
	id := markedPerson(t, s)
	if found := pairsWith(t, s, "qqqq"); len(found) < 12 {
		t.Fatalf("only %d pairs have the mark: %q", len(found), found)
	}
	var traces Traces
	view(t, s, func(tx *Tx) error { traces = tx.Traces(id); return nil })
	late := markedInteraction(t, s, id) // deleted between the two steps
	update(t, s, func(tx *Tx) error { return tx.DeleteInteraction(late) })
	var was, is Activity
	view(t, s, func(tx *Tx) (err error) { was, err = tx.Activity(id); return err })
	seq := update(t, s, func(tx *Tx) error { _, err := tx.Erase(id, traces, nil); return err })
	view(t, s, func(tx *Tx) (err error) { is, err = tx.Activity(id); return err })
	if found := pairsWith(t, s, "qqqq"); len(found) > 0 {
		t.Errorf("still there: %q", found)
	}
	if !is.equal(&was) || is.Interactions() != 1 || is.Feedback() != 1 {
		t.Errorf("activity: got %+v, want %+v", is, was)
	}
	if after := pairsWith(t, s, other.String()); !slices.Equal(after, before) {
		t.Errorf("another person: got %q, want %q", after, before)
	}
	view(t, s, func(tx *Tx) error {
		if got := entries(t, tx.Changes(seq-1)); !slices.Equal(got, []string{fmt.Sprintf(`%d erase customer {"is_active":true}`, seq)}) {
			t.Errorf("log: got %q", got)
		}
		return nil
	})
	if problems := check(t, s); len(problems) > 0 {
		t.Errorf("check: %v", problems)
	}
}

// TestEraseCloses checks that an erasure completes the person's open follow-ups, resolves the open feedback, and logs both. It changes
// nothing of other people, and nothing that was closed before.
func TestEraseCloses(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	id, other, caller, earlier := createCustomer(t, s, "a@example.com"), createCustomer(t, s, "b@example.com"), ID{1}, ID{2}
	needed := func(tx *Tx, interaction ID) error {
		_, err := tx.UpdateInteraction(interaction, func(i *Interaction) Invalid { i.FollowUpRequired, i.FollowUpDate = true, new(clock.now()); return nil })
		return err
	}
	calls, opinions := map[ID][2]ID{}, map[ID][2]ID{}
	for _, customer := range []ID{id, other} {
		f := Feedback{CustomerID: &customer, ServiceType: "Tour", Rating: 1, Comments: new("qqqq")}
		calls[customer] = [2]ID{createInteraction(t, s, customer, Never), createInteraction(t, s, customer, Never)}
		opinions[customer] = [2]ID{createFeedback(t, s, f), createFeedback(t, s, f)}
		update(t, s, func(tx *Tx) error { return needed(tx, calls[customer][0]) })
		update(t, s, func(tx *Tx) error {
			_, err := tx.UpdateFeedback(opinions[customer][1], &earlier, func(f *Feedback) Invalid { f.Resolved = true; return nil })
			return err
		})
	}
	clock.move(time.Hour)
	before, rows := s.Seq(), pairsWith(t, s, other.String())
	var resolved Feedback
	view(t, s, func(tx *Tx) error { f, err := tx.Feedback(opinions[id][1]); resolved = *f; return err })
	update(t, s, func(tx *Tx) error { _, err := tx.Erase(id, Traces{}, &caller); return err })
	view(t, s, func(tx *Tx) error {
		want := []string{
			fmt.Sprintf(`%d update interaction {"follow_up_required":true}`, before+1),
			fmt.Sprintf(`%d update feedback {"resolved":false,"resolved_at":null,"resolved_by":null}`, before+2),
			fmt.Sprintf(`%d erase customer {"is_active":true}`, before+3),
		}
		if got := entries(t, tx.Changes(before)); !slices.Equal(got, want) {
			t.Errorf("log: got %q, want %q", got, want)
		}
		i, err := tx.Interaction(calls[id][0])
		if err != nil || i.FollowUpRequired || i.FollowUpDate == nil {
			t.Errorf("got %s, %v", asJSON(i), err)
		}
		f, err := tx.Feedback(opinions[id][0])
		if err != nil || !f.Resolved || f.ResolvedAt == nil || *f.ResolvedAt != clock.now() || f.ResolvedBy == nil || *f.ResolvedBy != caller {
			t.Errorf("got %s, %v", asJSON(f), err)
		}
		f, err = tx.Feedback(opinions[id][1])
		if resolved.Comments = nil; err != nil || asJSON(f) != asJSON(resolved) {
			t.Errorf("resolved before: got %s, %v, want %s", asJSON(f), err, asJSON(resolved))
		}
		return nil
	})
	if after := pairsWith(t, s, other.String()); !slices.Equal(after, rows) {
		t.Errorf("another person: got %q, want %q", after, rows)
	}
	update(t, s, func(tx *Tx) error { return needed(tx, calls[id][1]) }) // a form that was open all the while
	update(t, s, func(tx *Tx) error { _, err := tx.Erase(id, Traces{}, &caller); return err })
	view(t, s, func(tx *Tx) error {
		if i, err := tx.Interaction(calls[id][1]); err != nil || i.FollowUpRequired {
			t.Errorf("erased again: got %s, %v", asJSON(i), err)
		}
		return nil
	})
}

func markedInteraction(t testing.TB, s *Store, customer ID) ID {
	t.Helper()
	i := &Interaction{CustomerID: customer, Channel: "sms", Subject: new("qqqq"), Summary: "qqqq", Timestamp: Never}
	update(t, s, func(tx *Tx) error { _, err := tx.CreateInteraction(i, nil); return err })
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateInteraction(i.ID, func(i *Interaction) Invalid { i.Summary = "qqqq, again"; return nil })
		return err
	})
	return i.ID
}

func markedFeedback(t testing.TB, s *Store, customer ID) ID {
	t.Helper()
	f := &Feedback{CustomerID: &customer, BookingID: &ID{'q', 'q', 'q', 'q'}, ServiceType: "Tour", Rating: 2, Comments: new("qqqq")}
	update(t, s, func(tx *Tx) error {
		if _, err := tx.CreateFeedback(f, nil); err != nil {
			return err
		}
		return tx.KeepReply(&Reply{Key: f.ID, Record: f.ID, Body: []byte(`"qqqq"`)})
	})
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateFeedback(f.ID, nil, func(f *Feedback) Invalid { f.ResolutionNotes = new("qqqq"); return nil })
		return err
	})
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateFeedback(f.ID, nil, func(f *Feedback) Invalid { f.Comments = new("qqqq2"); return nil })
		return err
	})
	return f.ID
}

// markedPerson returns a customer with the mark qqqq in everything, one interaction and one feedback, and two that were deleted.
func markedPerson(t testing.TB, s *Store) ID {
	t.Helper()
	c := &Customer{ContactType: "Individual", FullName: new("qqqq"), CompanyName: new("qqqq"), Email: "qqqq@example.com", Phone: "1 qqqq",
		Nationality: new("qqqq"), Region: new("qqqq"), Tags: []string{"qqqq"}, Notes: new("qqqq")}
	update(t, s, func(tx *Tx) error { _, err := tx.CreateCustomer(c, nil); return err })
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateCustomer(c.ID, func(c *Customer) Invalid {
			c.FullName, c.CompanyName, c.Email, c.Phone, c.Nationality, c.Region, c.Tags, c.Notes = new("qqqq2"), new("qqqq2"),
				"qqqq2@example.com", "2 qqqq", new("qqqq2"), new("qqqq2"), []string{"qqqq2"}, new("qqqq2")
			return nil
		})
		return err
	})
	markedInteraction(t, s, c.ID)
	markedFeedback(t, s, c.ID)
	i, f := markedInteraction(t, s, c.ID), markedFeedback(t, s, c.ID)
	update(t, s, func(tx *Tx) error { return tx.DeleteInteraction(i) })
	update(t, s, func(tx *Tx) error { return tx.DeleteFeedback(f) })
	return c.ID
}

// Somebody may have taken the address that an erased customer gets; e-mails stay unique all the same.
func TestEraseWhereItsAddressIsTaken(t *testing.T) {
	s := open(t) // its end checks the indexes
	id := markedPerson(t, s)
	other := createCustomer(t, s, "ERASED-"+id.String()+"@erased.invalid")
	for range 2 {
		update(t, s, func(tx *Tx) error { _, err := tx.Erase(id, Traces{}, nil); return err })
	}
	view(t, s, func(tx *Tx) error {
		erased, err := tx.Customer(id)
		if err == nil && erased.Email != "erased-"+id.String()+"-2@erased.invalid" {
			t.Errorf("got %s", erased.Email)
		}
		return err
	})
	update(t, s, func(tx *Tx) error { _, err := tx.Erase(other, Traces{}, nil); return err })
}
