package sample

import (
	"slices"

	"crm/store"
)

// Load fills a store that has no customers with sample data. It calls progress, if that is not nil, with how many rows were written
// since the last time; an error of progress ends it.
func Load(st *store.Store, o Options, progress func(int) error) error {
	g := New(o)
	rows := store.Rows{Customers: g.Customers(), Interactions: g.Interactions(), Feedback: g.Feedback(), Segments: slices.Values(g.Segments())}
	return st.Load(store.By{Actor: "crm seed"}, rows, progress)
}
