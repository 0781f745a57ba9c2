// Package sample invents the data of a Moroccan travel agency, for demonstrations, load tests and benchmarks:
//
//	g := sample.New(sample.Options{Seed: 1, Customers: 300, Interactions: 900, Feedback: 240, Now: time.Now()})
//	for c := range g.Customers() { … }
//
// The same options always give the same rows. Nobody in them is real, and every e-mail address is at
// example.com, example.org, example.net or below.
package sample

import (
	"encoding/binary"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"crm/store"
)

// Options say how much to invent.
type Options struct {
	Seed         uint64
	Customers    int // at most 100 million; without any there is nothing else either
	Interactions int
	Feedback     int
	Now          time.Time  // everything happens in the three years before it; only follow-ups may be due later
	Staff        []store.ID // who logged the interactions and resolved the feedback; when empty, eight invented ids
}

// A Generator yields invented rows. It holds who does what when, 24 bytes a customer and 8 bytes an interaction
// or feedback, and makes up the rest while iterating. It never changes, so several iterations may run at once.
type Generator struct {
	seed      uint64
	now       store.Time
	staff     []store.ID
	customers []planned
	contacts  []event // interactions in the order of their creation
	opinions  []event // feedback in the order of its submission
}

// New plans the rows that o asks for.
func New(o Options) *Generator {
	g := &Generator{seed: o.Seed, now: store.TimeOf(o.Now), staff: slices.Clone(o.Staff)}
	if len(g.staff) == 0 {
		g.staff = g.inventStaff(8)
	}
	if o.Customers > 0 {
		g.plan(o)
	}
	return g
}

func (g *Generator) inventStaff(n int) []store.ID {
	ids := g.ids(streamStaff)
	staff := make([]store.ID, n)
	for i := range staff {
		staff[i] = ids.Next(g.start())
	}
	return staff
}

// start returns the time before which nothing happens.
func (g *Generator) start() store.Time { return g.now - years }

// Customers yields the customers in the order of their ids. Their last interaction is left out.
func (g *Generator) Customers() iter.Seq[*store.Customer] {
	return func(yield func(*store.Customer) bool) {
		w := newCustomerWriter(g)
		for i := range g.customers {
			if !yield(w.customer(i)) {
				return
			}
		}
	}
}

// Interactions yields the interactions in the order of their ids.
func (g *Generator) Interactions() iter.Seq[*store.Interaction] {
	return func(yield func(*store.Interaction) bool) {
		w := newWriter(g, streamInteractions)
		for _, e := range g.contacts {
			if !yield(w.interaction(e)) {
				return
			}
		}
	}
}

// Feedback yields the feedback in the order of its ids.
func (g *Generator) Feedback() iter.Seq[*store.Feedback] {
	return func(yield func(*store.Feedback) bool) {
		w := newWriter(g, streamFeedback)
		for _, e := range g.opinions {
			if !yield(w.feedback(e)) {
				return
			}
		}
	}
}

// The streams keep the random numbers of one kind of row independent of those of the others.
const (
	streamPlan = iota
	streamStaff
	streamCustomers
	streamInteractions
	streamFeedback
	streamSegments
)

func (g *Generator) random(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(g.seed, stream)) }

func (g *Generator) ids(stream uint64) *store.IDSource {
	var seed [32]byte
	binary.BigEndian.PutUint64(seed[:], g.seed)
	binary.BigEndian.PutUint64(seed[8:], stream)
	return &store.IDSource{Rand: rand.NewChaCha8(seed)}
}
