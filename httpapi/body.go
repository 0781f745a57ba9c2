package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"crm/store"
	"crm/store/zone"
)

// Sizes of bodies, in bytes.
const (
	maxBody     = 1 << 20  // the largest that is read
	maxOpenBody = 8 << 10  // where nobody has shown a token: whoever sends it may send very many
	largeBody   = 64 << 10 // no record is as large; from here on a body needs a seat
)

// A body is a JSON object whose fields are read one by one. A field that is absent leaves its target as it is;
// null or an empty string sets it to nothing. What cannot be read is noted, and reported with the rules that
// the record breaks.
type body struct {
	raw      []byte // as it was received
	fields   map[string]json.RawMessage
	problems store.Invalid
	zone     *zone.Zone // of times without an offset
}

// readBody reads the request's JSON object. leave gives back the seat that a large one has while it is in memory.
func (a *API) readBody(rt *route, c *call) (leave func(), err error) {
	leave = func() {}
	if err := checkType(c.r.Header); err != nil {
		return leave, err
	}
	most := int64(maxBody)
	if rt.permission == open {
		most = maxOpenBody
	}
	from := http.MaxBytesReader(c.w, c.r.Body, most)
	raw, err := io.ReadAll(io.LimitReader(from, largeBody))
	if err == nil && len(raw) == largeBody {
		user := c.caller.subject
		if err := a.bodies.take(user, 1); err != nil {
			return leave, err
		}
		leave = func() { a.bodies.leave(user, 1) }
		var rest []byte
		rest, err = io.ReadAll(from)
		raw = append(raw, rest...)
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return leave, &statusError{status: http.StatusRequestEntityTooLarge, detail: "Body is larger than " + inWords(most)}
	}
	if err != nil {
		return leave, &statusError{status: http.StatusBadRequest, detail: "Body could not be read to its end", cause: err}
	}
	c.body = &body{raw: raw, zone: a.Store.Zone()}
	return leave, c.body.parse()
}

// inWords is a size in bytes as people say it.
func inWords(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

// checkType refuses what is not JSON, and what is packed: a small body could become a very large one.
func checkType(h http.Header) error {
	if coding := h.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return &statusError{status: http.StatusUnsupportedMediaType, detail: "Content-Encoding must be left out: bodies are read as they are"}
	}
	header := h.Get("Content-Type")
	if header == "" {
		return nil
	}
	kind, _, err := mime.ParseMediaType(header)
	if err == nil && (kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) {
		return nil
	}
	return &statusError{status: http.StatusUnsupportedMediaType, detail: "Content-Type must be application/json"}
}

// parse takes exactly one JSON value, which must be an object.
func (b *body) parse() error {
	raw := b.raw
	if !utf8.Valid(raw) {
		return notJSON("it is not valid UTF-8")
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return notJSON("it is empty")
	}
	err := json.Unmarshal(raw, &b.fields)
	if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) || err == nil && b.fields == nil {
		return rejection{{[]any{"body"}, "Must be a JSON object", "object_type"}}
	}
	if err != nil {
		return notJSON(strings.TrimPrefix(err.Error(), "json: ") + position(raw, err))
	}
	return nil
}

func notJSON(reason string) error {
	return &statusError{status: http.StatusBadRequest, detail: "Body is not one JSON value: " + reason}
}

// position is where the JSON broke, in lines and columns as editors count them.
func position(raw []byte, err error) string {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return ""
	}
	before := raw[:min(int(syntax.Offset), len(raw))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf(" (line %d, column %d)", line, max(column, 1))
}

func (b *body) wrong(field, kind, msg string) {
	b.problems = append(b.problems, store.FieldError{Field: field, Msg: msg, Type: kind})
}

// get is a field's JSON. empty is true for null and for an empty string.
func (b *body) get(field string) (raw json.RawMessage, empty, present bool) {
	raw, present = b.fields[field]
	return raw, string(raw) == "null" || isBlank(raw), present
}

// isBlank reports a string of nothing but white space.
func isBlank(raw json.RawMessage) bool {
	var s string
	return len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil && strings.TrimSpace(s) == ""
}

// require reports a field that is absent or empty.
func (b *body) require(fields ...string) {
	for _, field := range fields {
		if _, empty, present := b.get(field); empty || !present {
			b.wrong(field, "missing", "Field required")
		}
	}
}

// text reads a string that may be missing, as nil.
func (b *body) text(field string, to **string) {
	if raw, empty, present := b.get(field); empty {
		*to = nil
	} else if present {
		s := ""
		b.unquote(field, raw, &s)
		*to = &s
	}
}

// str reads a string; nothing is "".
func (b *body) str(field string, to *string) {
	if raw, empty, present := b.get(field); empty {
		*to = ""
	} else if present {
		b.unquote(field, raw, to)
	}
}

func (b *body) unquote(field string, raw json.RawMessage, to *string) {
	if json.Unmarshal(raw, to) != nil {
		b.wrong(field, "string_type", "Must be a string")
	}
}

// boolean reads true or false; nothing is def.
func (b *body) boolean(field string, to *bool, def bool) {
	raw, empty, present := b.get(field)
	switch {
	case !present:
	case empty:
		*to = def
	case json.Unmarshal(raw, to) != nil:
		b.wrong(field, "bool_type", "Must be true or false")
	}
}

// integer reads a whole number; nothing is nil.
func (b *body) integer(field string, to **int64) {
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
		if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			b.wrong(field, "int_type", "Must be a whole number")
			return
		}
		n = int64(f)
	}
	*to = &n
}

// uuid reads an id; nothing is nil.
func (b *body) uuid(field string, to **store.ID) {
	var s *string
	b.text(field, &s)
	if _, _, present := b.get(field); !present || b.problems.Has(field) {
		return
	}
	if *to = nil; s == nil {
		return
	}
	id, err := store.ParseID(strings.TrimSpace(*s))
	if err != nil {
		b.wrong(field, "uuid_parsing", "Must be a UUID")
		return
	}
	*to = &id
}

// moment reads a time; nothing is nil. read is false where the field is absent or cannot be read.
func (b *body) moment(field string) (t *moment, read bool) {
	var s *string
	b.text(field, &s)
	if _, _, present := b.get(field); !present || b.problems.Has(field) {
		return nil, false
	}
	if s == nil {
		return nil, true
	}
	parsed, err := parseTime(strings.TrimSpace(*s), b.zone)
	if err != nil {
		b.wrong(field, "datetime_parsing", err.Error())
		return nil, false
	}
	return &parsed, true
}

// time reads an instant; nothing is nil.
func (b *body) time(field string, to **store.Time) {
	t, read := b.moment(field)
	switch {
	case !read:
	case t == nil:
		*to = nil
	default:
		*to = &t.at
	}
}

// civil reads an instant as time does, and what was sent, where that had no offset, into local.
func (b *body) civil(field string, to **store.Time, local **string) {
	t, read := b.moment(field)
	switch {
	case !read:
	case t == nil:
		*to, *local = nil, nil
	default:
		t.put(to, local)
	}
}

// maxList bounds what the rules look at and report one by one; they allow less.
const maxList = 200

// list reads strings; nothing is none.
func (b *body) list(field string, to *[]string) {
	raw, empty, present := b.get(field)
	if !present {
		return
	}
	if *to = nil; empty {
		return
	}
	var values []json.RawMessage
	if json.Unmarshal(raw, &values) != nil {
		b.wrong(field, "list_type", "Must be a list of strings")
		return
	}
	if len(values) > maxList {
		b.wrong(field, "too_long", fmt.Sprintf("Must have at most %d values", maxList))
		return
	}
	for i, value := range values {
		var s *string
		if json.Unmarshal(value, &s) != nil || s == nil {
			b.wrong(fmt.Sprintf("%s.%d", field, i), "string_type", "Must be a string")
			s = new(string) // keeps the place, so that the rules name the others rightly
		}
		*to = append(*to, *s)
	}
}

// criteria reads a segment's criteria; nothing is nil, which the segment's rules refuse.
func (b *body) criteria(field string, to *store.Criteria) {
	raw, empty, present := b.get(field)
	if !present {
		return
	}
	if *to = nil; empty {
		return
	}
	inner := body{}
	if json.Unmarshal(raw, &inner.fields) != nil || inner.fields == nil {
		b.wrong(field, "object_type", "Must be an object of lists")
		return
	}
	if len(inner.fields) > maxList {
		b.wrong(field, "too_long", fmt.Sprintf("Must have at most %d keys", maxList))
		return
	}
	*to = store.Criteria{}
	for key := range inner.fields {
		var values []string
		inner.list(key, &values)
		(*to)[key] = values
	}
	for _, p := range inner.problems {
		b.wrong(field+"."+p.Field, p.Type, p.Msg)
	}
}

var errTime = errors.New("Must be a date and time such as 2024-01-22T10:00:00Z, or a date such as 2024-01-22")

// A moment is a time in a request.
type moment struct {
	at    store.Time
	local *zone.Local // what was sent; nil where that had an offset
}

// put stores an instant, and in local what was sent, where that had no offset. An instant that is at to already changes nothing when
// it is sent back with one: its sender may know nothing of local.
func (t moment) put(to **store.Time, local **string) {
	switch {
	case t.local != nil:
		*to, *local = &t.at, new(t.local.String())
	case *to == nil || **to != t.at:
		*to, *local = &t.at, nil
	}
}

// parseTime reads an RFC 3339 time, also without seconds, or what has no offset: a time, or a date, which is its first
// instant, in z.
func parseTime(s string, z *zone.Zone) (moment, error) {
	s = strings.Replace(s, " ", "T", 1)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return moment{at: store.TimeOf(t)}, inRange(t)
		}
	}
	local, err := zone.ParseLocal(s)
	if err != nil {
		return moment{}, errTime
	}
	t := z.At(local)
	return moment{store.TimeOf(t), &local}, inRange(t)
}

// inRange keeps years to four digits in UTC too, or the answer would be no RFC 3339.
func inRange(t time.Time) error {
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return errTime
	}
	return nil
}
