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
	Local *zone.Local // the day or time that was sent; nil if it had an offset
}

// Put sets to, and local to the text that was sent if it had no offset. It changes nothing if the instant had an offset and to is the same
// already, because a client that does not know local sends back the value that it read.
func (t Moment) Put(to **store.Time, local **string) {
	switch {
	case t.Local != nil:
		*to, *local = &t.At, new(t.Local.String())
	case *to == nil || **to != t.At:
		*to, *local = &t.At, nil
	}
}

// ParseTime parses an RFC 3339 time, also without seconds. Without an offset, the time or date is in z; a date is its first instant.
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

// inRange refuses years that do not have four digits in UTC, because RFC 3339 cannot express them.
func inRange(t time.Time) error {
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return errTime
	}
	return nil
}
