package store

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"crm/store/text"
)

// The greatest lengths, in characters.
const (
	maxName       = 255 // a customer's full name and company name
	maxEmail      = 254
	maxPhone      = 20
	maxPlace      = 100 // nationality, region
	maxLanguage   = 50
	maxNotes      = 10_000 // a customer's notes
	maxTag        = 50
	maxTags       = 50
	maxText       = 2_000 // an interaction's summary, a feedback's comments
	maxSubject    = 255
	maxDescribe   = 1_000 // a segment's description, a feedback's resolution notes
	maxSource     = 50
	maxPerson     = 255 // a user's full name
	maxMinutes    = 1<<31 - 1
	maxCriterions = 100 // values of one key of a segment's criteria
)

// A validation collects what the fields of a record break. Of a stored record, a field that is as it was breaks none: the record may be from
// before a rule.
type validation struct {
	Invalid
	stored bool
}

// against returns the validation of a record that was stored as was, and was; for a new record, was is nil, and then empty.
func against[T any](was *T) (*validation, *T) {
	if was == nil {
		return &validation{}, new(T)
	}
	return &validation{stored: true}, was
}

// keeps reports whether a text is as it was stored.
func (e *validation) keeps(s, was string) bool { return e.stored && s == was }

// text cleans an optional text and takes an empty one as none.
func (e *validation) text(field string, s **string, was *string, most int) {
	if *s == nil || was != nil && e.keeps(**s, *was) {
		return
	}
	cleaned := text.Clean(**s)
	if cleaned == "" {
		*s = nil
		return
	}
	*s = &cleaned
	e.length(field, cleaned, most)
}

// required cleans a text that must not be empty.
func (e *validation) required(field string, s *string, was string, most int) {
	if e.keeps(*s, was) {
		return
	}
	*s = text.Clean(*s)
	if *s == "" {
		e.add(field, "missing", "Field required")
		return
	}
	e.length(field, *s, most)
}

// defaulted cleans a text whose absence means def.
func (e *validation) defaulted(field string, s *string, was, def string, most int) {
	if e.keeps(*s, was) {
		return
	}
	*s = text.Clean(*s)
	if *s == "" {
		*s = def
	}
	e.length(field, *s, most)
}

func (e *validation) length(field, s string, most int) {
	if n := utf8.RuneCountInString(s); n > most {
		e.add(field, "string_too_long", "Must have at most %d characters, has %d", most, n).Params = atMost(most, n)
	}
}

// oneOf checks a value against an enumeration; the case counts.
func (e *validation) oneOf(field string, s *string, was string, values []string) {
	if e.keeps(*s, was) {
		return
	}
	*s = text.Clean(*s)
	switch {
	case *s == "":
		e.add(field, "missing", "Field required")
	case !slices.Contains(values, *s):
		e.add(field, "enum", "Must be one of: %s", strings.Join(values, ", ")).Params = allowed(values)
	}
}

func (e *validation) email(field string, s *string, was string) {
	if e.keeps(*s, was) {
		return
	}
	*s = text.CleanEmail(*s)
	if e.required(field, s, was, maxEmail); e.Has(field) || e.keeps(*s, was) {
		return
	}
	if !text.ValidEmail(*s) {
		e.add(field, "value_error", "Must be an e-mail address such as name@example.com").Params = Facts{"format": "email"}
	}
}

func (e *validation) phone(field string, s *string, was string) {
	if e.keeps(*s, was) {
		return
	}
	*s = text.CleanPhone(*s)
	if e.required(field, s, was, maxPhone); e.Has(field) || e.keeps(*s, was) {
		return
	}
	if !strings.ContainsFunc(*s, unicode.IsDigit) {
		e.add(field, "value_error", "Must have a digit in it").Params = Facts{"format": "phone"}
	}
}

// optionalPhone takes an empty phone number as none.
func (e *validation) optionalPhone(field string, s **string, was *string) {
	if *s == nil {
		return
	}
	phone := **s
	if text.CleanPhone(phone) == "" {
		*s = nil
		return
	}
	e.phone(field, &phone, orEmpty(was))
	*s = &phone
}

// orEmpty returns an optional text, "" for none.
func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// tags cleans tags, drops the empty, and keeps the first of those that are equal.
func (e *validation) tags(field string, tags *[]string, was []string) {
	if e.stored && slices.Equal(*tags, was) {
		*tags = slices.Clip(was) // which is [] where the other is nil
		return
	}
	kept := make([]string, 0, len(*tags))
	seen := make(map[string]bool, len(*tags))
	for i, tag := range *tags {
		old := slices.Contains(was, tag)
		if !old {
			tag = text.CleanTag(tag)
		}
		key := tagKey(tag)
		if tag == "" || seen[key] {
			continue
		}
		seen[key] = true
		if kept = append(kept, tag); !old {
			e.length(fmt.Sprintf("%s.%d", field, i), tag, maxTag)
		}
	}
	if len(kept) > maxTags {
		e.add(field, "too_long", "Must have at most %d tags, has %d", maxTags, len(kept)).Params = atMost(maxTags, len(kept))
	}
	*tags = kept
}
