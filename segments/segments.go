// Package segments says who is in a segment. Membership follows from a segment's criteria and the customers as
// they are now; it is evaluated when it is asked for and never stored, so it cannot be out of date.
//
//	n := ix.CountCustomers(segments.Filter(s.Criteria))  // over the index's facets
//	names, err := segments.Of(tx, customer)              // over one customer
//	why := segments.Explain(s.Criteria, customer)        // criterion by criterion
package segments

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"crm/index"
	"crm/store"
)

// Filter selects the customers that a segment with these criteria has: active ones only.
func Filter(c store.Criteria) index.CustomerFilter {
	return index.CustomerFilter{Values: c, Active: new(true)}
}

// Matches reports whether a customer is in a segment with these criteria. It is Filter for one customer.
func Matches(c store.Criteria, p *store.Customer) bool {
	if !p.IsActive {
		return false
	}
	for key, values := range c {
		if !anyEqual(values, store.CriteriaValues(p, key)) {
			return false
		}
	}
	return true
}

// A Criterion is one key of a segment's criteria, held against a customer.
type Criterion struct {
	Key     string   `json:"key"`
	Values  []string `json:"values"` // that the segment accepts
	Value   any      `json:"value"`  // the customer's: a string, a list for tags, nil for none
	Matches bool     `json:"matches"`
}

// Explain is Matches key by key, in the order of store.CriteriaKeys; never nil. Of a customer who is not active it says that first,
// for nobody else is in a segment.
func Explain(c store.Criteria, p *store.Customer) []Criterion {
	list := []Criterion{}
	if !p.IsActive {
		list = append(list, Criterion{"is_active", []string{"true"}, false, false})
	}
	for _, key := range store.CriteriaKeys {
		values, asked := c[key]
		if !asked {
			continue
		}
		has := store.CriteriaValues(p, key)
		criterion := Criterion{Key: key, Values: values, Matches: anyEqual(values, has)}
		switch {
		case key == "tags":
			criterion.Value = append([]string{}, has...)
		case len(has) > 0:
			criterion.Value = has[0]
		}
		list = append(list, criterion)
	}
	return list
}

func anyEqual(wanted, has []string) bool {
	for _, h := range has {
		folded := store.Fold(h)
		if slices.ContainsFunc(wanted, func(w string) bool { return store.Fold(w) == folded }) {
			return true
		}
	}
	return false
}

// Of is the names of the active segments that a customer is in, sorted; never nil.
func Of(tx *store.Tx, p *store.Customer) ([]string, error) {
	all, err := tx.Segments()
	names := []string{}
	for _, s := range all {
		if s.IsActive && Matches(s.Criteria, p) {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names, err
}

// Recalculate notes that all segments were counted now, and returns how many there are. Counts themselves are
// always those of the moment.
func Recalculate(st *store.Store, by store.By) (n int, err error) {
	_, err = st.Update(by, func(tx *store.Tx) error {
		n, err = tx.MarkCalculated()
		return err
	})
	return n, err
}

// Run recalculates every so often until ctx ends; an interval of zero never does.
func Run(ctx context.Context, st *store.Store, every time.Duration, log *slog.Logger) {
	if every <= 0 {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := Recalculate(st, store.By{Actor: "schedule"}); err != nil {
				log.Error("recalculating segments failed", "err", err)
			}
		}
	}
}
