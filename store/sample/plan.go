package sample

import (
	"math"
	"math/rand/v2"
	"slices"

	"crm/store"
)

// A planned customer. The time of creation is in the id.
type planned struct {
	id       store.ID
	contacts uint32 // number of interactions
	culture  uint8  // index into vocabulary.cultures
}

// An event is an interaction or a feedback. The number consists of the milliseconds since the start and the customer's number, so events
// sort by time.
type event uint64

const customerBits = 27

func (g *Generator) event(customer int, t store.Time) event {
	return event(min(t, g.now)-g.start())<<customerBits | event(customer)
}

func (e event) customer() int { return int(e & (1<<customerBits - 1)) }

func (g *Generator) when(e event) store.Time { return g.start() + store.Time(e>>customerBits) }

// plan decides when each customer is created, when their interactions are, and who gives feedback after one.
func (g *Generator) plan(o Options) {
	r := g.random(streamPlan)
	arrivals := newCalendar(g.now, growth)
	activity := newCalendar(g.now, func(age float64) float64 { return growth(age) * (1 + 1.5*math.Exp(-age/60)) })
	g.customers = g.planCustomers(r, o.Customers, arrivals)
	g.shareOut(r, o.Interactions, activity)
	g.contacts = g.planContacts(r, o.Interactions, activity)
	g.opinions = g.planOpinions(r, o.Feedback, activity)
}

// growth returns the weight of a day, given its age in days: three times as much happens now as three years ago.
func growth(age float64) float64 { return 3 - 2*age*float64(day)/float64(years) }

func (g *Generator) planCustomers(r *rand.Rand, n int, arrivals *calendar) []planned {
	ids := g.ids(streamCustomers)
	cultures := vocabulary().byShare
	customers := make([]planned, n)
	for i := range customers {
		t := arrivals.at((float64(i) + r.Float64()) / float64(n))
		customers[i] = planned{id: ids.Next(t), culture: cultures.draw(r)}
	}
	for i, f := range familiarCultures[:min(n, len(familiarCultures))] {
		customers[i].culture = f
	}
	return customers
}

// skew is the exponent of Zipf's law that makes the busiest of 1,000,000 customers have 1 % of 2,000,000 interactions.
const skew = 0.78

// shareOut sets the number of each customer's interactions. They follow Zipf's law in the order of rank, but nobody has more than 1 % of
// all interactions or 40, whichever is more.
func (g *Generator) shareOut(r *rand.Rand, total int, activity *calendar) {
	n := len(g.customers)
	most := max(40, total/100, 2*total/n) // the last matters only if there are few customers
	var sum float64
	for rank := range n {
		sum += math.Pow(float64(rank+1), -skew)
	}
	var exact float64
	given := 0
	for rank, customer := range g.ranked(r, activity) {
		exact += min(float64(most), float64(total)*math.Pow(float64(rank+1), -skew)/sum)
		g.customers[customer].contacts = uint32(int(exact) - given)
		given = int(exact)
	}
	for given < total {
		if c := &g.customers[r.IntN(n)]; c.contacts < uint32(most) {
			c.contacts++
			given++
		}
	}
}

// ranked returns the customers' numbers, busiest first. The order is random, but older customers tend to be busier.
func (g *Generator) ranked(r *rand.Rand, activity *calendar) []uint32 {
	keys := make([]uint64, len(g.customers)) // the bits of a positive float32, which sort like the number, and the customer
	for i := range keys {
		key := r.ExpFloat64() / (1.000_001 - activity.share(store.CreatedAt(g.customers[i].id)))
		if i < len(familiarCultures) {
			key = 0.02 // familiar customers are busy, but not the busiest
		}
		keys[i] = uint64(math.Float32bits(float32(key)))<<32 | uint64(i)
	}
	slices.Sort(keys)
	customers := make([]uint32, len(keys))
	for i, key := range keys {
		customers[i] = uint32(key)
	}
	return customers
}

// planContacts distributes each customer's interactions between its creation and now.
func (g *Generator) planContacts(r *rand.Rand, total int, activity *calendar) []event {
	events := make([]event, 0, total)
	for i, c := range g.customers {
		created := store.CreatedAt(c.id)
		from := activity.share(created)
		for k := range c.contacts {
			t := max(created+1, activity.at(from+(1-from)*r.Float64()))
			if k == 0 && r.IntN(2) == 0 {
				t = created + 1 + span(r, 30*minute) // the enquiry for which the customer was created
			}
			events = append(events, g.event(i, t))
		}
	}
	slices.Sort(events)
	return events
}

// planOpinions plans feedback up to three weeks after interactions.
func (g *Generator) planOpinions(r *rand.Rand, total int, activity *calendar) []event {
	events := make([]event, total)
	for i := range events {
		customer, t := g.occasion(r, activity)
		said := t + 1 + store.Time(r.IntN(22))*day + span(r, 3*hour)
		if said > g.now {
			said = t + 1 + span(r, g.now-t+1)
		}
		events[i] = g.event(customer, said)
	}
	slices.Sort(events)
	return events
}

// occasion returns the customer and the time of an interaction that feedback is about, or any customer and time if there are none.
func (g *Generator) occasion(r *rand.Rand, activity *calendar) (customer int, t store.Time) {
	if len(g.contacts) > 0 {
		e := g.contacts[r.IntN(len(g.contacts))]
		return e.customer(), g.when(e)
	}
	customer = r.IntN(len(g.customers))
	return customer, max(store.CreatedAt(g.customers[customer].id), activity.at(r.Float64()))
}

// span returns a random length of time in [0, most).
func span(r *rand.Rand, most store.Time) store.Time { return store.Time(r.Int64N(int64(most))) }
