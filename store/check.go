package store

import (
	"bytes"
	"context"
	"fmt"

	"crm/store/kv"
)

// A Problem is a sentence about something in the store that contradicts the rest of it.
type Problem struct {
	Text string
	fix  *fix // nil where nothing in the store says what would be right
}

// A checker compares what is stored with what follows from the rows. It walks the buckets in their order and looks up the
// rest, so that it needs no memory for what it has seen.
type checker struct {
	ctx    context.Context
	tx     *Tx
	report func(Problem) (more bool)
	done   bool
}

// check walks everything and reports each problem until report wants no more.
func (tx *Tx) check(ctx context.Context, report func(Problem) (more bool)) error {
	c := &checker{ctx: ctx, tx: tx, report: report}
	checkTable(c, customers, nil)
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

// ended reports whether the walk should stop.
func (c *checker) ended() bool { return c.done || c.ctx.Err() != nil }

// checkTable reads all rows of a kind and compares the indexes with them, both ways. see, if not nil, looks at each row.
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

// entries counts a bucket's keys as the transaction sees them.
func (c *checker) entries(b kv.Bucket) (n int) {
	for range c.tx.kv.Scan(b, nil) {
		if n++; c.ended() {
			break
		}
	}
	return n
}

// checkRow is the row, nil when it cannot be read.
func checkRow[T any](c *checker, t *table[T], key, raw []byte) *T {
	if len(key) != 16 {
		c.add(nil, "%s %x is stored under no id", t.kind, key)
		return nil
	}
	id := ID(key)
	row, err := t.decode(c.tx, id, raw)
	if err != nil {
		c.add(nil, "%v", err)
		return nil
	}
	if again, _ := Encode(row); !bytes.Equal(again, raw) {
		c.add(nil, "%s %s is not stored as this program writes it", t.kind, id)
	}
	return row
}

// checkEntry looks for a row's entry in an index.
func checkEntry[T any](c *checker, t *table[T], ix *index[T], k []byte, id ID) {
	entry := ix.entry(k, id)
	got, there := c.tx.kv.Find(ix.bucket, entry)
	if there && bytes.Equal(got, ix.value(id)) {
		return
	}
	if there && ix.taken != nil && len(got) == 16 {
		if owner, err := t.get(c.tx, ID(got)); err == nil && bytes.Equal(ix.key(owner), k) {
			c.add(nil, "%s: %s and %s share an entry of %s that must be one's alone", t.kind, id, ID(got), bucketNames[ix.bucket])
			return
		}
	}
	c.add(&fix{bucket: ix.bucket, key: entry, value: ix.value(id)}, "%s %s is missing from its index %s", t.kind, id, bucketNames[ix.bucket])
}

// checkStrays looks for entries of an index that no row asks for.
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
				continue // what the row asks for cannot be read
			}
			if err == nil && bytes.Equal(ix.of(row), key[:len(key)-len(ix.entry(nil, ID(owner)))]) {
				continue
			}
		}
		c.add(&fix{bucket: ix.bucket, key: key, delete: true}, "index %s has an entry %x that leads nowhere", bucketNames[ix.bucket], key)
	}
}

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
