package wire

import "strconv"

// An Object is a JSON object to which fields are appended. Its methods return the extended object, like append:
//
//	raw := wire.Extend(record).Int("total", 7).End()
type Object []byte

// NewObject returns an object without fields, with a capacity in bytes.
func NewObject(size int) Object { return append(make(Object, 0, max(size, 2)), '{') }

// Extend returns an object with the fields of raw. It overwrites the array of raw.
func Extend(raw []byte) Object { return Object(raw[:len(raw)-1]) }

// Name begins a field; the caller appends its value, as JSON.
func (o Object) Name(name string) Object {
	if len(o) > 1 {
		o = append(o, ',')
	}
	o = append(o, '"')
	o = append(o, name...)
	return append(o, `":`...)
}

// Raw appends a field whose value is JSON already.
func (o Object) Raw(name string, value []byte) Object { return append(o.Name(name), value...) }

// Int appends a field with a number.
func (o Object) Int(name string, n int) Object { return strconv.AppendInt(o.Name(name), int64(n), 10) }

// Join appends all fields of another object.
func (o Object) Join(raw []byte) Object {
	fields := raw[1 : len(raw)-1]
	if len(fields) > 0 && len(o) > 1 {
		o = append(o, ',')
	}
	return append(o, fields...)
}

// End returns the JSON of the object.
func (o Object) End() []byte { return append(o, '}') }
