package store

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// collect reads all rows of a kind.
func collect[T any](t testing.TB, s *Store, table *table[T]) iter.Seq[*T] {
	t.Helper()
	var rows []*T
	view(t, s, func(tx *Tx) (err error) { rows, err = table.all(tx); return err })
	return slices.Values(rows)
}

func allRows(t testing.TB, s *Store) Rows {
	return Rows{collect(t, s, customers), collect(t, s, interactions), collect(t, s, feedback), collect(t, s, segments)}
}

// fillOneByOne writes a little of everything.
func fillOneByOne(t testing.TB, s *Store, clock *handClock) {
	t.Helper()
	rng := seeded(1)
	var people []ID
	for i := range 20 {
		clock.move(time.Minute)
		people = append(people, createCustomer(t, s, fmt.Sprintf("Customer-%d@example.com", rng.IntN(1<<20)*20+i)))
	}
	for i := range 100 {
		clock.move(time.Minute)
		id := people[rng.IntN(15)] // some have none
		if i%3 != 0 {
			createInteraction(t, s, id, clock.now().Add(-time.Duration(rng.IntN(1000))*time.Hour))
			continue
		}
		f := Feedback{CustomerID: &id, ServiceType: Services[rng.IntN(6)], Rating: 1 + rng.Int64N(5), IsAnonymous: i%4 == 0}
		if i%2 == 0 {
			f.BookingID = &ID{byte(rng.IntN(5))}
		}
		createFeedback(t, s, f)
	}
	for _, name := range []string{"Zagora", "Agadir"} {
		update(t, s, createSegment(name))
	}
}

func TestLoadEqualsSingleWrites(t *testing.T) {
	clock := newClock()
	single, loaded := open(t, WithClock(clock.time)), open(t, WithClock(clock.time))
	fillOneByOne(t, single, clock)
	told := 0
	if err := loaded.Load(By{Actor: "loader"}, allRows(t, single), func(n int) error { told += n; return nil }); err != nil {
		t.Fatal(err)
	}
	if told != 122 || loaded.Seq() != 122 {
		t.Errorf("progress told of %d rows, %d logged; want 122", told, loaded.Seq())
	}
	for b := bucketCustomers; b < bucketCount; b++ {
		var want, got map[string]string
		view(t, single, func(tx *Tx) error { want = maps.Collect(pairs(tx, b)); return nil })
		view(t, loaded, func(tx *Tx) error { got = maps.Collect(pairs(tx, b)); return nil })
		if len(got) != len(want) {
			t.Errorf("%s: %d pairs, want %d", bucketNames[b], len(got), len(want))
		}
		for key, value := range want {
			if got[key] != value {
				t.Errorf("%s %x:\n got %s\nwant %s", bucketNames[b], key, got[key], value)
			}
		}
	}
	view(t, loaded, func(tx *Tx) error {
		for change, err := range tx.Changes(0) {
			if err != nil || change.Op != OpCreate || change.Actor != "loader" || change.Time != clock.now() {
				t.Errorf("logged %+v, %v", change, err)
			}
		}
		return nil
	})
	createCustomer(t, loaded, "after@example.com")
}

// loadRows are rows with ids and times, made for a load.
type loadRows struct {
	ids          IDSource
	now          Time
	customers    []*Customer
	interactions []*Interaction
	feedback     []*Feedback
	segments     []*Segment
}

func newRows(now Time) *loadRows { return &loadRows{ids: IDSource{Rand: random(9)}, now: now} }

func (r *loadRows) customer(email string) *Customer {
	c := person(email)
	c.ID, c.CreatedAt, c.UpdatedAt, c.IsActive = r.ids.Next(r.now), r.now, r.now, true
	r.customers = append(r.customers, c)
	return c
}

func (r *loadRows) interaction(customer ID) *Interaction {
	i := &Interaction{ID: r.ids.Next(r.now), CustomerID: customer, Channel: "sms", Summary: "Hello", Timestamp: r.now, CreatedAt: r.now}
	r.interactions = append(r.interactions, i)
	return i
}

func (r *loadRows) opinion(customer ID) *Feedback {
	f := &Feedback{ID: r.ids.Next(r.now), CustomerID: &customer, ServiceType: "Tour", Rating: 4, SubmittedAt: r.now, CreatedAt: r.now}
	r.feedback = append(r.feedback, f)
	return f
}

func (r *loadRows) segment(name string) {
	r.segments = append(r.segments, &Segment{ID: r.ids.Next(r.now), Name: name, Criteria: Criteria{}, CreatedAt: r.now, UpdatedAt: r.now})
}

func (r *loadRows) rows() Rows {
	return Rows{slices.Values(r.customers), slices.Values(r.interactions), slices.Values(r.feedback), slices.Values(r.segments)}
}

func TestLoadRefuses(t *testing.T) {
	tests := []struct {
		name string
		rows func(r *loadRows, c *Customer)
		is   error
		says string
	}{
		{"e-mail twice", func(r *loadRows, c *Customer) { r.customer(strings.ToUpper(c.Email)) }, ErrEmailTaken, "a@example.com"},
		{"segment name twice", func(r *loadRows, _ *Customer) { r.segment("Été"); r.segment("ÉTÉ") }, ErrSegmentNameTaken, "été"},
		{"interaction of nobody", func(r *loadRows, _ *Customer) { r.interaction(ID{7}) }, ErrNotFound, ID{7}.String()},
		{"feedback of nobody", func(r *loadRows, _ *Customer) { r.opinion(ID{7}) }, ErrNotFound, ID{7}.String()},
		{"customer breaks a rule", func(r *loadRows, c *Customer) { c.Phone = "" }, nil, "phone: Field required"},
		{"interaction breaks a rule", func(r *loadRows, c *Customer) { r.interaction(c.ID).Summary = "" }, nil, "summary: Field required"},
		{"unknown channel", func(r *loadRows, c *Customer) { r.interaction(c.ID).Channel = "fax" }, nil, "channel: Must be one of"},
		{"rating breaks a rule", func(r *loadRows, c *Customer) { r.opinion(c.ID).Rating = 6 }, nil, "rating: Must be"},
		{"unknown service", func(r *loadRows, c *Customer) { r.opinion(c.ID).ServiceType = "x" }, nil, "service_type: Must be one of"},
		{"segment breaks a rule", func(r *loadRows, _ *Customer) { r.segment(" ") }, nil, "name: Field required"},
		{"not in order", func(r *loadRows, _ *Customer) { r.customer("b@example.com"); slices.Reverse(r.customers) }, nil, "not in order"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			clock := newClock()
			s := openAt(t, dir, WithClock(clock.time))
			r := newRows(clock.now())
			tt.rows(r, r.customer("a@example.com"))
			err := s.Load(By{}, r.rows(), nil)
			if err == nil || !strings.Contains(err.Error(), tt.says) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err := Open(dir); !errors.Is(err, ErrHalfLoaded) {
				t.Errorf("opened again: got %v, %v; want %v", s, err, ErrHalfLoaded)
			}
		})
	}
}

func TestLoadRefusesWhenNotEmpty(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	createCustomer(t, s, "z@example.com")
	r := newRows(clock.now())
	r.customer("a@example.com")
	if err := s.Load(By{}, r.rows(), nil); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("got %v, want %v", err, ErrNotEmpty)
	}
	if got := emails(t, s); !slices.Equal(got, []string{"z@example.com"}) || s.Seq() != 1 {
		t.Errorf("got %v at %d, want what was there", got, s.Seq())
	}
}

// Load applies the same rules as single writes. When the test ends, what is derived from the rows is compared with them.
func TestLoadObeysTheRules(t *testing.T) {
	clock := newClock()
	now := clock.now()
	tests := []struct {
		name string
		rows func(r *loadRows, c *Customer)
	}{
		{"timestamp left out", func(r *loadRows, c *Customer) { r.interaction(c.ID).Timestamp = Never }},
		{"timestamp a little ahead", func(r *loadRows, c *Customer) { r.interaction(c.ID).Timestamp = now + 1 }},
		{"timestamp before 1970", func(r *loadRows, c *Customer) { r.interaction(c.ID).Timestamp = -1 }},
		{"channel not trimmed", func(r *loadRows, c *Customer) { r.interaction(c.ID).Channel = " sms " }},
		{"anonymous", func(r *loadRows, c *Customer) { r.opinion(c.ID).IsAnonymous = true }},
		{"feedback submitted in another order", func(r *loadRows, c *Customer) { r.opinion(c.ID); r.opinion(c.ID).SubmittedAt -= 1000 }},
		{"last interaction without one", func(r *loadRows, c *Customer) { c.LastInteraction = new(now) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, WithClock(clock.time))
			r := newRows(now)
			tt.rows(r, r.customer("a@example.com"))
			if err := s.Load(By{}, r.rows(), nil); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLoadInChunks(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("writes more than one chunk")
	}
	clock := newClock()
	r := newRows(clock.now())
	first := r.customer(email(0))
	for i := range loadChunk {
		r.customer(email(i + 1))
	}
	r.interaction(first.ID)
	s := open(t, WithClock(clock.time))
	if err := s.Load(By{}, r.rows(), nil); err != nil {
		t.Fatal(err)
	}
	if got := int(s.Seq()); got != loadChunk+2 {
		t.Errorf("%d rows logged, want %d", got, loadChunk+2)
	}
	rand.New(random(1)).Shuffle(len(r.customers), func(i, j int) { r.customers[i], r.customers[j] = r.customers[j], r.customers[i] })
	view(t, s, func(tx *Tx) error {
		for _, c := range r.customers[:100] {
			if got, err := tx.Customer(c.ID); err != nil || asJSON(got) != asJSON(c) {
				t.Errorf("got %s (%v), want %s", asJSON(got), err, asJSON(c))
			}
		}
		return nil
	})
}
