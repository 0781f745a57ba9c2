package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
)

// A Field declares how a field of a record is treated. Each kind of record declares its fields beside its type, and a test finds one that
// is missing. A field that is not declared is treated as personal.
type Field struct {
	Name      string     // in the record's JSON
	Kept      bool       // stays when the customer is erased; other fields are blanked, in the row and in the log
	Blank     string     // the JSON that replaces it in an erased row; null if empty
	Derived   bool       // computed from other records, from sign-ins or from the time, and never edited
	Parsed    bool       // parsed from another field of the same record: it is in no change of the log and in no entity tag
	Exported  bool       // is a column of the CSV export
	Unshown   bool       // is left out of revisions, because the change itself says the same, or the log does not have it
	LoggedAs  string     // for a secret: the name that the log has instead, with the value null
	Criterion *Criterion // how filters and segments compare it; nil if they cannot
}

// A Criterion tells how filters and segments compare a field of a customer.
type Criterion struct {
	Place  int                      // its position in CriteriaKeys
	Enum   []string                 // the possible values; nil for free text
	Values func(*Customer) []string // a customer's values: several for a list, else one or none
}

// Fields are the fields of a kind, in the order of the columns of its export.
type Fields []Field

// declared has the fields of each kind of record that is in the change log.
var declared = map[Kind]Fields{
	KindCustomer: customerFields, KindInteraction: interactionFields, KindFeedback: feedbackFields, KindSegment: segmentFields, KindUser: userFields,
}

// named returns the declaration of a field. For a field that is not declared it has nothing but the name.
func (f Fields) named(name string) Field {
	for i := range f {
		if f[i].Name == name {
			return f[i]
		}
	}
	return Field{Name: name}
}

// blank sets the values of all fields to null that are not kept.
func (f Fields) blank(values map[string]json.RawMessage) {
	for name := range values {
		if !f.named(name).Kept {
			values[name] = null
		}
	}
}

// tellsSecret reports whether JSON contains a field that must not be in the log.
func tellsSecret(raw []byte) bool {
	return slices.ContainsFunc(secrets, func(name []byte) bool { return bytes.Contains(raw, name) })
}

// secrets has the names, as they occur in JSON, of the fields that must not be in the log.
var secrets = func() (names [][]byte) {
	for _, fields := range declared {
		for _, f := range fields {
			if f.LoggedAs != "" {
				names = append(names, []byte(`"`+f.Name+`":`))
			}
		}
	}
	return names
}()

// Columns returns the columns of the CSV export of a kind.
func Columns(kind Kind) (names []string) {
	for _, f := range declared[kind] {
		if f.Exported {
			names = append(names, f.Name)
		}
	}
	return names
}

// Derived returns the names of a kind's computed fields.
func Derived(kind Kind) (names []string) {
	for _, f := range declared[kind] {
		if f.Derived {
			names = append(names, f.Name)
		}
	}
	return names
}

// Parsed returns the names of a kind's fields that are parsed from others of the same record.
func Parsed(kind Kind) (names []string) {
	for _, f := range declared[kind] {
		if f.Parsed {
			names = append(names, f.Name)
		}
	}
	return names
}

// criteria has the fields that may be used in criteria.
var criteria = func() map[string]*Criterion {
	m := map[string]*Criterion{}
	for _, f := range customerFields {
		if f.Criterion != nil {
			m[f.Name] = f.Criterion
		}
	}
	return m
}()

// CriteriaKeys has the names of the customer's fields that may be used in criteria.
var CriteriaKeys = slices.SortedFunc(maps.Keys(criteria), func(a, b string) int { return cmp.Compare(criteria[a].Place, criteria[b].Place) })

// CriteriaEnum returns the possible values of a criteria key, or nil for free text.
func CriteriaEnum(key string) []string {
	if c := criteria[key]; c != nil {
		return c.Enum
	}
	return nil
}

// CriteriaValues returns a customer's values of a criteria key: several for tags, else one or none.
func CriteriaValues(c *Customer, key string) []string {
	if criterion := criteria[key]; criterion != nil {
		return criterion.Values(c)
	}
	return nil
}

func optional(s *string) []string {
	if s == nil {
		return nil
	}
	return []string{*s}
}
