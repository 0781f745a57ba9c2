package store

import "crm/store/object"

// A derivedTime is a field of a row that follows from other records. Rows are stored with null in it, so that a change of those other
// records does not rewrite them, and it is set whenever a row is read. Rows that earlier programs wrote have a value, which is ignored.
type derivedTime[T any] struct {
	name string // in the row's JSON
	at   func(*T) **Time
	find func(tx *Tx, id ID) *Time
}

// set sets the field of a row that was read.
func (d *derivedTime[T]) set(tx *Tx, id ID, row *T) {
	if d != nil {
		*d.at(row) = d.find(tx, id)
	}
}

// shown returns the JSON of a row as the API returns it: with the field's value. It may be raw itself.
func (d *derivedTime[T]) shown(tx *Tx, id ID, raw []byte) []byte {
	if d == nil {
		return raw
	}
	value := []byte(null)
	if t := d.find(tx, id); t != nil {
		value = t.appendJSON(make([]byte, 0, timeSize))
	}
	return object.Set(raw, d.name, value)
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
