package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

// A constant reader fills with one byte, the extreme of all randomness.
type constant byte

func (c constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

func TestIDSource(t *testing.T) {
	t.Parallel()
	now := newClock().now()
	tests := []struct {
		name string
		rand io.Reader
		time func(i int) Time
	}{
		{"one millisecond", random(1), func(int) Time { return now }},
		{"time going back", random(2), func(i int) Time { return now - Time(i) }},
		{"time jumping", random(3), func(i int) Time { return now + Time(i%7) - Time(i%5*1000) }},
		{"time going on", random(4), func(i int) Time { return now + Time(i/3) }},
		{"all bits one", constant(0xff), func(int) Time { return now }},
		{"all bits zero", constant(0), func(int) Time { return now }},
	}
	const n = 100_000
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ids := IDSource{Rand: tt.rand}
			var last ID
			newest := Time(math.MinInt64)
			for i := range n {
				at := tt.time(i)
				newest = max(newest, at)
				id := ids.Next(at)
				if bytes.Compare(id[:], last[:]) <= 0 {
					t.Fatalf("%d: %s after %s", i, id, last)
				}
				if id[6]>>4 != 7 || id[8]>>6 != 0b10 {
					t.Fatalf("%d: %s is no UUIDv7", i, id)
				}
				if got := CreatedAt(id); got != newest {
					t.Fatalf("%d: %s carries %s, want %s", i, id, got, newest)
				}
				last = id
			}
		})
	}
}

func TestClockNeverRunsBackwards(t *testing.T) {
	dir := t.TempDir()
	clock := newClock()
	s := openAt(t, dir, WithClock(clock.time))
	var last *Customer
	n := 0
	create := func() {
		t.Helper()
		for range 3 {
			n++
			c := customer(t, s, createCustomer(t, s, email(n)))
			if last != nil && (c.CreatedAt < last.CreatedAt || bytes.Compare(c.ID[:], last.ID[:]) <= 0) {
				t.Errorf("%s at %s after %s at %s", c.ID, c.CreatedAt, last.ID, last.CreatedAt)
			}
			last = c
		}
	}
	reopen := func() {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openAt(t, dir, WithClock(clock.time))
	}
	create()
	for _, d := range []time.Duration{time.Millisecond, -time.Hour, time.Minute, 2 * time.Hour, -24 * time.Hour} {
		clock.move(d)
		create()
		clock.move(-time.Second)
		reopen()
		create()
	}
	reopen()
	create()
}

func TestReadersTimeNeverRunsBackwards(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	var written, read Time
	update(t, s, func(tx *Tx) error { written = tx.Now(); return nil })
	clock.move(-time.Hour)
	view(t, s, func(tx *Tx) error { read = tx.Now(); return nil })
	if read < written {
		t.Errorf("a reader's time is %s after a writer's %s", read, written)
	}
}

// A Close that returns while another still waits for the last write would tell its caller that the folder is free.
func TestEveryCloseWaits(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		release := hold(t, s)
		closed := make([]bool, 2)
		for i := range closed {
			go func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
				closed[i] = true
			}()
		}
		synctest.Wait()
		if closed[0] || closed[1] {
			t.Errorf("returned while a write was running: %v", closed)
		}
		release()
		synctest.Wait()
		if !closed[0] || !closed[1] {
			t.Errorf("returned after the last write: %v", closed)
		}
	})
}

func TestTime(t *testing.T) {
	tests := []struct {
		json, want string // a want of "" is an error
	}{
		{`"2026-11-23T06:01:56.852Z"`, `"2026-11-23T06:01:56.852Z"`},
		{`"2026-11-23T07:01:56.852+01:00"`, `"2026-11-23T06:01:56.852Z"`},
		{`"2026-11-23T06:01:56Z"`, `"2026-11-23T06:01:56.000Z"`},
		{`"2026-11-23T06:01:56.8529Z"`, `"2026-11-23T06:01:56.852Z"`},
		{`"1969-12-31T23:59:59.9999Z"`, `"1969-12-31T23:59:59.999Z"`},
		{`null`, `"1970-01-01T00:00:00.000Z"`},
		{`"2026-11-23"`, ""}, {`1795413716852`, ""}, {`""`, ""}, {`{}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.json, func(t *testing.T) {
			var got Time
			if err := json.Unmarshal([]byte(tt.json), &got); (err != nil) != (tt.want == "") {
				t.Fatalf("error %v, want %s", err, tt.want)
			}
			if tt.want != "" && (asJSON(got) != tt.want || `"`+got.String()+`"` != tt.want) {
				t.Errorf("got %s and %s, want %s", asJSON(got), got, tt.want)
			}
		})
	}
}

func FuzzParseID(f *testing.F) {
	for _, s := range []string{"01a206ff-2f74-7401-880c-d0253dc6b589", "01A206FF-2F74-7401-880C-D0253DC6B589", "",
		"{01a206ff-2f74-7401-880c-d0253dc6b589}", "urn:uuid:01a206ff-2f74-7401-880c-d0253dc6b589", "01a206ff2f747401880cd0253dc6b589",
		"01a206ff-2f74-7401-880c-d0253dc6b58g", "01a206ff-2f74-7401-880cd-0253dc6b589"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err != nil {
			if !errors.Is(err, ErrID) || id != (ID{}) {
				t.Errorf("%q: got %s and %v, want nothing and %v", s, id, err, ErrID)
			}
			return
		}
		if len(s) != 36 || id.String() != string(bytes.ToLower([]byte(s))) {
			t.Errorf("%q is read as %s", s, id)
		}
	})
}

func TestReadClock(t *testing.T) {
	began := newClock().time()
	for value, want := range map[string]string{
		"": TimeOf(began).String(), "2031-02-03T04:05:06Z": "2031-02-03T04:05:06.000Z", "2031-02-03T04:05:06.789+01:00": "2031-02-03T03:05:06.789Z",
		"2031-02-03": "", "tomorrow": "",
	} {
		ahead, err := readClock(value, began)
		if got := TimeOf(began.Add(ahead)).String(); (err != nil) != (want == "") || err == nil && got != want {
			t.Errorf("%q: got %s, %v, want %s", value, got, err, want)
		}
	}
}
