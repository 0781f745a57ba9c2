package sample

import (
	"slices"

	"crm/store"
)

// Load fills an empty store with sample data. If progress is not nil, Load calls it with the number of rows that were written since the
// last call; an error of progress ends the load.
func Load(st *store.Store, o Options, progress func(int) error) error {
	g := New(o)
	rows := store.Rows{Customers: g.Customers(), Interactions: g.Interactions(), Feedback: g.Feedback(), Segments: slices.Values(g.Segments())}
	return st.Load(store.By{Actor: "crm seed"}, rows, progress)
}
