package object

import "strconv"

// An Object is a JSON object that grows field by field. Its methods return the extended object, as append does:
//
//	raw := object.Extend(record).Int("total", 7).End()
type Object []byte

// New returns an object without fields, with room for size bytes.
func New(size int) Object { return append(make(Object, 0, max(size, 2)), '{') }

// Extend returns an object that begins with the fields of the object raw. It writes into the array of raw.
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
