package httpapi

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"crm/index"
	"crm/store"
	"crm/store/zone"
)

// params are a request's query parameters, read one by one; an empty one counts as absent. What cannot be read
// is noted in problems.
type params struct {
	values   url.Values
	problems rejection
	zone     *zone.Zone
}

func (a *API) params(c *call) *params {
	p := &params{zone: a.Store.Zone()}
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		p.problems = append(p.problems, broken{[]any{"query"}, "Must be percent-encoded", "query_parsing"})
	}
	p.values = values
	return p
}

func (p *params) wrong(name, kind, format string, args ...any) {
	p.problems = append(p.problems, broken{[]any{"query", name}, fmt.Sprintf(format, args...), kind})
}

// err is all that was wrong, nil when nothing was.
func (p *params) err() error {
	if len(p.problems) == 0 {
		return nil
	}
	return p.problems
}

func (p *params) get(name string) string { return strings.TrimSpace(p.values.Get(name)) }

// all is every value of a parameter that may repeat, also as name[] .
func (p *params) all(name string) (values []string) {
	for _, value := range append(p.values[name], p.values[name+"[]"]...) {
		if value = strings.TrimSpace(value); value != "" {
			values = append(values, value)
		}
	}
	return values
}

// integer reads a whole number from 1 to high.
func (p *params) integer(name string, def, high int) int {
	s := p.get(name)
	if s == "" {
		return def
	}
	return p.whole(name, s, high)
}

// whole is a text as a whole number from 1 to high.
func (p *params) whole(name, s string, high int) int {
	n, err := strconv.Atoi(s)
	switch {
	case err != nil:
		p.wrong(name, "int_parsing", "Must be a whole number")
	case n < 1 || n > high:
		p.wrong(name, "range", "Must be from 1 to %d", high)
	}
	return n
}

// integers reads whole numbers from 1 to high; the parameter may repeat.
func (p *params) integers(name string, high int) (numbers []int) {
	for _, s := range p.all(name) {
		numbers = append(numbers, p.whole(name, s, high))
	}
	return numbers
}

// enum reads one of the values; where the parameter repeats, all must be of them and the first counts.
func (p *params) enum(name string, values []string) string {
	all := p.all(name)
	if slices.ContainsFunc(all, func(s string) bool { return !slices.Contains(values, s) }) {
		p.wrong(name, "enum", "Must be one of: %s", strings.Join(values, ", "))
	}
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// flag reads true or false; nil when absent.
func (p *params) flag(name string) *bool {
	switch s := strings.ToLower(p.get(name)); s {
	case "":
	case "true", "1":
		return new(true)
	case "false", "0":
		return new(false)
	default:
		p.wrong(name, "bool_parsing", "Must be true or false")
	}
	return nil
}

// active reads is_active: true, false or all, which is nil.
func (p *params) active(def *bool) *bool {
	switch strings.ToLower(p.get("is_active")) {
	case "":
		return def
	case "all":
		return nil
	}
	before := len(p.problems)
	flag := p.flag("is_active")
	if len(p.problems) > before {
		p.problems[before].Msg = "Must be true, false or all"
	}
	return flag
}

// uuid reads an id; nil when absent.
func (p *params) uuid(name string) *store.ID {
	s := p.get(name)
	if s == "" {
		return nil
	}
	id, err := store.ParseID(s)
	if err != nil {
		p.wrong(name, "uuid_parsing", "Must be a UUID")
	}
	return &id
}

// window reads from and to, both inclusive; a date as to includes its whole day.
func (p *params) window() (from, to *store.Time) {
	if t, ok := p.time("from"); ok {
		from = &t.at
	}
	if t, ok := p.time("to"); ok {
		end := t.at + 1
		if t.local != nil && t.local.IsDay() {
			end = store.TimeOf(p.zone.Start(t.local.Day() + 1))
		}
		to = &end
	}
	return from, to
}

func (p *params) time(name string) (t moment, ok bool) {
	s := p.get(name)
	if s == "" {
		return t, false
	}
	t, err := parseTime(s, p.zone)
	if err != nil {
		p.wrong(name, "datetime_parsing", "%s", err)
	}
	return t, err == nil
}

// paging is which page of a list is wanted, and in which order.
type paging struct {
	page, size int
	index.Slice
}

const (
	defaultSize = 20
	maxSize     = 100
	maxOffset   = 1 << 30 // further on there is nothing
)

// paging reads page, size and sort; fields are those that the list can be sorted by.
func (p *params) paging(fields ...string) paging {
	g := paging{page: p.integer("page", 1, math.MaxInt), size: p.integer("size", defaultSize, maxSize)}
	g.Slice = p.order(fields...)
	g.Offset, g.Limit = min(g.page-1, maxOffset/maxSize)*g.size, g.size
	return g
}

// order reads sort; the slice is the whole list.
func (p *params) order(fields ...string) index.Slice {
	sort := p.get("sort")
	field, desc := strings.CutPrefix(sort, "-")
	if sort != "" && !slices.Contains(fields, field) {
		p.wrong("sort", "enum", "Must be one of: %s; with - in front for descending", strings.Join(fields, ", "))
	}
	return index.Slice{Sort: field, Desc: desc, Limit: index.All}
}
