package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"crm/store/kv"
)

// A table keeps one kind of record: rows by id as JSON, and the indexes that are declared beside it.
type table[T any] struct {
	kind    Kind
	rows    kv.Bucket
	id      func(*T) ID
	indexes []index[T]
	owner   func(*T) *ID // the customer whom a row is about, nil where nobody is; nil where rows are about themselves
	silent  bool         // changes are not logged at all
}

// An index leads from a key to a row. Unique ones hold key → id, others key+id → nothing.
type index[T any] struct {
	bucket kv.Bucket
	key    func(*T) []byte // nil leaves the row out
	taken  error           // the error when another row has the key; nil where keys may repeat
}

// raw is the row's JSON, which belongs to the transaction.
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

// decode is the row of an id, or an UnreadableError, which is noted.
func (t *table[T]) decode(tx *Tx, id ID, raw []byte) (*T, error) {
	row := new(T)
	err := t.fill(row, id, raw)
	if unreadable, ok := errors.AsType[*UnreadableError](err); ok {
		tx.skipped.note(unreadable)
		return nil, err
	}
	return row, nil
}

// all is every row that can be decoded, in the order of creation; only for kinds of which there are few.
func (t *table[T]) all(tx *Tx) (rows []*T, err error) {
	for key, raw := range tx.kv.Scan(t.rows, nil) {
		if row, err := t.decode(tx, idAt(key, 0), raw); err == nil {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// find is the id of the row that has the key in a unique index.
func (t *table[T]) find(tx *Tx, unique kv.Bucket, key []byte) (ID, bool) {
	v := tx.kv.Get(unique, key)
	if v == nil {
		return ID{}, false
	}
	return idAt(v, 0), true
}

// insert adds a row that must be new, and returns its JSON.
func (t *table[T]) insert(tx *Tx, row *T) ([]byte, error) {
	return t.write(tx, nil, nil, row, OpCreate)
}

// update replaces old, whose JSON was oldRaw. When nothing changed it writes nothing.
func (t *table[T]) update(tx *Tx, oldRaw []byte, old, row *T) ([]byte, error) {
	return t.write(tx, oldRaw, old, row, OpUpdate)
}

// write checks the unique keys, then writes row, index entries and change record.
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

// moveEntries takes the index entries of old away and adds those of row; either may be nil.
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

// remove deletes a row and its index entries; the log keeps its values. Of a table that the log does not have, it deletes rows that
// cannot be decoded too, and then returns no row.
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

// allow is ErrErased where a change is about a customer who was erased, and of a field that is blanked then: it may name that
// person again.
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

// changed are old's values of the fields that have others in row, null for those that old lacks: nil for a new row, all of them
// when row is nil. A field that one of the two lacks and that has no value in the other is as it was.
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

// Encode is v as JSON without HTML escapes and without a line end.
func Encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
