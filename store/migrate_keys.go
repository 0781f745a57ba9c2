package store

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"crm/store/kv"
)

// formerKey is the key that texts had in unique indexes before spellings were compared: their lower case.
func formerKey(s string) string { return strings.ToLower(s) }

// rekey gives the e-mail addresses of customers and users, and the names of segments, the keys by which two spellings are one. Of
// records that have the same key then, the one that was created first has it, and the others wait for it.
func rekey(pairs *kv.Tx) error {
	tx := &Tx{kv: pairs}
	return cmp.Or(
		rekeyTable(tx, customers, func(c *Customer) (string, Time) { return c.Email, c.CreatedAt }),
		rekeyTable(tx, users, func(u *User) (string, Time) { return u.Email, u.CreatedAt }),
		rekeyTable(tx, segments, func(s *Segment) (string, Time) { return s.Name, s.CreatedAt }),
	)
}

// A respelled row is one that another key leads to than before.
type respelled struct {
	id          ID
	created     Time
	before, now []byte
}

// rekeyTable moves the entries of a table's unique index. of returns the text that is unique.
func rekeyTable[T any](tx *Tx, t *table[T], of func(*T) (text string, created Time)) error {
	ix := &t.indexes[slices.IndexFunc(t.indexes, func(ix index[T]) bool { return ix.taken != nil })]
	var list []respelled
	for key, raw := range tx.kv.Scan(t.rows, nil) {
		if isPlain(raw) {
			continue
		}
		row, err := t.decode(tx, idAt(key, 0), raw)
		if err != nil { // crm check names it
			continue
		}
		text, created := of(row)
		if before, now := []byte(formerKey(text)), ix.key(row); !bytes.Equal(before, now) {
			list = append(list, respelled{t.id(row), created, before, now})
		}
	}
	for _, r := range list {
		if bytes.Equal(tx.kv.Get(ix.bucket, r.before), r.id[:]) {
			if err := tx.delete(ix.bucket, r.before); err != nil {
				return err
			}
		}
	}
	createdAt := func(id ID) Time {
		row, err := t.get(tx, id)
		if err != nil {
			return Never
		}
		_, created := of(row)
		return created
	}
	for _, r := range list {
		if err := ix.claim(tx, r, createdAt); err != nil {
			return err
		}
	}
	return nil
}

// claim gives a row its key, or has it wait where a row that was created before has the key.
func (ix *index[T]) claim(tx *Tx, r respelled, createdAt func(ID) Time) error {
	owner := tx.kv.Get(ix.bucket, r.now)
	if owner == nil || len(owner) != len(ID{}) {
		return ix.enter(tx, r.now, r.id)
	}
	first, other := r.id, ID(owner)
	if cmp.Or(cmp.Compare(createdAt(other), r.created), bytes.Compare(other[:], first[:])) < 0 {
		first, other = other, first
	}
	return cmp.Or(tx.put(ix.bucket, r.now, first[:]), tx.put(ix.bucket, waitingKey(r.now, other), other[:]))
}

// isPlain reports whether a row has nothing in it that may be spelled in two ways but for its case, as most rows have not.
func isPlain(raw []byte) bool {
	for _, c := range raw {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return !bytes.Contains(raw, []byte(`\u`)) && !bytes.Contains(bytes.ToLower(raw), []byte("xn--"))
}
