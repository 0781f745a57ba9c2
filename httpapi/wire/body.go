package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"crm/store"
	"crm/store/text"
	"crm/store/zone"
)

// A Body is a JSON object whose fields are read one by one. If a field is absent, its target does not change. If it is null or an empty
// string, its target is set to nothing: nil, "" or a default. A field that cannot be read is added to Problems, which the caller reports
// together with the rules that the record breaks.
type Body struct {
	Raw      []byte // as it was received
	fields   map[string]json.RawMessage
	Problems store.Invalid
	Zone     *zone.Zone // of times without an offset
}

// Wrong adds a problem. The caller may set its Params through the result, before the next call of Wrong.
func (b *Body) Wrong(field, kind, msg string) *store.FieldError {
	b.Problems = append(b.Problems, store.FieldError{Field: field, Msg: msg, Type: kind})
	return &b.Problems[len(b.Problems)-1]
}

// get returns a field's JSON. empty is true for null and for an empty string.
func (b *Body) get(field string) (raw json.RawMessage, empty, present bool) {
	raw, present = b.fields[field]
	return raw, string(raw) == "null" || isBlank(raw), present
}

// Has reports whether the object has a field, which may be null.
func (b *Body) Has(field string) bool { _, present := b.fields[field]; return present }

// Err returns all problems as an error, or nil if there are none.
func (b *Body) Err() error {
	if len(b.Problems) == 0 {
		return nil
	}
	return b.Problems
}

// isBlank reports whether JSON is a string in which nothing can be seen.
func isBlank(raw json.RawMessage) bool {
	var s string
	return len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil && text.Empty(s)
}

// Require reports a field that is absent or empty.
func (b *Body) Require(fields ...string) {
	for _, field := range fields {
		if _, empty, present := b.get(field); empty || !present {
			b.Wrong(field, "missing", "Field required")
		}
	}
}

// OptionalText reads a string; nothing is nil.
func (b *Body) OptionalText(field string, to **string) {
	if raw, empty, present := b.get(field); empty {
		*to = nil
	} else if present {
		s := ""
		b.unquote(field, raw, &s)
		*to = &s
	}
}

// Text reads a string; nothing is "".
func (b *Body) Text(field string, to *string) {
	if raw, empty, present := b.get(field); empty {
		*to = ""
	} else if present {
		b.unquote(field, raw, to)
	}
}

func (b *Body) unquote(field string, raw json.RawMessage, to *string) {
	if json.Unmarshal(raw, to) != nil {
		b.Wrong(field, "string_type", "Must be a string")
	}
}

// Bool reads true or false; nothing is def.
func (b *Body) Bool(field string, to *bool, def bool) {
	raw, empty, present := b.get(field)
	switch {
	case !present:
	case empty:
		*to = def
	case json.Unmarshal(raw, to) != nil:
		b.Wrong(field, "bool_type", "Must be true or false")
	}
}

// Int reads a whole number; nothing is nil.
func (b *Body) Int(field string, to **int64) {
	raw, empty, present := b.get(field)
	switch {
	case !present:
		return
	case empty:
		*to = nil
		return
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) || f != math.Trunc(f) {
			b.Wrong(field, "int_type", "Must be a whole number")
			return
		}
		n = clamped(f)
	}
	*to = &n
}

// clamped returns a whole number, or the nearest one that there is an int64 for: the rules say which numbers are allowed.
func clamped(f float64) int64 {
	switch {
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

// ID reads an id; nothing is nil.
func (b *Body) ID(field string, to **store.ID) {
	var s *string
	b.OptionalText(field, &s)
	if _, _, present := b.get(field); !present || b.Problems.Has(field) {
		return
	}
	if *to = nil; s == nil {
		return
	}
	id, err := store.ParseID(text.Clean(*s))
	if err != nil {
		b.Wrong(field, "uuid_parsing", "Must be a UUID")
		return
	}
	*to = &id
}

// Moment reads a time; nothing is nil. read is false if the field is absent or cannot be read.
func (b *Body) Moment(field string) (t *Moment, read bool) {
	var s *string
	b.OptionalText(field, &s)
	if _, _, present := b.get(field); !present || b.Problems.Has(field) {
		return nil, false
	}
	if s == nil {
		return nil, true
	}
	parsed, err := ParseTime(text.Clean(*s), b.Zone)
	if err != nil {
		b.Wrong(field, "datetime_parsing", err.Error())
		return nil, false
	}
	return &parsed, true
}

// Time reads an instant; nothing is nil.
func (b *Body) Time(field string, to **store.Time) {
	t, read := b.Moment(field)
	switch {
	case !read:
	case t == nil:
		*to = nil
	default:
		*to = &t.At
	}
}

// LocalTime reads an instant as Time does. It sets local to the text if that has no offset.
func (b *Body) LocalTime(field string, to **store.Time, local **string) {
	t, read := b.Moment(field)
	switch {
	case !read:
	case t == nil:
		*to, *local = nil, nil
	default:
		t.Put(to, local)
	}
}

// maxList is how many values are read. The rules of records, which report each wrong value, allow fewer.
const maxList = 200

// List reads strings; nothing is none.
func (b *Body) List(field string, to *[]string) {
	raw, empty, present := b.get(field)
	if !present {
		return
	}
	if *to = nil; empty {
		return
	}
	var values []json.RawMessage
	if json.Unmarshal(raw, &values) != nil {
		b.Wrong(field, "list_type", "Must be a list of strings")
		return
	}
	if len(values) > maxList {
		b.Wrong(field, "too_long", fmt.Sprintf("Must have at most %d values", maxList)).Params = store.Facts{"most": maxList, "has": len(values)}
		return
	}
	for i, value := range values {
		var s *string
		if json.Unmarshal(value, &s) != nil || s == nil {
			b.Wrong(fmt.Sprintf("%s.%d", field, i), "string_type", "Must be a string")
			s = new(string) // so that the rules report the right positions
		}
		*to = append(*to, *s)
	}
}

// IDs reads a list of ids, with a greatest length.
func (b *Body) IDs(field string, most int) (ids []store.ID) {
	raw, empty, present := b.get(field)
	if empty || !present {
		b.Require(field)
		return nil
	}
	var values []json.RawMessage
	if json.Unmarshal(raw, &values) != nil {
		b.Wrong(field, "list_type", "Must be a list of UUIDs")
		return nil
	}
	if len(values) > most {
		b.Wrong(field, "too_long", fmt.Sprintf("Must have at most %d ids, has %d", most, len(values))).Params = store.Facts{"most": most, "has": len(values)}
		return nil
	}
	for i, value := range values {
		var s string
		_ = json.Unmarshal(value, &s) // what is no string is no UUID either
		id, err := store.ParseID(text.Clean(s))
		if err != nil {
			b.Wrong(fmt.Sprintf("%s.%d", field, i), "uuid_parsing", "Must be a UUID")
		}
		ids = append(ids, id)
	}
	return ids
}

// Criteria reads a segment's criteria; nothing is nil, which the segment's rules refuse.
func (b *Body) Criteria(field string, to *store.Criteria) {
	raw, empty, present := b.get(field)
	if !present {
		return
	}
	if *to = nil; empty {
		return
	}
	inner := Body{}
	if json.Unmarshal(raw, &inner.fields) != nil || inner.fields == nil {
		b.Wrong(field, "object_type", "Must be an object of lists")
		return
	}
	if len(inner.fields) > maxList {
		b.Wrong(field, "too_long", fmt.Sprintf("Must have at most %d keys", maxList)).Params = store.Facts{"most": maxList, "has": len(inner.fields)}
		return
	}
	*to = store.Criteria{}
	for key := range inner.fields {
		var values []string
		inner.List(key, &values)
		(*to)[key] = values
	}
	for _, p := range inner.Problems {
		p.Field = field + "." + p.Field
		b.Problems = append(b.Problems, p)
	}
}
