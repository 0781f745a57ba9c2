// Package zone converts between instants and days of the office, by the rules of its time zone. No other package does. It contains the
// IANA time zone database, because governments change clocks with weeks of notice and many machines are updated late. It uses the
// machine's data if that is newer.
//
//	z, err := zone.Load("Africa/Casablanca")
//	today := z.Day(time.Now())
//	from, to := z.Start(today), z.Start(today+1) // all of today: from ≤ t < to
//
// A day begins at the first instant at which clocks show it, even if midnight is skipped (Cairo) or comes twice (Havana), and ends when
// the next one begins. So each instant is in exactly one day.
//
// zone.go has the conversions, day.go the types for days and local times, and data.go the data, which make.go writes.
package zone

import "time"

// A Zone is a time zone by the rules of one version of the data. It is safe for concurrent use.
type Zone struct {
	location *time.Location
	data     *Data
}

// UTC is the zone that is used if none is chosen.
var UTC = &Zone{time.UTC, &Data{}}

// Name returns the zone's IANA name, such as Africa/Casablanca.
func (z *Zone) Name() string { return z.location.String() }

// Location returns the zone for package time. Use it to show times, not to find the beginning of a day.
func (z *Zone) Location() *time.Location { return z.location }

// Data returns the data that the rules come from.
func (z *Zone) Data() *Data { return z.data }

// Offset returns how far the zone's clocks are ahead of UTC at an instant.
func (z *Zone) Offset(t time.Time) time.Duration {
	_, seconds := t.In(z.location).Zone()
	return time.Duration(seconds) * time.Second
}

// Day returns the day that an instant is in.
func (z *Zone) Day(t time.Time) Day {
	day := dateOf(t.In(z.location))
	for !t.Before(z.Start(day + 1)) { // the clocks were set back over midnight
		day++
	}
	return day
}

// Start returns the first instant of a day. If the zone skipped the whole day (Samoa, 2011-12-30), it is that of the next day.
func (z *Zone) Start(d Day) time.Time { return z.at(d, 0) }

// At returns the instant of l in the zone. If clocks show that time twice it is the first one, and if they skip it, the instant of the
// change.
func (z *Zone) At(l Local) time.Time { return z.at(l.day, l.clock) }

// at returns the first instant at which the zone's clocks show at least this time since the beginning of a day.
func (z *Zone) at(d Day, clock time.Duration) time.Time {
	wall := d.utc().Add(clock)
	t := wall.Add(-26 * time.Hour).In(z.location) // before the instant, since no clock is 26 hours ahead of UTC
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

// nextBound returns an instant after t until which t's offset is valid, or zero if it is valid for ever. It is the next change of the
// clocks, or the end of a UTC year.
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

// Offsets returns the offsets between from and to in the order of time. The first begins at from, the others when the clocks change.
func (z *Zone) Offsets(from, to time.Time) []Offset {
	list := []Offset{{from.UTC(), z.Offset(from)}}
	for t := from.In(z.location); ; {
		if t = nextBound(t); t.IsZero() || !t.Before(to) {
			return list
		}
		if ahead := z.Offset(t); ahead != list[len(list)-1].Ahead { // else t is the end of a year, or only the abbreviation changes
			list = append(list, Offset{t.UTC(), ahead})
		}
	}
}
