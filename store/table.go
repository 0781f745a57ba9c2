package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"crm/store/kv"
)

// A table stores one kind of record: rows of JSON by id, and the indexes that tables.go declares.
type table[T any] struct {
	kind    Kind
	rows    kv.Bucket
	id      func(*T) ID
	indexes []index[T]
	owner   func(*T) *ID // returns the customer that a row is about, or nil if there is none; nil for customers and for kinds that are about none
	silent  bool         // changes are not logged at all
	derived *derivedTime[T]
	own     func(*T)       // gives a copy of a row its own lists; nil if rows have none
	updated func(*T) *Time // returns when the row was last changed; nil if rows do not have this time
	record  func(T) Record // returns what followers get; nil if there are none
}

// An index leads from a key to a row. A unique index (unique.go) has pairs key → id; any other index has pairs key+id → nothing.
type index[T any] struct {
	bucket kv.Bucket
	key    func(*T) []byte // returns the key of a row, or nil if the index leaves the row out
	taken  error           // the error if another row has the key; nil for an index that is not unique
}

// raw returns the row's JSON, which is valid until the transaction ends.
func (t *table[T]) raw(tx *Tx, id ID) ([]byte, error) {
	if raw := tx.kv.Get(t.rows, id[:]); raw != nil {
		return raw, nil
	}
	return nil, NotFoundError{t.kind}
}

func (t *table[T]) get(tx *Tx, id ID) (*T, error) {
	raw, err := t.raw(tx, id)
	if err != nil {
		return nil, err
	}
	return t.decode(tx, id, raw)
}

// decode decodes the row of an id. An UnreadableError is also logged.
func (t *table[T]) decode(tx *Tx, id ID, raw []byte) (*T, error) {
	row := new(T)
	err := t.fill(row, id, raw)
	if unreadable, ok := errors.AsType[*UnreadableError](err); ok {
		tx.skipped.note(unreadable)
		return nil, err
	}
	t.derived.set(tx, id, row)
	return row, nil
}

// all returns every row that can be decoded, in the order of creation. It is for kinds with few records.
func (t *table[T]) all(tx *Tx) (rows []*T, err error) {
	for key, raw := range tx.kv.Scan(t.rows, nil) {
		if row, err := t.decode(tx, idAt(key, 0), raw); err == nil {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// find returns the id of the row with a key of a unique index.
func (t *table[T]) find(tx *Tx, unique kv.Bucket, key []byte) (ID, bool) {
	v := tx.kv.Get(unique, key)
	if v == nil {
		return ID{}, false
	}
	return idAt(v, 0), true
}

// A stored row is a row with its JSON in the database.
type stored[T any] struct {
	row *T
	raw []byte // nil for none
}

// insert adds a row that must be new, and returns its JSON.
func (t *table[T]) insert(tx *Tx, row *T) ([]byte, error) {
	raw, err := t.encode(row)
	if err != nil {
		return nil, err
	}
	return raw, t.write(tx, stored[T]{}, stored[T]{row, raw}, nil)
}

// update replaces a row, and returns the stored row with its JSON. If nothing but the time of the change differs, it writes nothing.
func (t *table[T]) update(tx *Tx, old stored[T], row *T) (stored[T], error) {
	if t.updated != nil {
		*t.updated(row) = tx.now
	}
	raw, err := t.encode(row)
	if err != nil {
		return old, err
	}
	changes := t.diff(old.raw, raw)
	if changes.nothingBut(updatedAt) {
		return old, nil
	}
	now := stored[T]{row, raw}
	return now, t.write(tx, old, now, changes)
}

// write checks the unique keys, then writes row, index entries and change record.
func (t *table[T]) write(tx *Tx, old, now stored[T], changes diff) error {
	id, op := t.id(now.row), OpUpdate
	if old.row == nil {
		op = OpCreate
	}
	if err := t.checkUnique(tx, id, old.row, now.row); err != nil {
		return err
	}
	if err := t.allow(tx, now.row, changes); err != nil {
		return err
	}
	if err := t.moveEntries(tx, id, old.row, now.row); err != nil {
		return err
	}
	if err := tx.put(t.rows, id[:], now.raw); err != nil {
		return err
	}
	return t.log(tx, id, op, changes, now.row)
}

// moveEntries takes the index entries of old away and adds those of row; either may be nil.
func (t *table[T]) moveEntries(tx *Tx, id ID, old, row *T) error {
	for _, ix := range t.indexes {
		from, to := ix.of(old), ix.of(row)
		if bytes.Equal(from, to) && (from == nil) == (to == nil) {
			continue
		}
		if from != nil {
			if err := ix.leave(tx, from, id); err != nil {
				return err
			}
		}
		if to != nil {
			if err := ix.enter(tx, to, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (ix *index[T]) of(row *T) []byte {
	if row == nil {
		return nil
	}
	return ix.key(row)
}

func (ix *index[T]) entry(key []byte, id ID) []byte {
	if ix.taken != nil {
		return key
	}
	return slices.Concat(key, id[:])
}

func (ix *index[T]) value(id ID) []byte {
	if ix.taken != nil {
		return id[:]
	}
	return nil
}

// remove deletes a row and its index entries; the log keeps its values. In a table whose changes are not logged, it also deletes rows that
// cannot be decoded, and then returns nil.
func (t *table[T]) remove(tx *Tx, id ID) (*T, error) {
	raw, err := t.raw(tx, id)
	if err != nil {
		return nil, err
	}
	raw = bytes.Clone(raw)
	old, err := t.decode(tx, id, raw)
	switch {
	case err != nil && t.silent:
		return nil, t.discard(tx, id)
	case err != nil:
		return nil, err
	}
	if err := t.moveEntries(tx, id, old, nil); err != nil {
		return nil, err
	}
	if err := tx.delete(t.rows, id[:]); err != nil {
		return nil, err
	}
	if t.silent {
		return old, nil
	}
	return old, t.log(tx, id, OpDelete, t.diff(raw, nil), old)
}

// log adds a change to the log. row is what it leaves, or deletes; followers get a copy.
func (t *table[T]) log(tx *Tx, id ID, op Op, changes diff, row *T) error {
	if t.silent {
		return nil
	}
	var r Record
	if t.record != nil {
		r = t.record(*row)
	}
	return tx.record(t.kind, id, op, changes.object(), r)
}

// allow returns ErrErased if a change is about an erased customer and sets a field that an erasure blanks, because the value might identify
// that person again.
func (t *table[T]) allow(tx *Tx, row *T, changes diff) error {
	if t.owner == nil {
		return nil
	}
	for _, c := range changes {
		if id := t.owner(row); id != nil && !declared[t.kind].named(c.name).Kept {
			return tx.needCustomer(*id, nil)
		}
	}
	return nil
}

// Encode returns v as JSON without HTML escapes and without a newline at its end.
func Encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
