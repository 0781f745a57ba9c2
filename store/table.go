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
	owner   func(*T) *ID // returns the customer whom a row is about, or nil; the func is nil for customers and users
	silent  bool         // changes are not logged
}

// An index leads from a key to a row. A unique index has pairs key → id, another one pairs key+id → nothing.
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

// insert adds a new row, and returns its JSON.
func (t *table[T]) insert(tx *Tx, row *T) ([]byte, error) {
	return t.write(tx, nil, nil, row, OpCreate)
}

// update replaces old, whose JSON is oldRaw, by row. If nothing changed it writes nothing.
func (t *table[T]) update(tx *Tx, oldRaw []byte, old, row *T) ([]byte, error) {
	return t.write(tx, oldRaw, old, row, OpUpdate)
}

// write checks the unique keys, and then writes the row, its index entries and an entry of the change log.
func (t *table[T]) write(tx *Tx, oldRaw []byte, old, row *T, op Op) ([]byte, error) {
	id := t.id(row)
	raw, err := Encode(row)
	if err != nil || old != nil && bytes.Equal(raw, oldRaw) {
		return raw, err
	}
	if err := t.checkUnique(tx, id, row); err != nil {
		return nil, err
	}
	before, err := t.changed(oldRaw, raw)
	if err != nil {
		return nil, err
	}
	if err := t.allow(tx, row, before); err != nil {
		return nil, err
	}
	if err := t.moveEntries(tx, id, old, row); err != nil {
		return nil, err
	}
	if err := tx.put(t.rows, id[:], raw); err != nil {
		return nil, err
	}
	return raw, t.log(tx, id, op, before)
}

func (t *table[T]) checkUnique(tx *Tx, id ID, row *T) error {
	for _, ix := range t.indexes {
		if ix.taken == nil {
			continue
		}
		if key := ix.key(row); key != nil {
			if owner, ok := t.find(tx, ix.bucket, key); ok && owner != id {
				return ix.taken
			}
		}
	}
	return nil
}

// moveEntries deletes the index entries of old and adds those of row; either may be nil.
func (t *table[T]) moveEntries(tx *Tx, id ID, old, row *T) error {
	for _, ix := range t.indexes {
		from, to := ix.of(old), ix.of(row)
		if bytes.Equal(from, to) && (from == nil) == (to == nil) {
			continue
		}
		if from != nil {
			if err := tx.delete(ix.bucket, ix.entry(from, id)); err != nil {
				return err
			}
		}
		if to != nil {
			if err := tx.put(ix.bucket, ix.entry(to, id), ix.value(id)); err != nil {
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
	before, err := t.changed(raw, nil)
	if err != nil {
		return nil, err
	}
	return old, t.log(tx, id, OpDelete, before)
}

func (t *table[T]) log(tx *Tx, id ID, op Op, before map[string]json.RawMessage) error {
	if t.silent {
		return nil
	}
	if before == nil {
		return tx.record(t.kind, id, op, nil)
	}
	old, err := Encode(before)
	if err != nil {
		return err
	}
	return tx.record(t.kind, id, op, old)
}

// allow returns ErrErased if the customer whom the row is about was erased and the change is of a field that an erasure blanks, since the
// new value might name the person again.
func (t *table[T]) allow(tx *Tx, row *T, before map[string]json.RawMessage) error {
	if t.owner == nil {
		return nil
	}
	for name := range before {
		if id := t.owner(row); id != nil && !declared[t.kind].named(name).Kept {
			return tx.needCustomer(*id, nil)
		}
	}
	return nil
}

// changed returns old's values of the fields that differ in row, and null for fields that old lacks. It returns nil for a new row, and
// all fields if row is nil. A field that is missing in one and empty in the other has not changed.
func (t *table[T]) changed(old, row []byte) (map[string]json.RawMessage, error) {
	if old == nil || t.silent {
		return nil, nil
	}
	was, err := fields(old)
	if err != nil {
		return nil, err
	}
	is, err := fields(row)
	if err != nil {
		return nil, err
	}
	before := make(map[string]json.RawMessage, len(was))
	note := func(name string, value json.RawMessage) {
		if alias := declared[t.kind].named(name).LoggedAs; alias != "" {
			name, value = alias, null
		}
		before[name] = value
	}
	for name, value := range was {
		if row == nil || !bytes.Equal(value, orNull(is[name])) {
			note(name, value)
		}
	}
	for name, value := range is {
		if _, there := was[name]; !there && !isEmpty(value) {
			note(name, null)
		}
	}
	return before, nil
}

// Encode returns the JSON of v without HTML escapes and without a newline at the end.
func Encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
