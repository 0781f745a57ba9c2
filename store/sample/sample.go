// Package sample generates the data of a Moroccan travel agency, for demonstrations, load tests and benchmarks:
//
//	g := sample.New(sample.Options{Seed: 1, Customers: 300, Interactions: 900, Feedback: 240, Now: time.Now()})
//	for c := range g.Customers() { … }
//
// The same options always give the same rows. All people in them are invented, and every e-mail address is at example.com, example.org,
// example.net or one of their subdomains.
//
// sample.go has the Generator, load.go fills a store with its rows. plan.go decides when each customer does something, by calendar.go.
// customer.go, interaction.go, feedback.go and segments.go make the rows, with writer.go and deck.go for random choices. The words are in
// vocabulary.go, cultures.go, people.go, companies.go, places.go and texts*.go, and the customers of every data set in familiar.go.
package sample

import (
	"encoding/binary"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"crm/store"
)

// Options determine the data.
type Options struct {
	Seed         uint64
	Customers    int // at most 100 million; if 0, there are no other rows either
	Interactions int
	Feedback     int
	Now          time.Time  // everything happens in the three years before it, but follow-ups may be due later
	Staff        []store.ID // who logged the interactions and resolved the feedback; if empty, eight random ids
}

// A Generator yields the rows. It plans who does what and when, which takes 24 bytes for a customer and 8 bytes for an interaction or
// feedback, and makes the rest while iterating. It is safe for concurrent iterations.
type Generator struct {
	seed      uint64
	now       store.Time
	staff     []store.ID
	customers []planned
	contacts  []event // interactions in the order of their creation
	opinions  []event // feedback in the order of its submission
}

// New plans the rows for the options.
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

// start returns the earliest time in the data.
func (g *Generator) start() store.Time { return g.now - years }

// Customers yields the customers in the order of their ids. Their field LastInteraction is not set.
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

// Each kind of row has a stream of random numbers of its own.
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
