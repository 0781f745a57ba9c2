package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestInteractionJSON(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	id, staff := createCustomer(t, s, "a@example.com"), ID{1}
	full := &Interaction{
		CustomerID: id, StaffMemberID: &staff, Channel: "in-person", Subject: new(" Désert "), Summary: " <3 jours> ",
		DurationMinutes: new(int64(90)), FollowUpRequired: true, FollowUpDate: new(clock.now().Add(48 * time.Hour)),
		Timestamp: clock.now().Add(-time.Hour),
	}
	tests := []struct {
		name string
		i    *Interaction
		want string // after the ids
	}{
		{"full", full, `"staff_member_id":"01000000-0000-0000-0000-000000000000","channel":"in-person","subject":"Désert",` +
			`"summary":"<3 jours>","duration_minutes":90,"follow_up_required":true,"follow_up_date":"2026-11-25T06:01:56.852Z","follow_up_local":null,` +
			`"timestamp":"2026-11-23T05:01:56.852Z","created_at":"2026-11-23T06:01:56.852Z"}`},
		{"least", &Interaction{CustomerID: id, Channel: "sms", Summary: "x", Timestamp: Never}, `"staff_member_id":null,"channel":"sms","subject":null,` +
			`"summary":"x","duration_minutes":null,"follow_up_required":false,"follow_up_date":null,"follow_up_local":null,` +
			`"timestamp":"2026-11-23T06:01:56.852Z","created_at":"2026-11-23T06:01:56.852Z"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var created, read string
			update(t, s, func(tx *Tx) error {
				raw, err := tx.CreateInteraction(tt.i, nil)
				created = string(raw)
				return err
			})
			view(t, s, func(tx *Tx) error {
				raw, err := tx.InteractionJSON(tt.i.ID)
				read = string(raw)
				return err
			})
			want := fmt.Sprintf(`{"id":"%s","customer_id":"%s",%s`, tt.i.ID, id, tt.want)
			if created != want || read != want {
				t.Errorf("\ncreated %s\n   read %s\n   want %s", created, read, want)
			}
		})
	}
}

func TestInteractionRules(t *testing.T) {
	clock := newClock()
	tests := []struct {
		name string
		set  func(*Interaction)
		want []string
	}{
		{"good", func(*Interaction) {}, nil},
		{"no channel", func(i *Interaction) { i.Channel = "" }, []string{"channel missing"}},
		{"unknown channel", func(i *Interaction) { i.Channel = "fax" }, []string{"channel enum"}},
		{"subject of 255", func(i *Interaction) { i.Subject = new(strings.Repeat("م", 255)) }, nil},
		{"subject of 256", func(i *Interaction) { i.Subject = new(strings.Repeat("م", 256)) }, []string{"subject string_too_long"}},
		{"no summary", func(i *Interaction) { i.Summary = " \n" }, []string{"summary missing"}},
		{"summary of 2,000", func(i *Interaction) { i.Summary = strings.Repeat("م", 2000) }, nil},
		{"summary of 2,001", func(i *Interaction) { i.Summary = strings.Repeat("م", 2001) }, []string{"summary string_too_long"}},
		{"no time at all", func(i *Interaction) { i.DurationMinutes = new(int64(0)) }, nil},
		{"negative duration", func(i *Interaction) { i.DurationMinutes = new(int64(-1)) }, []string{"duration_minutes range"}},
		{"longer than any", func(i *Interaction) { i.DurationMinutes = new(int64(1 << 31)) }, []string{"duration_minutes range"}},
		{"everything", func(i *Interaction) {
			*i = Interaction{DurationMinutes: new(int64(-1)), Timestamp: clock.now().Add(time.Hour), Subject: new(strings.Repeat("a", 256))}
		}, []string{"channel missing", "subject string_too_long", "summary missing", "duration_minutes range", "timestamp future"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i := &Interaction{Channel: "phone", Summary: "Call", Timestamp: Never}
			tt.set(i)
			if got := broken(i.Validate(clock.now())); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestInteractionTimestamp(t *testing.T) {
	clock := newClock()
	now := clock.now()
	tests := []struct {
		name     string
		at, want Time
		broken   bool
	}{
		{"none", Never, now, false}, {"1970", 0, 0, false},
		{"past", now.Add(-1000 * time.Hour), now.Add(-1000 * time.Hour), false},
		{"before 1970", -1, -1, false},
		{"now", now, now, false},
		{"a little ahead", now + 1, now, false},
		{"five minutes ahead", now.Add(5 * time.Minute), now, false},
		{"more", now.Add(5*time.Minute) + 1, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, WithClock(clock.time))
			id := createCustomer(t, s, "a@example.com")
			i := &Interaction{CustomerID: id, Channel: "phone", Summary: "Call", Timestamp: tt.at}
			_, err := s.Update(By{}, func(tx *Tx) error { _, err := tx.CreateInteraction(i, nil); return err })
			if got := broken(err); tt.broken != slices.Equal(got, []string{"timestamp future"}) {
				t.Fatalf("got %v, want refused: %t", err, tt.broken)
			}
			last := customer(t, s, id).LastInteraction
			if tt.broken {
				if last != nil {
					t.Errorf("last interaction %s, want none", last)
				}
				return
			}
			if i.Timestamp != tt.want || last == nil || *last != tt.want {
				t.Errorf("timestamp %s, last interaction %v, want %s", i.Timestamp, last, tt.want)
			}
		})
	}
}

func TestLastInteraction(t *testing.T) {
	clock := newClock()
	now := clock.now()
	s := open(t, WithClock(clock.time))
	id, other := createCustomer(t, s, "a@example.com"), createCustomer(t, s, "b@example.com")
	ids := map[string]ID{}
	create := func(name string, ago time.Duration) func() {
		return func() { ids[name] = createInteraction(t, s, id, now.Add(-ago)) }
	}
	move := func(name string, ago time.Duration) func() {
		return func() {
			update(t, s, func(tx *Tx) error {
				_, err := tx.UpdateInteraction(ids[name], func(i *Interaction) Invalid {
					i.Timestamp, i.Channel = now.Add(-ago), "chat"
					return nil
				})
				return err
			})
		}
	}
	remove := func(name string) func() {
		return func() { update(t, s, func(tx *Tx) error { return tx.DeleteInteraction(ids[name]) }) }
	}
	ago := func(d time.Duration) *Time { return new(now.Add(-d)) }
	tests := []struct {
		name string
		do   func()
		want *Time
		n    int64
	}{
		{"first", create("a", 3*time.Hour), ago(3 * time.Hour), 1},
		{"newer", create("b", time.Hour), ago(time.Hour), 2},
		{"older", create("c", 9*time.Hour), ago(time.Hour), 3},
		{"newest moved back", move("b", 5*time.Hour), ago(3 * time.Hour), 3},
		{"oldest moved forward", move("c", 2*time.Hour), ago(2 * time.Hour), 3},
		{"newest deleted", remove("c"), ago(3 * time.Hour), 2},
		{"oldest deleted", remove("b"), ago(3 * time.Hour), 1},
		{"all deleted", remove("a"), nil, 0},
		{"one more", create("d", 7*time.Hour), ago(7 * time.Hour), 1},
	}
	for _, tt := range tests { // each builds on those before it
		tt.do()
		if got, want := asJSON(customer(t, s, id).LastInteraction), asJSON(tt.want); got != want {
			t.Errorf("%s: last interaction %s, want %s", tt.name, got, want)
		}
		a := activity(t, s, id)
		if got := a.Interactions(); got != tt.n {
			t.Errorf("%s: %d interactions, want %d", tt.name, got, tt.n)
		}
	}
	if got := customer(t, s, other).LastInteraction; got != nil {
		t.Errorf("last interaction of another customer: %s", got)
	}
}

func TestInteractionRefused(t *testing.T) {
	s := open(t)
	id := createCustomer(t, s, "a@example.com")
	contact := createInteraction(t, s, id, Never)
	tests := []struct {
		name string
		fn   func(*Tx) error
		want string
	}{
		{"unknown customer, before the rules", func(tx *Tx) error {
			_, err := tx.CreateInteraction(&Interaction{}, nil)
			return err
		}, "Customer not found"},
		{"customer's id not readable", func(tx *Tx) error {
			_, err := tx.CreateInteraction(&Interaction{Channel: "sms"}, Invalid{{Field: "customer_id", Msg: "Must be a UUID", Type: "uuid"}})
			return err
		}, "customer_id: Must be a UUID; summary: Field required"},
		{"update breaks a rule", func(tx *Tx) error {
			_, err := tx.UpdateInteraction(contact, func(i *Interaction) Invalid { i.Summary = ""; return nil })
			return err
		}, "summary: Field required"},
		{"update unknown", func(tx *Tx) error {
			_, err := tx.UpdateInteraction(id, func(*Interaction) Invalid { return nil })
			return err
		}, "Interaction not found"},
		{"delete unknown", func(tx *Tx) error { return tx.DeleteInteraction(id) }, "Interaction not found"},
	}
	before := s.Seq()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.Update(By{}, tt.fn)
			if fmt.Sprint(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if want := strings.HasSuffix(tt.want, "not found"); errors.Is(err, ErrNotFound) != want {
				t.Errorf("%v is ErrNotFound: %t, want %t", err, !want, want)
			}
			if s.Seq() != before {
				t.Errorf("sequence %d, want %d", s.Seq(), before)
			}
		})
	}
}

// The rules need no transaction, and what they refuse comes after a customer who is unknown. The times are the transaction's.
func TestInteractionCheckedBefore(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	id := createCustomer(t, s, "a@example.com")
	add := func(draft Checked[Interaction]) error {
		_, err := s.Update(By{}, func(tx *Tx) error {
			_, err := tx.AddInteraction(draft)
			return err
		})
		return err
	}
	now := &Interaction{CustomerID: id, Channel: "phone", Summary: " Call ", Timestamp: Never}
	ahead := &Interaction{CustomerID: id, Channel: "phone", Summary: "Call", Timestamp: clock.now().Add(2 * time.Minute)}
	drafts := []Checked[Interaction]{now.Checked(clock.now(), nil), ahead.Checked(clock.now(), nil)}
	clock.move(time.Minute)
	for _, draft := range drafts {
		if err := add(draft); err != nil {
			t.Fatal(err)
		}
	}
	if now.Timestamp != clock.now() || now.CreatedAt != clock.now() || ahead.Timestamp != clock.now() || now.Summary != "Call" {
		t.Errorf("got %s and %s, want the time %s", asJSON(now), asJSON(ahead), clock.now())
	}
	broken := (&Interaction{CustomerID: id, Timestamp: Never}).Checked(clock.now(), nil)
	if _, ok := errors.AsType[Invalid](add(broken)); !ok || broken.Err() == nil {
		t.Errorf("got %v and %v", add(broken), broken.Err())
	}
	if err := add((&Interaction{Timestamp: Never}).Checked(clock.now(), nil)); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want that the customer is unknown", err)
	}
}
