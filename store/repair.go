package store

import (
	"context"
	"crm/store/kv"
	"errors"
	"slices"
)

// Repair corrects index entries, counts and histories, which are computed from the records. It returns how many pairs it wrote, and the
// problems that are left, for which only a backup helps. It does not write to the change log, so the caller must rebuild the index.
func (s *Store) Repair(ctx context.Context) (written int, left []Problem, err error) {
	for before := maxProblems + 1; ; {
		found, err := s.Check(ctx)
		if err != nil {
			return written, nil, err
		}
		derived := slices.DeleteFunc(slices.Clone(found), func(p Problem) bool { return !p.Derived() })
		if len(derived) == 0 || len(derived) >= before && len(found) < maxProblems { // nothing left, or no progress
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

// Derived reports whether Repair can compute the right value from other records.
func (p Problem) Derived() bool { return p.fix != nil }

// A fix writes or deletes one pair.
type fix struct {
	bucket     kv.Bucket
	key, value []byte
	delete     bool
}
