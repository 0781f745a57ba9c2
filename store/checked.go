package store

import "errors"

// A Checked has a new record and the rules that its fields break. Checking needs no transaction. The transaction that adds the record
// reports an unknown customer first, then the broken rules, then everything else.
type Checked[T any] struct {
	row      *T
	problems Invalid
}

// checked returns a record with the broken rules in err.
func checked[T any](row *T, err error) Checked[T] {
	problems, _ := errors.AsType[Invalid](err)
	return Checked[T]{row, problems}
}

// Err returns the broken rules as an error, or nil if there are none.
func (c Checked[T]) Err() error { return c.problems.err() }
