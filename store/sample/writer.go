package sample

import (
	"math/rand/v2"

	"crm/store"
)

// A writer makes up the rows of one iteration.
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

// within returns a time from t to most later, at office hours where they overlap.
func (w *writer) within(t, most store.Time) store.Time {
	at := officeTime(w.r, t+span(w.r, most+1), 0) + span(w.r, 15*minute)
	return min(max(at, t), t+most)
}

func (w *writer) cultureOf(customer int) *culture {
	return &w.words.cultures[w.g.customers[customer].culture]
}

// own keeps a value in the row that it belongs to, so that optional fields cost no allocation of their own.
func own[T any](place *T, value T) *T {
	*place = value
	return place
}
