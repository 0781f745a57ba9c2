// Package object joins JSON objects and takes them apart, as bytes, without decoding their values.
//
//	raw := object.Extend(record).Int("total", 7).End()   // one more field
//	raw = object.Set(record, "last_interaction", value)  // another value
//	for name, value := range object.Fields(record) { … } // every field
//
// The files: build.go makes objects, fields.go reads and changes them.
package object
