package store

import (
	"context"
	"errors"
	"slices"
)

// maxProblems is how many problems one walk collects at most.
const maxProblems = 100_000

// Check walks everything in the store and returns what contradicts, up to a great number. It reads for long: no other
// transaction should write meanwhile.
func (s *Store) Check(ctx context.Context) ([]Problem, error) {
	var found []Problem
	err := s.View(func(tx *Tx) error {
		return tx.check(ctx, func(p Problem) bool {
			found = append(found, p)
			return len(found) < maxProblems
		})
	})
	return found, err
}

// Repair makes anew what follows from the records and is wrong: index entries, counts, histories. It returns how many pairs it
// wrote and what is left, for which only a backup helps. Nothing of it enters the log, so what was derived from the store must be
// rebuilt.
func (s *Store) Repair(ctx context.Context) (written int, left []Problem, err error) {
	for before := maxProblems + 1; ; {
		found, err := s.Check(ctx)
		if err != nil {
			return written, nil, err
		}
		derived := slices.DeleteFunc(slices.Clone(found), func(p Problem) bool { return !p.Derived() })
		if len(derived) == 0 || len(derived) >= before && len(found) < maxProblems { // done, or it does not help
			return written, found, nil
		}
		before = len(derived)
		for chunk := range slices.Chunk(derived, 1000) {
			if err := s.apply(chunk); err != nil {
				return written, nil, err
			}
			written += len(chunk)
		}
	}
}

func (s *Store) apply(problems []Problem) error {
	_, err := s.Update(By{Actor: "crm check"}, func(tx *Tx) (err error) {
		for _, p := range problems {
			if p.fix.delete {
				err = errors.Join(err, tx.delete(p.fix.bucket, p.fix.key))
			} else {
				err = errors.Join(err, tx.put(p.fix.bucket, p.fix.key, p.fix.value))
			}
		}
		return err
	})
	return err
}
