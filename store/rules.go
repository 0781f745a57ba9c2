package store

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"crm/store/text"
)

// The greatest lengths, in characters.
const (
	maxName       = 255
	maxEmail      = 254
	maxPhone      = 20
	maxPlace      = 100 // nationality, region
	maxLanguage   = 50
	maxNotes      = 10_000
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

// text trims an optional text and takes an empty one as none.
func (e *Invalid) text(field string, s **string, most int) {
	if *s == nil {
		return
	}
	trimmed := strings.TrimSpace(**s)
	if trimmed == "" {
		*s = nil
		return
	}
	*s = &trimmed
	e.length(field, trimmed, most)
}

// required trims a text that must not be empty.
func (e *Invalid) required(field string, s *string, most int) {
	*s = strings.TrimSpace(*s)
	if *s == "" {
		e.add(field, "missing", "Field required")
		return
	}
	e.length(field, *s, most)
}

// defaulted trims a text whose absence means def.
func (e *Invalid) defaulted(field string, s *string, def string, most int) {
	*s = strings.TrimSpace(*s)
	if *s == "" {
		*s = def
	}
	e.length(field, *s, most)
}

func (e *Invalid) length(field, s string, most int) {
	if n := utf8.RuneCountInString(s); n > most {
		e.add(field, "string_too_long", "Must have at most %d characters, has %d", most, n).Params = atMost(most, n)
	}
}

// oneOf checks a value against an enumeration; the case counts.
func (e *Invalid) oneOf(field string, s *string, values []string) {
	*s = strings.TrimSpace(*s)
	switch {
	case *s == "":
		e.add(field, "missing", "Field required")
	case !slices.Contains(values, *s):
		e.add(field, "enum", "Must be one of: %s", strings.Join(values, ", ")).Params = allowed(values)
	}
}

func (e *Invalid) email(field string, s *string) {
	if e.required(field, s, maxEmail); e.Has(field) {
		return
	}
	if !text.ValidEmail(*s) {
		e.add(field, "value_error", "Must be an e-mail address such as name@example.com").Params = Facts{"format": "email"}
	}
}

func (e *Invalid) phone(field string, s *string) {
	if e.required(field, s, maxPhone); e.Has(field) {
		return
	}
	if !strings.ContainsFunc(*s, unicode.IsDigit) {
		e.add(field, "value_error", "Must have a digit in it").Params = Facts{"format": "phone"}
	}
}
