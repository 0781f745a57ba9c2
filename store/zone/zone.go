// Package zone is the office's clock: which instants are in which of its days. It carries IANA's time zone data, since
// governments change clocks with weeks of notice and machines are updated late or never, and uses the machine's where that
// is newer. Nothing else converts between instants and days.
//
//	z, err := zone.Load("Africa/Casablanca")
//	today := z.Day(time.Now())
//	from, to := z.Start(today), z.Start(today+1) // all of today: from ≤ t < to
//
// A day begins at the first instant that the clocks on its walls show it, also where its midnight is skipped (Cairo) or comes
// twice (Havana), and ends where the next one begins: so each instant is in exactly one day.
package zone

import "time"

// A Zone is a time zone by the rules of one version of the data. It is safe for concurrent use.
type Zone struct {
	location *time.Location
	data     *Data
}

// UTC is the zone of who names none.
var UTC = &Zone{time.UTC, &Data{}}

// Name returns the zone's IANA name, such as Africa/Casablanca.
func (z *Zone) Name() string { return z.location.String() }

// Location returns the zone for package time, to show times in. That package does not know when days begin.
func (z *Zone) Location() *time.Location { return z.location }

// Data is where the rules come from.
func (z *Zone) Data() *Data { return z.data }

// Offset returns how far the zone's clocks are ahead of UTC at an instant.
func (z *Zone) Offset(t time.Time) time.Duration {
	_, seconds := t.In(z.location).Zone()
	return time.Duration(seconds) * time.Second
}

// Day returns the day that an instant is in.
func (z *Zone) Day(t time.Time) Day {
	day := dateOf(t.In(z.location))
	for !t.Before(z.Start(day + 1)) { // the clocks went back over midnight
		day++
	}
	return day
}

// Start returns the first instant of a day. Where a zone skipped the whole day (Samoa, 2011-12-30) it is that of the next.
func (z *Zone) Start(d Day) time.Time { return z.at(d, 0) }

// At returns the instant that l means: the first one at which the zone's clocks show that or, where they skip it, more.
func (z *Zone) At(l Local) time.Time { return z.at(l.day, l.clock) }

// at returns the first instant at which the zone's clocks show at least this time since the beginning of a day.
func (z *Zone) at(d Day, clock time.Duration) time.Time {
	wall := d.utc().Add(clock)
	t := wall.Add(-26 * time.Hour).In(z.location) // no clock is so far ahead of UTC
	for {
		reached := wall.Add(-z.Offset(t))
		if reached.Before(t) { // the change at t skipped it
			return t.UTC()
		}
		change := nextBound(t)
		if change.IsZero() || reached.Before(change) {
			return reached
		}
		t = change
	}
}

// nextBound returns an instant after t up to which t's offset holds, zero where it holds for ever. It is where the clocks change next, or the end
// of a UTC year.
func nextBound(t time.Time) time.Time {
	_, end := t.ZoneBounds()
	if !end.IsZero() && !end.After(t) { // the bounds of Go 1.26 end a day early in leap years
		end = time.Date(t.UTC().Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC).In(t.Location())
	}
	return end
}

// An Offset is how far a zone's clocks are ahead of UTC from an instant on.
type Offset struct {
	From  time.Time
	Ahead time.Duration
}

// Offsets returns those of from ≤ t < to, in the order of time. The first begins at from, the others where the clocks change.
func (z *Zone) Offsets(from, to time.Time) []Offset {
	list := []Offset{{from.UTC(), z.Offset(from)}}
	for t := from.In(z.location); ; {
		if t = nextBound(t); t.IsZero() || !t.Before(to) {
			return list
		}
		if ahead := z.Offset(t); ahead != list[len(list)-1].Ahead { // else it is a year that ends, or the name of the time that changes
			list = append(list, Offset{t.UTC(), ahead})
		}
	}
}
