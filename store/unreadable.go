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

// An Unreadable names a record, or an entry of the change log, that cannot be decoded. Lists, exports and the index leave it out and
// show all others.
type Unreadable struct {
	Kind Kind
	ID   ID     // of a record
	Seq  uint64 // of an entry of the log; 0 for a record
}

// KindChange is the kind of an Unreadable that is an entry of the change log.
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

// WithLog makes the store log each record that cannot be read.
func WithLog(log *slog.Logger) Option { return func(s *Store) { s.skipped.log = log } }

// skipped remembers which records were left out because they cannot be read. A nil *skipped remembers nothing.
type skipped struct {
	log   *slog.Logger
	n     atomic.Int64 // the length of found
	mu    sync.Mutex
	found []Unreadable // in the order in which they were found
	known map[Unreadable]bool
}

// maxSkipped is how many records are remembered and logged. If more are unreadable, the disk is damaged.
const maxSkipped = 10_000

// note remembers and logs a record that cannot be read, once.
func (s *skipped) note(err *UnreadableError) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[err.Unreadable] || len(s.found) == maxSkipped {
		return
	}
	if s.known == nil {
		s.known = make(map[Unreadable]bool)
	}
	s.known[err.Unreadable] = true
	s.found = append(s.found, err.Unreadable)
	s.n.Store(int64(len(s.found)))
	if s.log != nil {
		s.log.Error("a record cannot be read and is left out of every answer", "err", err)
	}
}

func (s *skipped) has(u Unreadable) bool {
	if s == nil || s.n.Load() == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[u]
}

// NoteUnreadable reports whether err is an UnreadableError. If so, it remembers and logs the record.
func (s *Store) NoteUnreadable(err error) bool {
	unreadable, ok := errors.AsType[*UnreadableError](err)
	if ok {
		s.skipped.note(unreadable)
	}
	return ok
}

// Unreadable returns how many records were found to be unreadable since Open, at most ten thousand, and the first ones.
func (s *Store) Unreadable(most int) (total int, first []Unreadable) {
	s.skipped.mu.Lock()
	defer s.skipped.mu.Unlock()
	return len(s.skipped.found), append([]Unreadable{}, s.skipped.found[:min(most, len(s.skipped.found))]...)
}

// Survey reads every record once, slowed down by a Throttle, so that unreadable records are known before somebody asks for them.
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

// surveyed returns a function that reads some rows of a table after an id. It returns the last id, and whether there are more rows.
func surveyed[T any](t *table[T]) func(*Tx, ID) (ID, bool) {
	const rows = 500
	return func(tx *Tx, after ID) (last ID, more bool) {
		last = after
		n := 0
		for key, raw := range tx.kv.Scan(t.rows, append(after[:], 0)) {
			if n == rows {
				return last, true
			}
			last = idAt(key, 0)
			_, _ = t.decode(tx, last, raw) // which notes what it cannot read
			n++
		}
		return last, false
	}
}

// fill decodes the JSON of the row with an id.
func (t *table[T]) fill(row *T, id ID, raw []byte) error {
	err := json.Unmarshal(raw, row)
	if err == nil && t.id(row) != id {
		err = fmt.Errorf("the row has the id %s", t.id(row))
	}
	if err != nil {
		return &UnreadableError{Unreadable{Kind: t.kind, ID: id}, err}
	}
	return nil
}

// Decode sets c to the customer of an id with the given JSON. The error is an UnreadableError.
func (c *Customer) Decode(id ID, raw []byte) error { return customers.fill(c, id, raw) }

// Decode sets i to the interaction of an id with the given JSON. The error is an UnreadableError.
func (i *Interaction) Decode(id ID, raw []byte) error { return interactions.fill(i, id, raw) }

// Decode sets f to the feedback of an id with the given JSON. The error is an UnreadableError.
func (f *Feedback) Decode(id ID, raw []byte) error { return feedback.fill(f, id, raw) }

// json returns a row's JSON for a list. It does not decode the row, but returns an error for one that is known to be unreadable or is
// visibly incomplete.
func (t *table[T]) json(tx *Tx, id ID) ([]byte, error) {
	raw, err := t.raw(tx, id)
	if err != nil {
		return nil, err
	}
	if tx.skipped.has(Unreadable{Kind: t.kind, ID: id}) || !bytes.HasPrefix(raw, []byte("{")) || !bytes.HasSuffix(raw, []byte("}")) {
		if _, err := t.decode(tx, id, raw); err != nil {
			return raw, err
		}
	}
	return t.derived.shown(tx, id, raw), nil
}

// discard deletes a row that cannot be decoded, and every index entry that leads to it, without logging it.
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
