package store

import (
	"bytes"
	"context"
	"fmt"

	"crm/store/kv"
)

// A Problem is something in the store that contradicts the rest of it.
type Problem struct {
	Text string
	fix  *fix // nil if the right value cannot be computed from the store
}

// A checker compares the indexes, counts and histories in the store with those computed from the rows. It reads each bucket in order and
// looks up the corresponding entries of others, so that it needs little memory.
type checker struct {
	ctx    context.Context
	tx     *Tx
	report func(Problem) (more bool)
	done   bool
}

// check reads everything and reports each problem, until report returns false.
func (tx *Tx) check(ctx context.Context, report func(Problem) (more bool)) error {
	c := &checker{ctx: ctx, tx: tx, report: report}
	checkTable(c, customers, c.phone)
	checkTable(c, interactions, c.interaction)
	checkTable(c, feedback, c.feedback)
	checkTable(c, segments, nil)
	checkTable(c, users, nil)
	checkTable(c, sessions, c.session)
	checkTable(c, replies, nil)
	c.activities()
	c.log()
	c.records()
	return ctx.Err()
}

func (c *checker) add(f *fix, format string, args ...any) {
	if !c.done {
		if f != nil {
			f.key, f.value = bytes.Clone(f.key), bytes.Clone(f.value)
		}
		c.done = !c.report(Problem{fmt.Sprintf(format, args...), f})
	}
}

// ended reports whether the check should stop.
func (c *checker) ended() bool { return c.done || c.ctx.Err() != nil }

// checkTable reads all rows of a kind and compares them with the indexes in both directions. see, if not nil, checks each row.
func checkTable[T any](c *checker, t *table[T], see func(*T)) {
	wanted := make([]int, len(t.indexes))
	for key, raw := range c.tx.kv.Scan(t.rows, nil) {
		if c.ended() {
			return
		}
		row := checkRow(c, t, key, raw)
		if row == nil {
			continue
		}
		if see != nil {
			see(row)
		}
		for i := range t.indexes {
			if k := t.indexes[i].key(row); k != nil {
				wanted[i]++
				checkEntry(c, t, &t.indexes[i], k, t.id(row))
			}
		}
	}
	for i := range t.indexes {
		if n := c.entries(t.indexes[i].bucket); n != wanted[i] {
			checkStrays(c, t, &t.indexes[i])
		}
	}
}

// entries returns the number of keys in a bucket, including those written by the transaction.
func (c *checker) entries(b kv.Bucket) (n int) {
	for range c.tx.kv.Scan(b, nil) {
		if n++; c.ended() {
			break
		}
	}
	return n
}

// checkRow decodes and checks a row. It returns nil if the row cannot be read.
func checkRow[T any](c *checker, t *table[T], key, raw []byte) *T {
	if len(key) != 16 {
		c.add(nil, "%s %x is stored under a key that is not an id", t.kind, key)
		return nil
	}
	id := ID(key)
	row, err := t.decode(c.tx, id, raw)
	if err != nil {
		c.add(nil, "%v", err)
		return nil
	}
	if again, _ := t.encode(row); !bytes.Equal(again, t.derived.bare(raw)) {
		c.add(nil, "%s %s is not stored as this program writes it", t.kind, id)
	}
	return row
}

// checkEntry checks that an index has the entry of a row.
func checkEntry[T any](c *checker, t *table[T], ix *index[T], k []byte, id ID) {
	place, format := ix.entry(k, id), "%s %s is missing from its index %s"
	if owner := c.tx.kv.Get(ix.bucket, k); ix.taken != nil && len(owner) == len(id) && ID(owner) != id {
		if row, err := t.get(c.tx, ID(owner)); err == nil && bytes.Equal(ix.key(row), k) {
			place, format = waitingKey(k, id), "%s %s does not wait for an entry of %s that another has"
		}
	}
	if got, there := c.tx.kv.Find(ix.bucket, place); !there || !bytes.Equal(got, ix.value(id)) {
		c.add(&fix{bucket: ix.bucket, key: place, value: ix.value(id)}, format, t.kind, id, bucketNames[ix.bucket])
	}
}

// checkStrays reports the entries of an index that belong to no row.
func checkStrays[T any](c *checker, t *table[T], ix *index[T]) {
	for key, value := range c.tx.kv.Scan(ix.bucket, nil) {
		if c.ended() {
			return
		}
		owner := value
		if ix.taken == nil {
			owner = key[max(0, len(key)-16):]
		}
		if len(owner) == 16 {
			row, err := t.get(c.tx, ID(owner))
			if err != nil && c.tx.kv.Get(t.rows, owner) != nil {
				continue // the row cannot be read, so its entries are unknown
			}
			if k := ix.of(row); k != nil && bytes.Equal(key, ix.place(c.tx, k, ID(owner))) {
				continue
			}
		}
		c.add(&fix{bucket: ix.bucket, key: key, delete: true}, "index %s has an entry %x that belongs to no record", bucketNames[ix.bucket], key)
	}
}

// maxProblems is how many problems Check returns at most.
const maxProblems = 100_000

// Check reads everything in the store and returns the problems that it finds, at most maxProblems. It takes long, and no other
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
