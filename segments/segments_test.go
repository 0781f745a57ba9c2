package segments

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/index"
	"crm/store"
	"crm/store/sample"
)

// newSample returns a store with sample customers and segments, and an index that follows it.
func newSample(t *testing.T) (*store.Store, *index.Index) {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	g := sample.New(sample.Options{Seed: 3, Customers: 2000, Now: store.Now()})
	rows := store.Rows{Customers: g.Customers(), Interactions: g.Interactions(), Feedback: g.Feedback(), Segments: slices.Values(g.Segments())}
	if err := st.Load(store.By{}, rows, nil); err != nil {
		t.Fatal(err)
	}
	ix := index.New(st, filepath.Join(dir, "index"), index.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- ix.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := ix.Wait(t.Context(), st.Seq()); err != nil {
		t.Fatal(err)
	}
	return st, ix
}

func everyone(t *testing.T, st *store.Store) (all []*store.Customer) {
	t.Helper()
	err := st.View(func(tx *store.Tx) error {
		for id := range tx.Customers(store.ID{}) {
			c, err := tx.Customer(id)
			if err != nil {
				return err
			}
			all = append(all, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestFilterEqualsMatches compares the two ways to evaluate criteria: over the facets, and over each customer.
func TestFilterEqualsMatches(t *testing.T) {
	st, ix := newSample(t)
	all := everyone(t, st)
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		criteria := store.Criteria{}
		for _, key := range store.CriteriaKeys {
			for random.IntN(3) == 0 && len(criteria[key]) < 3 {
				values := store.CriteriaValues(all[random.IntN(len(all))], key)
				if len(values) > 0 {
					criteria[key] = append(criteria[key], strings.ToUpper(values[random.IntN(len(values))]))
				}
			}
		}
		want := 0
		for _, c := range all {
			if Matches(criteria, c) {
				want++
			}
		}
		if got := ix.CountCustomers(Filter(criteria)); got != want {
			t.Errorf("%v: facets count %d, the customers themselves %d", criteria, got, want)
		}
	}
}

func TestOf(t *testing.T) {
	st, _ := newSample(t)
	var silent, inactive *store.Segment
	_, err := st.Update(store.By{}, func(tx *store.Tx) error {
		silent = &store.Segment{Name: "Zagora", Criteria: store.Criteria{}, IsActive: true}
		inactive = &store.Segment{Name: "Asleep", Criteria: store.Criteria{}, IsActive: false}
		if err := tx.CreateSegment(silent, nil); err != nil {
			return err
		}
		return tx.CreateSegment(inactive, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range everyone(t, st)[:200] {
		var names []string
		if err := st.View(func(tx *store.Tx) (err error) { names, err = Of(tx, c); return err }); err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(names) {
			t.Errorf("not sorted: %q", names)
		}
		if got := slices.Contains(names, silent.Name); got != c.IsActive {
			t.Errorf("customer with is_active %v in the segment of every active customer: %v", c.IsActive, got)
		}
		if slices.Contains(names, inactive.Name) {
			t.Error("an inactive segment is among a customer's")
		}
	}
}

func TestRecalculate(t *testing.T) {
	st, _ := newSample(t)
	before := st.Seq()
	n, err := Recalculate(st, store.By{})
	if err != nil || n != 20 {
		t.Fatalf("got %d, %v, want the 20 segments", n, err)
	}
	if st.Seq() != before {
		t.Error("a recalculation is in the change log, though nobody changed anything")
	}
	err = st.View(func(tx *store.Tx) error {
		all, err := tx.Segments()
		for _, s := range all {
			if s.LastCalculated == nil || *s.LastCalculated < s.CreatedAt {
				t.Errorf("%s: last calculated %v", s.Name, s.LastCalculated)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRunRecalculatesUntilStopped(t *testing.T) {
	st, _ := newSample(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan struct{})
	go func() { defer close(done); Run(ctx, st, time.Millisecond, nil) }()
	for ctx.Err() == nil {
		var calculated bool
		err := st.View(func(tx *store.Tx) error {
			all, err := tx.Segments()
			calculated = err == nil && all[0].LastCalculated != nil
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if calculated {
			cancel()
			<-done
			return
		}
	}
	t.Error("nothing was recalculated")
}

// A customer is in a segment when every criterion of the explanation matches, and in no other case.
func TestExplanationsAddUp(t *testing.T) {
	st, _ := newSample(t)
	all := everyone(t, st)
	all[0].IsActive = false
	for _, s := range []store.Criteria{
		{}, {"region": {"casablanca", "FÈS"}}, {"tags": {"vip", "Family"}, "preferred_language": {"French"}}, {"loyalty_status": {"Gold"}, "contact_type": {"Individual"}, "nationality": {"Moroccan"}},
	} {
		for _, c := range all {
			why := Explain(s, c)
			misses := slices.ContainsFunc(why, func(k Criterion) bool { return !k.Matches })
			if Matches(s, c) == misses || len(why) != len(s) && c.IsActive {
				t.Fatalf("%v: %v for a customer who matches: %v", s, why, Matches(s, c))
			}
		}
	}
}
