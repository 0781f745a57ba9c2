package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
)

// ErrUnreadable is matched by every UnreadableError.
var ErrUnreadable = errors.New("cannot be read")

// An Unreadable is a record, or an entry of the change log, whose bytes cannot be decoded. It is left out wherever many are
// read, and everything else goes on.
type Unreadable struct {
	Kind Kind
	ID   ID     // of a record
	Seq  uint64 // of an entry of the log, 0 for a record
}

// KindChange names an entry of the change log where that cannot be read.
const KindChange Kind = "change"

// An UnreadableError is returned for a record or an entry of the log that cannot be decoded.
type UnreadableError struct {
	Unreadable
	Cause error
}

func (e *UnreadableError) Error() string {
	if e.Seq > 0 {
		return fmt.Sprintf("change %d of the log cannot be read: %v", e.Seq, e.Cause)
	}
	return fmt.Sprintf("%s %s cannot be read: %v", e.Kind, e.ID, e.Cause)
}

// Is makes errors.Is(err, ErrUnreadable) true.
func (e *UnreadableError) Is(target error) bool { return target == ErrUnreadable }
func (e *UnreadableError) Unwrap() error        { return e.Cause }

// WithLog names what cannot be read in a log.
func WithLog(log *slog.Logger) Option { return func(s *Store) { s.skipped.log = log } }

// aside remembers what was found to be unreadable. A nil one remembers nothing.
type skipped struct {
	log *slog.Logger
	n   atomic.Int64 // of found
	mu  sync.Mutex
	// found is in the order in which it was found; known has the same
	found []Unreadable
	known map[Unreadable]bool
}

// maxSkipped bounds what is remembered and logged; where more is unreadable, the disk is the problem.
const maxSkipped = 10_000

// note remembers what an error says is unreadable, and logs it once.
func (a *skipped) note(err *UnreadableError) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known[err.Unreadable] || len(a.found) == maxSkipped {
		return
	}
	if a.known == nil {
		a.known = make(map[Unreadable]bool)
	}
	a.known[err.Unreadable] = true
	a.found = append(a.found, err.Unreadable)
	a.n.Store(int64(len(a.found)))
	if a.log != nil {
		a.log.Error("a record cannot be read and is left out of every answer", "err", err)
	}
}

func (a *skipped) has(u Unreadable) bool {
	if a == nil || a.n.Load() == 0 {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.known[u]
}

// NoteUnreadable remembers and logs what err says is unreadable, and reports whether it says so.
func (s *Store) NoteUnreadable(err error) bool {
	unreadable, ok := errors.AsType[*UnreadableError](err)
	if ok {
		s.skipped.note(unreadable)
	}
	return ok
}

// Unreadable is what was found to be unreadable since Open: how much, up to ten thousand, and the first of it.
func (s *Store) Unreadable(most int) (total int, first []Unreadable) {
	s.skipped.mu.Lock()
	defer s.skipped.mu.Unlock()
	return len(s.skipped.found), append([]Unreadable{}, s.skipped.found[:min(most, len(s.skipped.found))]...)
}

// Survey reads every record once, taking turns with others, so that what cannot be read is known before somebody asks for it.
func (s *Store) Survey(ctx context.Context) error {
	throttle := NewThrottle(ctx)
	for _, read := range []func(*Tx, ID) (ID, bool){
		surveyed(users), surveyed(segments), surveyed(customers), surveyed(interactions), surveyed(feedback),
	} {
		var last ID
		for more := true; more; {
			if err := throttle.Step(); err != nil {
				return err
			}
			if err := s.View(func(tx *Tx) error { last, more = read(tx, last); return nil }); err != nil {
				return err
			}
		}
	}
	return nil
}

// surveyed reads some rows of a table after one, and returns the last of them and whether there are more.
func surveyed[T any](t *table[T]) func(*Tx, ID) (ID, bool) {
	const rows = 500
	return func(tx *Tx, after ID) (last ID, more bool) {
		last = after
		n := 0
		for id, raw := range t.each(tx, after) {
			if n == rows {
				return last, true
			}
			_, _ = t.decode(tx, id, raw) // which notes what it cannot read
			last = id
			n++
		}
		return last, false
	}
}

// fill decodes the JSON of the row with an id.
func (t *table[T]) fill(row *T, id ID, raw []byte) error {
	err := json.Unmarshal(raw, row)
	if err == nil && t.id(row) != id {
		err = fmt.Errorf("the row of %s is stored under it", t.id(row))
	}
	if err != nil {
		return &UnreadableError{Unreadable{Kind: t.kind, ID: id}, err}
	}
	return nil
}

// Decode fills c with a customer's JSON; id is the customer's. It returns an UnreadableError.
func (c *Customer) Decode(id ID, raw []byte) error { return customers.fill(c, id, raw) }

// Decode fills i with an interaction's JSON; id is the interaction's. It returns an UnreadableError.
func (i *Interaction) Decode(id ID, raw []byte) error { return interactions.fill(i, id, raw) }

// Decode fills f with a feedback's JSON; id is the feedback's. It returns an UnreadableError.
func (f *Feedback) Decode(id ID, raw []byte) error { return feedback.fill(f, id, raw) }

// json is a row's JSON for an answer that has many: it is not decoded, but what is known to be unreadable or was cut off is left out.
func (t *table[T]) json(tx *Tx, id ID) ([]byte, error) {
	raw, err := t.raw(tx, id)
	if err != nil {
		return nil, err
	}
	if tx.skipped.has(Unreadable{Kind: t.kind, ID: id}) || !bytes.HasPrefix(raw, []byte("{")) || !bytes.HasSuffix(raw, []byte("}")) {
		_, err := t.decode(tx, id, raw)
		return raw, err
	}
	return raw, nil
}

// discard removes a row that cannot be decoded, and every index entry that leads to it, without a trace in the log.
func (t *table[T]) discard(tx *Tx, id ID) error {
	for _, ix := range t.indexes {
		var keys [][]byte
		for key, value := range tx.kv.Scan(ix.bucket, nil) {
			if bytes.Equal(value, id[:]) || ix.taken == nil && bytes.HasSuffix(key, id[:]) {
				keys = append(keys, bytes.Clone(key))
			}
		}
		for _, key := range keys {
			if err := tx.delete(ix.bucket, key); err != nil {
				return err
			}
		}
	}
	return tx.delete(t.rows, id[:])
}
