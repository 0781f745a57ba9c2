package sample

import (
	"math/rand/v2"

	"crm/store"
)

// A writer makes the rows of one iteration.
type writer struct {
	g     *Generator
	r     *rand.Rand
	ids   *store.IDSource
	words *words
	buf   []byte
}

func newWriter(g *Generator, stream uint64) *writer {
	return &writer{g: g, r: g.random(stream), ids: g.ids(stream), words: vocabulary()}
}

func (w *writer) chance(percent int) bool { return w.r.IntN(100) < percent }

// within returns a time between t and t+most, at office hours if possible.
func (w *writer) within(t, most store.Time) store.Time {
	at := officeTime(w.r, t+span(w.r, most+1), 0) + span(w.r, 15*minute)
	return min(max(at, t), t+most)
}

func (w *writer) cultureOf(customer int) *culture {
	return &w.words.cultures[w.g.customers[customer].culture]
}

// own stores a value in its row and returns a pointer to it, so that optional fields need no allocations of their own.
func own[T any](place *T, value T) *T {
	*place = value
	return place
}
