package kv

import (
	"cmp"
	"context"
	"errors"
	"iter"

	bolt "go.etcd.io/bbolt"
)

// Pack writes all pairs to a new file in the order of their keys, without free pages.
func (db *DB) Pack(ctx context.Context, path string) (*DB, error) {
	packed, err := open(path, db.buckets, bolt.Options{NoSync: true})
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(copyPairs(ctx, packed.bolt, db.bolt), packed.bolt.Sync()); err != nil {
		return nil, errors.Join(Classify(err), packed.Close())
	}
	return packed, nil
}

// copyBytes is how many bytes copyPairs writes in one transaction.
const copyBytes = 8 << 20

// copyPairs copies every bucket to an empty file, in transactions of a bounded size, until ctx ends. There are no nested buckets.
func copyPairs(ctx context.Context, to, from *bolt.DB) error {
	return from.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			next, stop := iter.Pull2(pairsOf(b))
			defer stop()
			for more := true; more; {
				if err := ctx.Err(); err != nil {
					return err
				}
				err := to.Update(func(tx *bolt.Tx) (err error) {
					more, err = copySome(tx, name, next)
					return err
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// copySome puts the next pairs into a Bucket, up to copyBytes, and reports whether there may be more.
func copySome(tx *bolt.Tx, name []byte, next func() (k, v []byte, ok bool)) (more bool, err error) {
	b, err := tx.CreateBucketIfNotExists(name)
	if err != nil {
		return false, err
	}
	b.FillPercent = 0.9 // because keys are added in order
	for size := 0; size < copyBytes; {
		k, v, ok := next()
		if !ok {
			return false, nil
		}
		if err := b.Put(k, v); err != nil {
			return false, err
		}
		size += len(k) + len(v)
	}
	return true, nil
}

func pairsOf(b *bolt.Bucket) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := b.Cursor()
		for k, v := c.First(); k != nil && yield(k, v); k, v = c.Next() {
			continue
		}
	}
}
