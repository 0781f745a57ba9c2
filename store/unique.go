package store

import (
	"bytes"
	"slices"

	"crm/store/kv"
)

// A unique index has pairs key → id. Records that are older than a rule may share a key, such as two spellings of one e-mail address. The
// first of them has the key, and the others wait for it under key, 0, id → id. A new record cannot have a key that another record has.

// checkUnique returns the error of a unique index in which another row has the key of row. It allows a key that old had.
func (t *table[T]) checkUnique(tx *Tx, id ID, old, row *T) error {
	for _, ix := range t.indexes {
		if ix.taken == nil {
			continue
		}
		key := ix.key(row)
		if key == nil || bytes.Equal(key, ix.of(old)) {
			continue
		}
		if owner, ok := t.find(tx, ix.bucket, key); ok && owner != id {
			return ix.taken
		}
	}
	return nil
}

// waitingKey returns the key under which a row waits for a key that another row has.
func waitingKey(key []byte, id ID) []byte { return slices.Concat(key, []byte{0}, id[:]) }

// waiting returns the rows that wait for a key of a unique index.
func (tx *Tx) waiting(b kv.Bucket, key []byte) (ids []ID) {
	for k, v := range tx.kv.Prefix(b, append(bytes.Clone(key), 0)) {
		if len(v) == len(ID{}) && bytes.Equal(k, waitingKey(key, ID(v))) { // and not a key that has a zero in it
			ids = append(ids, ID(v))
		}
	}
	return ids
}

// place is where the entry of a row belongs.
func (ix *index[T]) place(tx *Tx, key []byte, id ID) []byte {
	if ix.taken == nil {
		return ix.entry(key, id)
	}
	if owner := tx.kv.Get(ix.bucket, key); owner == nil || bytes.Equal(owner, id[:]) {
		return key
	}
	return waitingKey(key, id)
}

// enter adds the entry of a row.
func (ix *index[T]) enter(tx *Tx, key []byte, id ID) error {
	return tx.put(ix.bucket, ix.place(tx, key, id), ix.value(id))
}

// leave removes the entry of a row. The first row that waits for its key has it then.
func (ix *index[T]) leave(tx *Tx, key []byte, id ID) error {
	place := ix.place(tx, key, id)
	if err := tx.delete(ix.bucket, place); err != nil || ix.taken == nil || !bytes.Equal(place, key) {
		return err
	}
	waiting := tx.waiting(ix.bucket, key)
	if len(waiting) == 0 {
		return nil
	}
	next := waiting[0]
	if err := tx.delete(ix.bucket, waitingKey(key, next)); err != nil {
		return err
	}
	return ix.enter(tx, key, next)
}
