package store

import (
	"fmt"
	"math"
	"time"
)

// Time is an instant in milliseconds since 1970, UTC. In JSON it is RFC 3339 with three decimals and a Z.
type Time int64

// Never is earlier than every other time. As the timestamp of a new interaction it means now.
const Never = Time(math.MinInt64)

// TimeOf rounds t down to the millisecond.
func TimeOf(t time.Time) Time { return Time(t.UnixMilli()) }

// Std returns t as a time.Time in UTC.
func (t Time) Std() time.Time { return time.UnixMilli(int64(t)).UTC() }

// Add returns t+d, with d truncated to milliseconds.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Milliseconds()) }

func (t Time) String() string { return t.Std().Format(timeLayout) }

const timeLayout = "2006-01-02T15:04:05.000Z"

// timeSize is the length of a time in JSON.
const timeSize = len(timeLayout) + 2

// MarshalJSON writes the form that every response has.
func (t Time) MarshalJSON() ([]byte, error) { return t.appendJSON(make([]byte, 0, timeSize)), nil }

func (t Time) appendJSON(b []byte) []byte {
	b = t.Std().AppendFormat(append(b, '"'), timeLayout)
	return append(b, '"')
}

// UnmarshalJSON implements json.Unmarshaler for every RFC 3339 time.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if len(b) < 2 || b[0] != '"' {
		return fmt.Errorf("time is not a string: %.40s", b)
	}
	std, err := time.Parse(time.RFC3339Nano, string(b[1:len(b)-1]))
	if err != nil {
		return err
	}
	*t = TimeOf(std)
	return nil
}
