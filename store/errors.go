package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"crm/store/kv"
)

// Sentinels that callers test with errors.Is.
var (
	// ErrNotFound is matched by every NotFoundError.
	ErrNotFound = errors.New("not found")
	// ErrEmailTaken is returned when a customer's or user's e-mail leads to the mailbox of another one's.
	ErrEmailTaken = errors.New("e-mail already registered")
	// ErrSegmentNameTaken is returned when another segment has the name, in any case.
	ErrSegmentNameTaken = errors.New("segment name already exists")
	// ErrLastAdmin is returned when a change would leave nobody who manages users.
	ErrLastAdmin = errors.New("this is the last active administrator: give somebody else the role admin first")
	// ErrLost is returned by Open when the folder has no database, and something says that it had one.
	ErrLost = errors.New("the database is gone")
	// ErrHalfLoaded is returned by Open when a Load into the folder was cut off.
	ErrHalfLoaded = errors.New("loading data into this folder was cut off half way: delete the folder and load again")
	// ErrNotEmpty is returned by Load when the store already has customers, feedback or segments.
	ErrNotEmpty = errors.New("the data folder is not empty: choose another one, or delete it first")
)

// Errors of the database file, from package kv.
var (
	ErrClosed  = kv.ErrClosed
	ErrLocked  = kv.ErrLocked
	ErrGone    = kv.ErrGone
	ErrUnsafe  = kv.ErrUnsafe
	ErrNewer   = kv.ErrNewer
	ErrFull    = kv.ErrFull
	ErrDamaged = kv.ErrDamaged
)

// A DamagedError says which file cannot be read, and why.
type DamagedError = kv.DamagedError

// A FolderError says which data folder has lost its database, or has one that cannot be read, and where its backups are.
type FolderError struct {
	Dir     string
	Backups string
	Traces  []string // of a database that was lost: the names in the folder that tell of it
	Err     error    // ErrLost or a DamagedError
}

func (e *FolderError) Error() string {
	if errors.Is(e.Err, ErrLost) {
		return fmt.Sprintf("%v: there is no %s in %s, where there was one", e.Err, FileName, e.Dir)
	}
	return e.Err.Error()
}

func (e *FolderError) Unwrap() error { return e.Err }

// A MigrationError says that a database could not be brought to this program's schema.
type MigrationError struct {
	From, To int
	Backups  string // the folder for the backup that is made before
	Backup   bool   // it was made; the migration failed
	Err      error
}

func (e *MigrationError) Error() string {
	if e.Backup {
		return fmt.Sprintf("bring the database from schema %d to %d, of which there is a backup in %s: %v", e.From, e.To, e.Backups, e.Err)
	}
	return fmt.Sprintf("the database has schema %d; before it is brought to %d a backup must be made in %s, and could not be: %v", e.From, e.To, e.Backups, e.Err)
}

func (e *MigrationError) Unwrap() error { return e.Err }

// NotFoundError says which kind of record an id does not name.
type NotFoundError struct{ Kind Kind }

func (e NotFoundError) Error() string {
	return strings.ToUpper(string(e.Kind[:1])) + string(e.Kind[1:]) + " not found"
}

// Is makes errors.Is(err, ErrNotFound) true for every kind.
func (e NotFoundError) Is(target error) bool { return target == ErrNotFound }

// Facts are the numbers and names in a sentence, by their names.
type Facts map[string]any

// A FieldError is one broken rule.
type FieldError struct {
	Field string // path in the body, dots between its steps: "email", "criteria.region", "tags.3"
	Msg   string // a sentence for the person who fills the form
	Type  string // a stable code for programs, such as "missing" or "string_too_long"

	// Params are the facts of Msg, for those who make their own sentence: {"most": 255, "has": 300}. Nil where Type says it all.
	Params Facts
}

// Invalid lists every rule that a record breaks, in the order of its fields.
type Invalid []FieldError

func (e Invalid) Error() string {
	parts := make([]string, len(e))
	for i, f := range e {
		parts[i] = f.Field + ": " + f.Msg
	}
	return strings.Join(parts, "; ")
}

// Has reports whether field, or a step below it, is already in the list.
func (e Invalid) Has(field string) bool {
	for _, f := range e {
		if rest, ok := strings.CutPrefix(f.Field, field); ok && (rest == "" || rest[0] == '.') {
			return true
		}
	}
	return false
}

// add appends a broken rule. The result is for setting its Params, and good until the next one is added.
func (e *Invalid) add(field, kind, format string, args ...any) *FieldError {
	*e = append(*e, FieldError{Field: field, Msg: fmt.Sprintf(format, args...), Type: kind})
	return &(*e)[len(*e)-1]
}

// atMost are the facts of a text or list that is too long.
func atMost(most, has int) Facts { return Facts{"most": most, "has": has} }

// within are the facts of a number that is out of its range.
func within(least, most int) Facts { return Facts{"least": least, "most": most} }

// allowed are the facts of a value that is none of those there are.
func allowed(values []string) Facts { return Facts{"values": values} }

// err is the list as an error, nil when nothing is wrong.
func (e Invalid) err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// join adds to the problems that reading a record found those that its rules found, as one error; a field
// that could not be read is not reported a second time. Errors of another kind come first.
func (e Invalid) join(err error) error {
	var rules Invalid
	if err != nil && !errors.As(err, &rules) {
		return err
	}
	all := slices.Clone(e)
	for _, rule := range rules {
		if !e.Has(rule.Field) {
			all = append(all, rule)
		}
	}
	return all.err()
}

// require reports a field as missing, unless something is already wrong with it.
func (e *Invalid) require(field string) {
	if !e.Has(field) {
		e.add(field, "missing", "Field required")
	}
}
