package store

import "errors"

// A Checked record is a new one that has gone through the rules of its fields, for which no transaction is needed. It carries what
// they refuse, and the transaction reports it: after a customer who is unknown, and before everything else.
type Checked[T any] struct {
	row      *T
	problems Invalid
}

// checked joins a record and what its rules say.
func checked[T any](row *T, err error) Checked[T] {
	problems, _ := errors.AsType[Invalid](err)
	return Checked[T]{row, problems}
}

// Err returns what the rules refuse, nil for nothing.
func (c Checked[T]) Err() error { return c.problems.err() }
