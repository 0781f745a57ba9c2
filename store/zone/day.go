package zone

import (
	"errors"
	"time"
)

// A Day is a date of the Gregorian calendar, without a time zone. Its value is the number of days since 1970-01-01, so days can be
// compared and subtracted.
type Day int

const secondsPerDay = 24 * 60 * 60

// Date returns a day; month and day may lie outside of their ranges, as in time.Date.
func Date(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay) // exact: UTC has whole days
}

// dateOf returns the date that a time shows in its own location.
func dateOf(t time.Time) Day { return Date(t.Date()) }

// utc returns the beginning of the day in UTC.
func (d Day) utc() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String returns the day as in 2026-11-28.
func (d Day) String() string { return d.utc().Format(time.DateOnly) }

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday { return d.utc().Weekday() }

// Monday returns the first day of the week that d is in.
func (d Day) Monday() Day { return d - Day(d.Weekday()+6)%7 }

// Month returns the first day of the month that is n months after that of d.
func (d Day) Month(n int) Day {
	year, month, _ := d.utc().Date()
	return Date(year, month+time.Month(n), 1)
}

// A Local is a day, or a time of a day, as calendars and wall clocks show it, without an offset.
type Local struct {
	day   Day
	clock time.Duration // the time on a wall clock, since 00:00; less than 24 h
	text  string
}

// ErrLocal is returned for a text that is neither a date nor a date and time.
var ErrLocal = errors.New("not a date and time such as 2026-12-10T10:00, nor a date such as 2026-12-10")

// localLayouts has the layouts that are read, and how each is written.
var localLayouts = []struct{ read, write string }{
	{time.DateOnly, time.DateOnly},
	{"2006-01-02T15:04", "2006-01-02T15:04"},
	{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999"},
}

// ParseLocal parses the forms that String returns. It truncates fractions of a second to milliseconds.
func ParseLocal(s string) (Local, error) {
	for _, layout := range localLayouts {
		if t, err := time.Parse(layout.read, s); err == nil {
			t = t.Truncate(time.Millisecond)
			day := dateOf(t)
			return Local{day, t.Sub(day.utc()), t.Format(layout.write)}, nil
		}
	}
	return Local{}, ErrLocal
}

// String returns l as 2026-12-10, 2026-12-10T10:00, or 2026-12-10T10:00:00 with up to three decimals. It has seconds if the parsed text
// had them.
func (l Local) String() string { return l.text }

// Day returns l's day.
func (l Local) Day() Day { return l.day }

// IsDay reports whether l is a day without a time.
func (l Local) IsDay() bool { return len(l.text) == len(time.DateOnly) }
