package store

import "crm/store/object"

// A derivedTime is a field of a row that follows from other records. Rows are stored with null in it, so that a change of those other
// records does not rewrite them, and it is set whenever a row is read. Rows that earlier programs wrote have a value, which is ignored.
type derivedTime[T any] struct {
	name string // in the row's JSON
	at   func(*T) **Time
	find func(tx *Tx, id ID) (t Time, there bool)
}

// set sets the field of a row that was read.
func (d *derivedTime[T]) set(tx *Tx, id ID, row *T) {
	if d == nil {
		return
	}
	*d.at(row) = nil
	if t, there := d.find(tx, id); there {
		*d.at(row) = &t
	}
}

// shown returns the JSON of a row as the API returns it: with the field's value. It may be raw itself.
func (d *derivedTime[T]) shown(tx *Tx, id ID, raw []byte) []byte {
	if d == nil {
		return raw
	}
	t, there := d.find(tx, id)
	if !there {
		return object.Set(raw, d.name, null)
	}
	var value [timeSize]byte
	return object.Set(raw, d.name, t.appendJSON(value[:0]))
}

// bare returns the JSON of a row as it is stored: with null in the field.
func (d *derivedTime[T]) bare(raw []byte) []byte {
	if d == nil {
		return raw
	}
	return object.Set(raw, d.name, null)
}

// encode returns the JSON of a row as it is stored.
func (t *table[T]) encode(row *T) ([]byte, error) {
	if t.derived == nil {
		return Encode(row)
	}
	bare := *row
	*t.derived.at(&bare) = nil
	return Encode(&bare)
}
