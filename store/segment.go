package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Segment is a named group of customers, defined by criteria (specification, Segment Model). The number of its customers is computed
// when it is read, and not stored.
type Segment struct {
	ID             ID       `json:"id"`
	Name           string   `json:"name"`
	Description    *string  `json:"description"`
	Criteria       Criteria `json:"criteria"`
	IsActive       bool     `json:"is_active"`
	CustomerCount  int      `json:"customer_count"`
	CreatedAt      Time     `json:"created_at"`
	UpdatedAt      Time     `json:"updated_at"`
	LastCalculated *Time    `json:"last_calculated"`
}

// segmentFields declares all fields as kept: a segment has no personal data.
var segmentFields = Fields{
	{Name: "id", Kept: true, Unshown: true},
	{Name: "name", Kept: true},
	{Name: "description", Kept: true},
	{Name: "criteria", Kept: true},
	{Name: "is_active", Kept: true},
	{Name: "customer_count", Kept: true, Derived: true, Unshown: true},
	{Name: "created_at", Kept: true, Unshown: true},
	{Name: "updated_at", Kept: true, Unshown: true},
	{Name: "last_calculated", Kept: true, Derived: true, Unshown: true},
}

// Criteria select the active customers of a segment. A customer must match one of the values of every key. Without keys, every active
// customer matches. The keys are CriteriaKeys.
type Criteria map[string][]string

// clone returns criteria with lists of their own.
func (c Criteria) clone() Criteria {
	own := maps.Clone(c)
	for key, values := range own {
		own[key] = slices.Clone(values)
	}
	return own
}

// Validate cleans the texts and reports every rule that s breaks as an Invalid.
func (s *Segment) Validate() error { return s.obey(nil) }

// obey is like Validate, but checks only the fields that differ from was, the stored segment. was is nil for a new one.
func (s *Segment) obey(was *Segment) error {
	e, was := against(was)
	e.required("name", &s.Name, was.Name, maxName)
	e.text("description", &s.Description, was.Description, maxDescribe)
	e.criteria("criteria", s.Criteria, was.Criteria)
	return e.err()
}

// ValidateCriteria validates the criteria only. known has the problems that were found when they were read.
func (s *Segment) ValidateCriteria(known Invalid) error {
	var e validation
	e.criteria("criteria", s.Criteria, nil)
	return known.join(e.err())
}

// criteria reports unknown keys, unknown enum values and empty lists: ignoring one would put the wrong people in a mailing.
func (e *validation) criteria(field string, c, was Criteria) {
	if e.stored && c != nil && maps.EqualFunc(c, was, slices.Equal) {
		return
	}
	if c == nil {
		e.add(field, "missing", "Field required")
		return
	}
	for _, key := range sortedKeys(c) {
		path := field + "." + key
		switch values := c[key]; {
		case !slices.Contains(CriteriaKeys, key):
			e.add(path, "unknown", "Unknown criterion; known are: %s", strings.Join(CriteriaKeys, ", ")).Params = allowed(CriteriaKeys)
		case len(values) == 0:
			e.add(path, "too_short", "Must have at least one value; leave the key out to accept every value")
		case len(values) > maxCriterions:
			e.add(path, "too_long", "Must have at most %d values, has %d", maxCriterions, len(values)).Params = atMost(maxCriterions, len(values))
		default:
			e.criterion(path, values, CriteriaEnum(key))
		}
	}
}

func (e *validation) criterion(path string, values, enum []string) {
	fresh := validation{Invalid: e.Invalid} // none of the values is a stored one
	for i := range values {
		at := fmt.Sprintf("%s.%d", path, i)
		if enum != nil {
			fresh.oneOf(at, &values[i], "", enum)
		} else {
			fresh.required(at, &values[i], "", maxName)
		}
	}
	e.Invalid = fresh.Invalid
}

func sortedKeys(c Criteria) []string {
	keys := make([]string, 0, len(c))
	for key := range c {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Segment returns a segment, or a NotFoundError.
func (tx *Tx) Segment(id ID) (*Segment, error) { return segments.get(tx, id) }

// SegmentJSON returns a segment as it is stored, without the number of its customers. The slice is valid until the transaction ends.
func (tx *Tx) SegmentJSON(id ID) ([]byte, error) { return segments.json(tx, id) }

// Segments returns all segments that can be read, in the order of creation.
func (tx *Tx) Segments() ([]*Segment, error) { return segments.all(tx) }

// Checked applies the rules to a new segment. known are the problems that reading s already found.
func (s *Segment) Checked(known Invalid) Checked[Segment] {
	return checked(s, known.join(s.Validate()))
}

// CreateSegment checks a segment and adds it.
func (tx *Tx) CreateSegment(s *Segment, known Invalid) error { return tx.AddSegment(s.Checked(known)) }

// AddSegment gives a new segment its id and times and stores it.
func (tx *Tx) AddSegment(draft Checked[Segment]) error {
	if err := draft.Err(); err != nil {
		return err
	}
	s := draft.row
	s.ID, s.CreatedAt, s.UpdatedAt = tx.ids.Next(tx.now), tx.now, tx.now
	_, err := segments.insert(tx, s)
	return err
}

// UpdateSegment changes a segment by patch, which returns the problems that it found.
func (tx *Tx) UpdateSegment(id ID, patch func(*Segment) Invalid) (*Segment, error) {
	_, s, err := change(tx, segments, id, func(s *Segment) error { was := *s; return patch(s).join(s.obey(&was)) })
	if err != nil {
		return nil, err
	}
	return s.row, nil
}

// DeleteSegment deletes a segment, and none of its customers.
func (tx *Tx) DeleteSegment(id ID) error {
	_, err := segments.remove(tx, id)
	return err
}

// MarkCalculated sets the time of calculation of all segments to now, and returns their number. It does not write to the change log.
func (tx *Tx) MarkCalculated() (n int, err error) {
	all, err := segments.all(tx)
	for _, s := range all {
		s.LastCalculated = &tx.now
		if err := segments.rewrite(tx, s); err != nil {
			return 0, err
		}
	}
	return len(all), err
}
