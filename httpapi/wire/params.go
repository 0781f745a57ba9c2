package wire

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"crm/store"
	"crm/store/text"
	"crm/store/zone"
)

// Params has the query parameters of a request, which are read one by one. An empty parameter counts as absent. One that cannot be read is
// added to Problems.
type Params struct {
	values   url.Values
	Problems Rejection
	zone     *zone.Zone
}

// ParseQuery reads a request's query; z is the zone of times without an offset.
func ParseQuery(query string, z *zone.Zone) *Params {
	p := &Params{zone: z}
	values, err := url.ParseQuery(query)
	if err != nil {
		p.Problems = Reject("query_parsing", "Must be percent-encoded", "query")
	}
	p.values = values
	return p
}

// Wrong adds a problem. The caller may set its Params through the result, before the next call of Wrong.
func (p *Params) Wrong(name, kind, format string, args ...any) *Violation {
	p.Problems = append(p.Problems, Violation{Loc: []any{"query", name}, Msg: fmt.Sprintf(format, args...), Type: kind})
	return &p.Problems[len(p.Problems)-1]
}

// Err returns all problems as an error, or nil if there are none.
func (p *Params) Err() error {
	if len(p.Problems) == 0 {
		return nil
	}
	return p.Problems
}

// Text returns a parameter as texts are stored, "" where there is none.
func (p *Params) Text(name string) string { return text.Clean(p.values.Get(name)) }

// All returns every value of a parameter that may repeat, also as name[] and name[0].
func (p *Params) All(name string) (values []string) {
	for _, key := range p.namesOf(name) {
		for _, value := range p.values[key] {
			if value = text.Clean(value); value != "" {
				values = append(values, value)
			}
		}
	}
	return values
}

// namesOf returns the names that a parameter has in the query: name, name[], then name[0] and the like in the order of their numbers.
func (p *Params) namesOf(name string) []string {
	type numbered struct {
		name string
		n    uint64
	}
	var list []numbered
	for key := range p.values {
		inner, brackets := strings.CutPrefix(key, name+"[")
		inner, closed := strings.CutSuffix(inner, "]")
		if n, err := strconv.ParseUint(inner, 10, 64); brackets && closed && err == nil {
			list = append(list, numbered{key, n})
		}
	}
	slices.SortFunc(list, func(a, b numbered) int { return cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.name, b.name)) })
	names := []string{name, name + "[]"}
	for _, key := range list {
		names = append(names, key.name)
	}
	return names
}

// Int reads a whole number from 1 to high.
func (p *Params) Int(name string, def, high int) int {
	s := p.Text(name)
	if s == "" {
		return def
	}
	return p.whole(name, s, high)
}

// whole parses a whole number from 1 to high.
func (p *Params) whole(name, s string, high int) int {
	n, err := strconv.Atoi(s) // the nearest number for one that is out of range
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		p.Wrong(name, "int_parsing", "Must be a whole number")
	case n < 1 || n > high:
		p.Wrong(name, "range", "Must be from 1 to %d", high).Params = store.Facts{"least": 1, "most": high}
	}
	return n
}

// Ints reads whole numbers from 1 to high; the parameter may repeat.
func (p *Params) Ints(name string, high int) (numbers []int) {
	for _, s := range p.All(name) {
		numbers = append(numbers, p.whole(name, s, high))
	}
	return numbers
}

// Enum reads one of the values. If the parameter repeats, all must be among them, and the first is returned.
func (p *Params) Enum(name string, values []string) string {
	all := p.All(name)
	if slices.ContainsFunc(all, func(s string) bool { return !slices.Contains(values, s) }) {
		p.Wrong(name, "enum", "Must be one of: %s", strings.Join(values, ", ")).Params = store.Facts{"values": values}
	}
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// Bool reads true or false. It returns nil if the parameter is absent.
func (p *Params) Bool(name string) *bool {
	switch s := strings.ToLower(p.Text(name)); s {
	case "":
	case "true", "1":
		return new(true)
	case "false", "0":
		return new(false)
	default:
		p.Wrong(name, "bool_parsing", "Must be true or false")
	}
	return nil
}

// Active reads is_active, which is true, false or all. It returns nil for all.
func (p *Params) Active(def *bool) *bool {
	switch strings.ToLower(p.Text("is_active")) {
	case "":
		return def
	case "all":
		return nil
	}
	before := len(p.Problems)
	flag := p.Bool("is_active")
	if len(p.Problems) > before {
		p.Problems[before].Msg = "Must be true, false or all"
	}
	return flag
}

// ID reads an id. It returns nil if the parameter is absent.
func (p *Params) ID(name string) *store.ID {
	s := p.Text(name)
	if s == "" {
		return nil
	}
	id, err := store.ParseID(s)
	if err != nil {
		p.Wrong(name, "uuid_parsing", "Must be a UUID")
	}
	return &id
}

// Window reads from and to, both inclusive; a date as to includes its whole day.
func (p *Params) Window() (from, to *store.Time) {
	if t, ok := p.time("from"); ok {
		from = &t.At
	}
	if t, ok := p.time("to"); ok {
		end := t.At + 1
		if t.Local != nil && t.Local.IsDay() {
			end = store.TimeOf(p.zone.Start(t.Local.Day() + 1))
		}
		to = &end
	}
	return from, to
}

func (p *Params) time(name string) (t Moment, ok bool) {
	s := p.Text(name)
	if s == "" {
		return t, false
	}
	t, err := ParseTime(withPlus(s), p.zone)
	if err != nil {
		p.Wrong(name, "datetime_parsing", "%s", err)
	}
	return t, err == nil
}

// spaceOffset matches a time whose offset begins with a space.
var spaceOffset = regexp.MustCompile(`^(.*\d:\d.*) (\d\d:\d\d)$`)

// withPlus returns a time with the plus sign of its offset. A query has a space where its sender did not encode the plus sign.
func withPlus(s string) string { return spaceOffset.ReplaceAllString(s, "$1+$2") }
