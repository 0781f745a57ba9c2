// Package segments computes which customers are in a segment. Membership follows from the segment's criteria and the customers as they are
// now. It is computed each time and never stored, so it cannot be out of date.
//
//	n := ix.CountCustomers(segments.Filter(s.Criteria))  // how many customers are in a segment
//	names, err := segments.Of(tx, customer)              // which segments a customer is in
//	why := segments.Explain(s.Criteria, customer)        // and why, criterion by criterion
//
// The package is one file. Package store defines the criteria (CriteriaKeys), and package index selects customers by them in lists
// (CustomerFilter). Matches must agree with that selection, which TestFilterEqualsMatches checks.
package segments

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"crm/index"
	"crm/store"
	"crm/store/text"
)

// Filter returns the filter that selects the customers in a segment with these criteria. Only active customers are in segments.
func Filter(c store.Criteria) index.CustomerFilter {
	return index.CustomerFilter{Values: c, Active: new(true)}
}

// Matches reports whether a customer is in a segment with these criteria. It does for one customer what Filter does for all.
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

// A Criterion is one key of a segment's criteria, compared with a customer.
type Criterion struct {
	Key     string   `json:"key"`
	Values  []string `json:"values"` // the values that the segment accepts
	Value   any      `json:"value"`  // the customer's value: a string, a list for tags, nil for none
	Matches bool     `json:"matches"`
}

// Explain returns what Matches finds for each key, in the order of store.CriteriaKeys, never nil. For an inactive customer, the first
// criterion is is_active.
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
		folded := text.Fold(h)
		if slices.ContainsFunc(wanted, func(w string) bool { return text.Fold(w) == folded }) {
			return true
		}
	}
	return false
}

// Of returns the names of the active segments that a customer is in, sorted, never nil.
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

// Recalculate sets the time at which all segments were last calculated to now, and returns how many segments there are. The counts that the
// API returns are always current.
func Recalculate(st *store.Store, by store.By) (n int, err error) {
	_, err = st.Update(by, func(tx *store.Tx) error {
		n, err = tx.MarkCalculated()
		return err
	})
	return n, err
}

// Run calls Recalculate at an interval until ctx ends, and never when the interval is zero.
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
