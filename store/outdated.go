package store

import (
	"context"
	"errors"
	"math"
)

// An Outdated record is from before a rule that it breaks. It keeps working, and changes of its other fields are stored. Nothing is wrong
// with the database.
type Outdated struct {
	Kind  Kind
	ID    ID
	Rules Invalid // those that it breaks
	Same  *ID     // the record that has the same e-mail address or name, and had it first; nil for none
}

// forever is later than every timestamp.
const forever = Time(math.MaxInt64)

// Outdated returns the records that break a rule, up to a great number.
func (s *Store) Outdated(ctx context.Context) (found []Outdated, err error) {
	err = s.View(func(tx *Tx) error {
		found = append(found, outdated(ctx, tx, customers, (*Customer).Validate)...)
		found = append(found, outdated(ctx, tx, interactions, func(i *Interaction) error { return i.Validate(forever) })...)
		found = append(found, outdated(ctx, tx, feedback, (*Feedback).Validate)...)
		found = append(found, outdated(ctx, tx, segments, (*Segment).Validate)...)
		found = append(found, outdated(ctx, tx, users, (*User).Validate)...)
		return ctx.Err()
	})
	return found, err
}

// outdated returns the records of a table that break a rule. Those that cannot be read are not among them.
func outdated[T any](ctx context.Context, tx *Tx, t *table[T], validate func(*T) error) (found []Outdated) {
	for key, raw := range tx.kv.Scan(t.rows, nil) {
		if ctx.Err() != nil || len(found) == maxProblems {
			break
		}
		row, err := t.decode(tx, idAt(key, 0), raw)
		if err != nil {
			continue
		}
		o := Outdated{Kind: t.kind, ID: t.id(row), Same: t.sharedWith(tx, row)}
		if _ = errors.As(validate(row), &o.Rules); o.Same != nil || len(o.Rules) > 0 {
			found = append(found, o)
		}
	}
	return found
}

// sharedWith returns the row that has the unique key of another, nil where that has it itself.
func (t *table[T]) sharedWith(tx *Tx, row *T) *ID {
	for _, ix := range t.indexes {
		if ix.taken == nil {
			continue
		}
		if owner, ok := t.find(tx, ix.bucket, ix.key(row)); ok && owner != t.id(row) {
			return &owner
		}
	}
	return nil
}
