package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// A model is what the store should hold, in plain maps.
type model struct {
	t            *testing.T
	s            *Store
	clock        *handClock
	now          Time // never backwards
	customers    map[ID]*Customer
	interactions map[ID]*Interaction
	feedback     map[ID]*Feedback
	replies      map[ID]Reply
	order        []ID   // of customers, interactions and feedback as they were created
	script       []byte // what happens next
}

func newModel(t *testing.T, script []byte) *model {
	clock := newClock()
	return &model{
		t: t, s: open(t, WithClock(clock.time)), clock: clock, now: Never, script: script,
		customers: map[ID]*Customer{}, interactions: map[ID]*Interaction{}, feedback: map[ID]*Feedback{},
		replies: map[ID]Reply{},
	}
}

// next returns the next byte of the script, below n; 0 when it is over.
func (m *model) next(n int) int {
	if len(m.script) == 0 {
		return 0
	}
	b := m.script[0]
	m.script = m.script[1:]
	return int(b) % n
}

// some returns one of the ids so far, of whatever kind, or one that nobody has.
func (m *model) some() ID {
	if n := m.next(16); n > 0 && len(m.order) > 0 {
		return m.order[(n*37+m.next(256))%len(m.order)]
	}
	return ID{0xff}
}

func (m *model) run() {
	for len(m.script) > 0 {
		m.clock.move(time.Duration(m.next(256)-64) * time.Minute) // backwards too
		steps := []func(){m.createCustomer, m.updateCustomer, m.createInteraction, m.createInteraction, m.updateInteraction,
			m.deleteInteraction, m.createFeedback, m.createFeedback, m.updateFeedback, m.deleteFeedback, m.keepReply, m.forgetReplies}
		steps[m.next(len(steps))]()
		if m.t.Failed() {
			return
		}
	}
	m.compare()
}

// update runs fn, and wants it to fail as the model does. It reports whether it should succeed.
func (m *model) update(what string, want error, fn func(*Tx) error) bool {
	m.t.Helper()
	m.now = max(m.now, m.clock.now())
	_, got := m.s.Update(By{}, fn)
	if invalid, ok := errors.AsType[Invalid](got); ok && errors.Is(want, errBroken) && len(invalid) > 0 {
		return false
	}
	if !errors.Is(got, want) {
		m.t.Errorf("%s: got %v, want %v", what, got, want)
	}
	return want == nil
}

// errBroken stands for an Invalid.
var errBroken = errors.New("broken rule")

// first returns the first error whose condition holds.
func first(missing, broken, taken bool) error {
	switch {
	case missing:
		return ErrNotFound
	case broken:
		return errBroken
	case taken:
		return ErrEmailTaken
	}
	return nil
}

func (m *model) taken(email string, but ID) bool {
	for id, c := range m.customers {
		if id != but && strings.EqualFold(c.Email, strings.TrimSpace(email)) {
			return true
		}
	}
	return false
}

// email returns one of few, in many cases; the last two break the rules.
func (m *model) email() (email string, good bool) {
	n := m.next(64)
	if n >= 62 {
		return "none", false
	}
	forms := []string{"c%d@example.com", "C%d@example.com", " c%d@EXAMPLE.com "}
	return fmt.Sprintf(forms[m.next(len(forms))], n), true
}

func (m *model) createCustomer() {
	email, good := m.email()
	c := &Customer{ContactType: "Individual", Email: email, Phone: "1"}
	if m.update("create customer", first(false, !good, m.taken(email, ID{})), func(tx *Tx) error {
		_, err := tx.CreateCustomer(c, nil)
		return err
	}) {
		m.order = append(m.order, c.ID)
		m.customers[c.ID] = &Customer{ID: c.ID, ContactType: "Individual", Email: strings.TrimSpace(email), Phone: "1", IsActive: true,
			PreferredLanguage: "French", LoyaltyStatus: "New", Tags: []string{}, CreatedAt: m.now, UpdatedAt: m.now}
	}
}

func (m *model) updateCustomer() {
	id := m.some()
	phone, active, rename := fmt.Sprint(m.next(3)), m.next(2) == 0, m.next(2) == 0
	email, good := m.email()
	c := m.customers[id]
	if m.update("update customer", first(c == nil, rename && !good, rename && m.taken(email, id)), func(tx *Tx) error {
		_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid {
			if c.Phone, c.IsActive = phone, active; rename {
				c.Email = email
			}
			return nil
		})
		return err
	}) {
		before := *c
		if c.Phone, c.IsActive = phone, active; rename {
			c.Email = strings.TrimSpace(email)
		}
		if before.Phone != c.Phone || before.IsActive != c.IsActive || before.Email != c.Email {
			c.UpdatedAt = m.now
		}
	}
}

// timestamp returns what may be given for an interaction, and what becomes of it; Never for one that is refused.
func (m *model) timestamp() (given, want Time) {
	now := max(m.now, m.clock.now())
	switch n := m.next(8); n {
	case 0:
		return Never, now
	case 1:
		return now + 5*60_000, now
	case 2:
		return now + 5*60_000 + 1, Never
	default:
		given = now - Time(m.next(256))*600_000
		return given, given
	}
}

func (m *model) createInteraction() {
	customer := m.some()
	given, want := m.timestamp()
	channel := append(slices.Clone(Channels), "fax")[m.next(7)]
	i := &Interaction{CustomerID: customer, Channel: channel, Summary: "x", Timestamp: given}
	if m.update("create interaction", first(m.customers[customer] == nil, want == Never || channel == "fax", false), func(tx *Tx) error {
		_, err := tx.CreateInteraction(i, nil)
		return err
	}) {
		m.order = append(m.order, i.ID)
		m.interactions[i.ID] = &Interaction{ID: i.ID, CustomerID: customer, Channel: channel, Summary: "x", Timestamp: want, CreatedAt: m.now}
	}
}

func (m *model) updateInteraction() {
	id, channel := m.some(), append(slices.Clone(Channels), "")[m.next(7)]
	given, want := m.timestamp()
	i := m.interactions[id]
	if m.update("update interaction", first(i == nil, want == Never || channel == "", false), func(tx *Tx) error {
		_, err := tx.UpdateInteraction(id, func(i *Interaction) Invalid { i.Channel, i.Timestamp = channel, given; return nil })
		return err
	}) {
		i.Channel, i.Timestamp = channel, want
	}
}

func (m *model) deleteInteraction() {
	id := m.some()
	m.update("delete interaction", first(m.interactions[id] == nil, false, false), func(tx *Tx) error { return tx.DeleteInteraction(id) })
	delete(m.interactions, id)
}

func (m *model) createFeedback() {
	customer, rating, anonymous := m.some(), int64(m.next(7)), m.next(4) == 0
	f := &Feedback{CustomerID: &customer, ServiceType: Services[m.next(6)], Rating: rating, IsAnonymous: anonymous}
	want := *f
	if m.update("create feedback", first(m.customers[customer] == nil, rating < 1 || rating > 5, false), func(tx *Tx) error {
		_, err := tx.CreateFeedback(f, nil)
		return err
	}) {
		m.order = append(m.order, f.ID)
		want.ID, want.SubmittedAt, want.CreatedAt, want.Source = f.ID, m.now, m.now, "web"
		want.Sentiment = []string{"negative", "negative", "neutral", "positive", "positive"}[rating-1]
		if anonymous {
			want.CustomerID = nil
		}
		m.feedback[f.ID] = &want
	}
}

func (m *model) updateFeedback() {
	id, resolved, caller := m.some(), m.next(2) == 0, ID{byte(m.next(3))}
	f := m.feedback[id]
	if m.update("update feedback", first(f == nil, false, false), func(tx *Tx) error {
		_, err := tx.UpdateFeedback(id, &caller, func(f *Feedback) Invalid { f.Resolved = resolved; return nil })
		return err
	}) {
		switch {
		case resolved && !f.Resolved:
			f.ResolvedAt, f.ResolvedBy = new(m.now), &caller
		case !resolved:
			f.ResolvedAt, f.ResolvedBy = nil, nil
		}
		f.Resolved = resolved
	}
}

func (m *model) deleteFeedback() {
	id := m.some()
	m.update("delete feedback", first(m.feedback[id] == nil, false, false), func(tx *Tx) error { return tx.DeleteFeedback(id) })
	delete(m.feedback, id)
}

func (m *model) keepReply() {
	r := Reply{Key: ID{byte(m.next(32))}, Record: m.some(), Body: json.RawMessage(`{}`)}
	kept := r
	m.update("keep reply", nil, func(tx *Tx) error { return tx.KeepReply(&kept) })
	r.At = m.now
	m.replies[r.Key] = r
}

func (m *model) forgetReplies() {
	record := m.some()
	m.update("forget replies", nil, func(tx *Tx) error { return tx.ForgetReplies(record) })
	maps.DeleteFunc(m.replies, func(_ ID, r Reply) bool { return r.Record == record })
}

// compareReplies checks that replies are kept for a day.
func (m *model) compareReplies() {
	m.update("look at replies", nil, func(tx *Tx) error {
		for n := range byte(32) {
			want, ok := m.replies[ID{n}]
			ok = ok && m.now < want.At.Add(ReplyTTL)
			got, err := tx.Reply(ID{n})
			if found := err == nil; found != ok || found && (got.Record != want.Record || got.At != want.At) {
				m.t.Errorf("reply %d: got %+v, %v, want %+v: %t", n, got, err, want, ok)
			}
		}
		return nil
	})
}

// compare wants the store to hold what the model holds. Activities are compared with the rows when the store closes.
func (m *model) compare() {
	for _, i := range m.interactions {
		c := m.customers[i.CustomerID]
		c.LastInteraction = later(c.LastInteraction, i.Timestamp)
	}
	sameRows(m, customers, m.customers)
	sameRows(m, interactions, m.interactions)
	sameRows(m, feedback, m.feedback)
	m.compareReplies()
}

func sameRows[T any](m *model, t *table[T], want map[ID]*T) {
	n := 0
	for row := range collect(m.t, m.s, t) {
		n++
		if got, want := asJSON(row), asJSON(want[t.id(row)]); got != want {
			m.t.Errorf("%s\n got %s\nwant %s", t.kind, got, want)
		}
	}
	if n != len(want) {
		m.t.Errorf("%d rows of %s, want %d", n, t.kind, len(want))
	}
}

func TestRandomOperations(t *testing.T) {
	t.Parallel()
	for seed := range byte(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			script := make([]byte, 4000) // about 500 operations
			if _, err := random(seed).Read(script); err != nil {
				t.Fatal(err)
			}
			m := newModel(t, script)
			m.run()
			t.Logf("%d customers, %d interactions, %d feedback, %d changes",
				len(m.customers), len(m.interactions), len(m.feedback), m.s.Seq())
		})
	}
}

func FuzzOperations(f *testing.F) {
	for seed := range byte(3) {
		script := make([]byte, 200)
		if _, err := random(seed + 100).Read(script); err != nil {
			f.Fatal(err)
		}
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) { newModel(t, slices.Clone(script[:min(len(script), 400)])).run() })
}
