package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
)

// A Field says what becomes of one field of a record. Each kind of record declares its fields beside its type, and a test
// finds one that is missing. What nobody has declared is taken for personal.
type Field struct {
	Name      string     // in the record's JSON
	Kept      bool       // stays when the customer is erased; every other is blanked, in the row and in the log
	Blank     string     // JSON that an erased row has instead; empty for null
	Derived   bool       // follows from other records, from sign-ins or from the time: nobody edits it
	Computed  bool       // follows from other fields of the same record: it is in no change of the log and in no entity tag
	Exported  bool       // a column of the CSV export
	Unshown   bool       // in no revision: the change says the same itself, or the field is written outside the log
	LoggedAs  string     // the name that stands in the log, with null, for a secret that must not be there
	Criterion *Criterion // how filters and segments compare it; nil where they do not
}

// A Criterion is how filters and segments compare a field of a customer.
type Criterion struct {
	Place  int                      // in CriteriaKeys
	Enum   []string                 // the values that there are; nil for free text
	Values func(*Customer) []string // a customer's: none or one save for lists
}

// Fields are the fields of a kind, in the order of the columns of its export.
type Fields []Field

// declared are the fields of the kinds of records that the log has.
var declared = map[Kind]Fields{
	KindCustomer: customerFields, KindInteraction: interactionFields, KindFeedback: feedbackFields, KindSegment: segmentFields, KindUser: userFields,
}

// named is the field with a name; one that is not declared has nothing but its name.
func (f Fields) named(name string) Field {
	for i := range f {
		if f[i].Name == name {
			return f[i]
		}
	}
	return Field{Name: name}
}

// blank makes the values null that are not kept.
func (f Fields) blank(values map[string]json.RawMessage) {
	for name := range values {
		if !f.named(name).Kept {
			values[name] = null
		}
	}
}

// tellsSecret reports whether JSON has a field that must not be in the log.
func tellsSecret(raw []byte) bool {
	return slices.ContainsFunc(secrets, func(name []byte) bool { return bytes.Contains(raw, name) })
}

// secrets are the names, as they stand in JSON, of the fields that must not be in the log.
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

// Columns are the fields of a kind that its CSV export has, in their order.
func Columns(kind Kind) (names []string) {
	for _, f := range declared[kind] {
		if f.Exported {
			names = append(names, f.Name)
		}
	}
	return names
}

// Derived returns the names of a kind's fields that nobody edits.
func Derived(kind Kind) (names []string) {
	for _, f := range declared[kind] {
		if f.Derived {
			names = append(names, f.Name)
		}
	}
	return names
}

// Computed returns the names of a kind's fields that follow from others of the same record.
func Computed(kind Kind) (names []string) {
	for _, f := range declared[kind] {
		if f.Computed {
			names = append(names, f.Name)
		}
	}
	return names
}

// criteria are the fields that criteria may name.
var criteria = func() map[string]*Criterion {
	m := map[string]*Criterion{}
	for _, f := range customerFields {
		if f.Criterion != nil {
			m[f.Name] = f.Criterion
		}
	}
	return m
}()

// CriteriaKeys are the names of the customer's fields that criteria may name.
var CriteriaKeys = slices.SortedFunc(maps.Keys(criteria), func(a, b string) int { return cmp.Compare(criteria[a].Place, criteria[b].Place) })

// CriteriaEnum is the enumeration behind a criteria key, nil for free text.
func CriteriaEnum(key string) []string {
	if c := criteria[key]; c != nil {
		return c.Enum
	}
	return nil
}

// CriteriaValues are a customer's values of a criteria key, none or one save for tags.
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
