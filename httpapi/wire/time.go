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

// Put sets to, and local to the text that was sent, where that had no offset. An instant with an offset that to already has changes
// nothing: a client that knows nothing of local sends back what it read.
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

// inRange refuses years that do not have four digits in UTC, since answers are RFC 3339.
func inRange(t time.Time) error {
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return errTime
	}
	return nil
}
