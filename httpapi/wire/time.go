package wire

import (
	"errors"
	"strings"
	"time"

	"crm/store"
	"crm/store/zone"
)

var errTime = errors.New("Must be a date and time such as 2024-01-22T10:00:00Z, or a date such as 2024-01-22")

// A Moment is a time in a request.
type Moment struct {
	At    store.Time
	Local *zone.Local // what was sent; nil where that had an offset
}

// Put stores an instant, and in local what was sent, where that had no offset. An instant that is at to already changes nothing when
// it is sent back with one: its sender may know nothing of local.
func (t Moment) Put(to **store.Time, local **string) {
	switch {
	case t.Local != nil:
		*to, *local = &t.At, new(t.Local.String())
	case *to == nil || **to != t.At:
		*to, *local = &t.At, nil
	}
}

// ParseTime reads an RFC 3339 time, also without seconds, or what has no offset: a time, or a date, which is its first
// instant, in z.
func ParseTime(s string, z *zone.Zone) (Moment, error) {
	s = strings.Replace(s, " ", "T", 1)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return Moment{At: store.TimeOf(t)}, inRange(t)
		}
	}
	local, err := zone.ParseLocal(s)
	if err != nil {
		return Moment{}, errTime
	}
	t := z.At(local)
	return Moment{store.TimeOf(t), &local}, inRange(t)
}

// inRange keeps years to four digits in UTC too, or the answer would be no RFC 3339.
func inRange(t time.Time) error {
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return errTime
	}
	return nil
}
