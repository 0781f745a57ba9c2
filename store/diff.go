package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"crm/store/object"
)

// A diff has the fields that a change sets to another value, sorted by name, with their old values: null for a field that had none.
type diff []oldValue

type oldValue struct {
	name  string
	value []byte // JSON
}

// updatedAt is the field with the time of a record's last change.
const updatedAt = "updated_at"

// diff compares a row's JSON with the JSON that replaces it. now is nil for a deleted row, and then the diff has all fields. A field that
// is missing in one and without a value in the other counts as unchanged. So do fields that are derived from other records or parsed from
// other fields.
func (t *table[T]) diff(old, now []byte) diff {
	is := fieldsOf(now)
	changes := make(diff, 0, 4)
	note := func(name, value []byte) {
		if t.derived != nil && string(name) == t.derived.name {
			return
		}
		change := oldValue{string(name), value}
		switch f := declared[t.kind].named(change.name); {
		case f.Parsed:
			return
		case f.LoggedAs != "":
			change = oldValue{f.LoggedAs, null}
		}
		changes = append(changes, change)
	}
	for name, was := range object.Fields(old) {
		if now == nil || !bytes.Equal(was, orNull(is.take(name))) {
			note(name, was)
		}
	}
	for _, f := range is {
		if !f.taken && !isEmpty(f.value) {
			note(f.name, null)
		}
	}
	slices.SortFunc(changes, func(a, b oldValue) int { return cmp.Compare(a.name, b.name) })
	return changes
}

// nothingBut reports whether no other field has changed.
func (d diff) nothingBut(name string) bool {
	return !slices.ContainsFunc(d, func(c oldValue) bool { return c.name != name })
}

// object returns the old values as a JSON object for the log, or nil for a new row.
func (d diff) object() json.RawMessage {
	if d == nil {
		return nil
	}
	o := object.New(256)
	for _, c := range d {
		o = o.Raw(c.name, c.value)
	}
	return o.End()
}

// A fieldList has the fields of a row during a comparison.
type fieldList []comparedField

type comparedField struct {
	name, value []byte
	taken       bool
}

func fieldsOf(raw []byte) fieldList {
	list := make(fieldList, 0, 24)
	for name, value := range object.Fields(raw) {
		list = append(list, comparedField{name: name, value: value})
	}
	return list
}

// take returns the value of a field, or nil if there is none, and marks the field.
func (l fieldList) take(name []byte) json.RawMessage {
	for i := range l {
		if !l[i].taken && bytes.Equal(l[i].name, name) {
			l[i].taken = true
			return l[i].value
		}
	}
	return nil
}
