package sample

import (
	"bytes"
	"encoding/json"
	"iter"
	"reflect"
	"slices"
	"testing"
	"time"

	"crm/store"
)

var now = time.Date(2026, 11, 23, 10, 30, 0, 0, time.UTC)

func demo() *Generator {
	return New(Options{Seed: 1, Customers: 300, Interactions: 600, Feedback: 150, Now: now})
}

func large() *Generator {
	return New(Options{Seed: 7, Customers: 100_000, Interactions: 200_000, Feedback: 50_000, Now: now})
}

// asJSON returns the whole data set.
func asJSON(t *testing.T, g *Generator) string {
	t.Helper()
	all := []any{
		slices.Collect(g.Customers()), slices.Collect(g.Interactions()), slices.Collect(g.Feedback()), g.Segments(),
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestSameOptionsSameRows(t *testing.T) {
	g := demo()
	want := asJSON(t, g)
	if asJSON(t, g) != want {
		t.Error("a second iteration gives other rows")
	}
	if asJSON(t, demo()) != want {
		t.Error("another generator with the same options gives other rows")
	}
	if asJSON(t, New(Options{Seed: 2, Customers: 300, Interactions: 600, Feedback: 150, Now: now})) == want {
		t.Error("another seed gives the same rows")
	}
}

func TestIterationsAreIndependent(t *testing.T) {
	g := demo()
	next, stop := iter.Pull(g.Customers())
	defer stop()
	for want := range g.Customers() {
		got, _ := next()
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v beside another iteration, want %v", got, want)
		}
		if got == want {
			t.Fatal("two iterations share a row")
		}
	}
}

func TestNumberOfRows(t *testing.T) {
	for _, o := range []Options{
		{},
		{Interactions: 10, Feedback: 10},
		{Customers: 1},
		{Customers: 1, Interactions: 500, Feedback: 20},
		{Customers: 2, Interactions: 5},
		{Customers: 50, Feedback: 20},
		{Customers: 300, Interactions: 600, Feedback: 150},
	} {
		o.Now = now
		g := New(o)
		if o.Customers == 0 {
			o.Interactions, o.Feedback = 0, 0
		}
		got := []int{count(g.Customers()), count(g.Interactions()), count(g.Feedback()), len(g.Segments())}
		if want := []int{o.Customers, o.Interactions, o.Feedback, 20}; !slices.Equal(got, want) {
			t.Errorf("%+v: got %v rows, want %v", o, got, want)
		}
	}
}

func count[T any](rows iter.Seq[T]) (n int) {
	for range rows {
		n++
	}
	return n
}

func TestOrder(t *testing.T) {
	g := large()
	inOrder(t, g, g.Customers(), func(c *store.Customer) (store.ID, store.Time) { return c.ID, c.CreatedAt })
	inOrder(t, g, g.Interactions(), func(i *store.Interaction) (store.ID, store.Time) { return i.ID, i.CreatedAt })
	inOrder(t, g, g.Feedback(), func(f *store.Feedback) (store.ID, store.Time) { return f.ID, f.CreatedAt })
	inOrder(t, g, slices.Values(g.Segments()), func(s *store.Segment) (store.ID, store.Time) { return s.ID, s.CreatedAt })
}

func inOrder[T any](t *testing.T, g *Generator, rows iter.Seq[T], of func(T) (store.ID, store.Time)) {
	t.Helper()
	var last store.ID
	for row := range rows {
		id, created := of(row)
		if bytes.Compare(id[:], last[:]) <= 0 {
			t.Fatalf("%T %s comes after %s", row, id, last)
		}
		if store.CreatedAt(id) != created || id.Version() != 7 || created < g.start() || created > g.now {
			t.Fatalf("%T %s is created at %s", row, id, created)
		}
		last = id
	}
}

// unchanged fails unless row keeps to the rules and already has the form that checking gives it.
func unchanged[T any](t *testing.T, row T, validate func(*T) error) {
	t.Helper()
	before, _ := json.Marshal(row)
	checked := row
	if err := validate(&checked); err != nil {
		t.Fatalf("%v: %s", err, before)
	}
	if !reflect.DeepEqual(checked, row) {
		t.Fatalf("checking changes %s to %+v", before, checked)
	}
}

func TestRowsAreValid(t *testing.T) {
	g := New(Options{Seed: 3, Customers: 20_000, Interactions: 20_000, Feedback: 20_000, Now: now})
	for c := range g.Customers() {
		unchanged(t, *c, (*store.Customer).Validate)
		if c.UpdatedAt < c.CreatedAt || c.UpdatedAt > g.now || len(c.Tags) > 4 || c.Name() == "" || c.LastInteraction != nil {
			t.Fatalf("odd customer: %+v", c)
		}
	}
	for i := range g.Interactions() {
		unchanged(t, *i, func(i *store.Interaction) error { return i.Validate(g.now) })
		if i.Timestamp > i.CreatedAt || i.FollowUpDate != nil && *i.FollowUpDate <= i.CreatedAt {
			t.Fatalf("odd interaction: %+v", i)
		}
	}
	for f := range g.Feedback() {
		unchanged(t, *f, (*store.Feedback).Validate)
		if f.IsAnonymous != (f.CustomerID == nil) || f.Resolved != (f.ResolvedAt != nil) || f.Resolved != (f.ResolvedBy != nil) ||
			f.SubmittedAt != f.CreatedAt || f.Resolved && (*f.ResolvedAt < f.SubmittedAt || *f.ResolvedAt > g.now) {
			t.Fatalf("odd feedback: %+v", f)
		}
	}
	for _, s := range g.Segments() {
		unchanged(t, *s, (*store.Segment).Validate)
	}
}

func TestReferences(t *testing.T) {
	g := large()
	created := make(map[store.ID]store.Time)
	for c := range g.Customers() {
		created[c.ID] = c.CreatedAt
	}
	for i := range g.Interactions() {
		if at, ok := created[i.CustomerID]; !ok || at > i.Timestamp || at > i.CreatedAt {
			t.Fatalf("interaction %s at %s with customer %s of %s", i.ID, i.Timestamp, i.CustomerID, at)
		}
	}
	for f := range g.Feedback() {
		if f.CustomerID == nil {
			continue
		}
		if at, ok := created[*f.CustomerID]; !ok || at > f.SubmittedAt {
			t.Fatalf("feedback %s at %s of customer %s of %s", f.ID, f.SubmittedAt, f.CustomerID, at)
		}
	}
}

func TestStaff(t *testing.T) {
	staff := []store.ID{{1}, {2}}
	g := New(Options{Customers: 10, Interactions: 100, Now: now, Staff: staff})
	for i := range g.Interactions() {
		if i.StaffMemberID != nil && !slices.Contains(staff, *i.StaffMemberID) {
			t.Fatalf("interaction of staff %s", i.StaffMemberID)
		}
	}
}
