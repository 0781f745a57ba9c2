package sample

import (
	"math/rand/v2"
	"slices"
	"time"

	"crm/store"
)

const (
	second = store.Time(1000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
	years  = 3 * 365 * day // how far back the data goes
)

// A calendar has the share of all events that happened before the end of each hour of the sampled years.
type calendar struct {
	start store.Time
	until []float64 // ascending; the last is 1
}

// newCalendar returns a calendar that ends now. busy returns the weight of a day, given its age in days.
func newCalendar(now store.Time, busy func(age float64) float64) *calendar {
	c := &calendar{start: now - years, until: make([]float64, years/hour)}
	var sum float64
	for i := range c.until {
		t := c.start + store.Time(i)*hour
		sum += busy(float64(now-t)/float64(day)) * season(t)
		c.until[i] = sum
	}
	for i := range c.until {
		c.until[i] /= sum
	}
	return c
}

// at returns the time before which the share u of all events happened; u is in [0, 1).
func (c *calendar) at(u float64) store.Time {
	i, _ := slices.BinarySearch(c.until, u)
	from := c.before(i)
	return c.start + store.Time((float64(i)+(u-from)/(c.until[i]-from))*float64(hour))
}

// share returns the share of all events before t, which is between the start and now.
func (c *calendar) share(t store.Time) float64 {
	i := int((t - c.start) / hour)
	if i >= len(c.until) {
		return 1
	}
	from := c.before(i)
	return from + (c.until[i]-from)*float64((t-c.start)%hour)/float64(hour)
}

func (c *calendar) before(i int) float64 {
	if i == 0 {
		return 0
	}
	return c.until[i-1]
}

// When customers contact the office: more often before spring and autumn, at office hours, and less at weekends.
var (
	byMonth   = [12]float64{0.7, 0.8, 1.1, 1.5, 1.4, 0.9, 0.7, 0.8, 1.2, 1.5, 1.1, 0.9}
	byWeekday = [7]float64{0.25, 1.1, 1.1, 1.05, 1, 0.9, 0.5} // from Sunday
	byHour    = [24]float64{
		0.02, 0.01, 0.01, 0.01, 0.01, 0.02, 0.05, 0.2, 0.7, 1.1, 1.3, 1.2,
		0.8, 0.6, 0.9, 1.1, 1.2, 1.1, 0.8, 0.5, 0.2, 0.12, 0.08, 0.04,
	}
)

// season returns the weight of an hour by its month, its weekday and its time of day, in Morocco's usual time.
func season(t store.Time) float64 {
	local := (t + hour).Std()
	return byMonth[local.Month()-time.January] * byWeekday[local.Weekday()] * byHour[local.Hour()]
}

// officeTime returns a time at office hours, some days after t, in quarters of an hour.
func officeTime(r *rand.Rand, t store.Time, days int) store.Time {
	return t - t%day + store.Time(days)*day + 8*hour + store.Time(r.IntN(37))*15*minute
}
