package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Sentinels that callers test with errors.Is.
var (
	// ErrNotFound is matched by every NotFoundError.
	ErrNotFound = errors.New("not found")
	// ErrEmailTaken is returned when a customer's or user's e-mail belongs to another one, whatever its case.
	ErrEmailTaken = errors.New("e-mail already registered")
	// ErrSegmentNameTaken is returned when another segment has the name, whatever its case.
	ErrSegmentNameTaken = errors.New("segment name already exists")
	// ErrLastAdmin is returned when a change would leave nobody who manages users.
	ErrLastAdmin = errors.New("this is the last active administrator: give somebody else the role admin first")
	// ErrClosed is returned by every transaction after Close.
	ErrClosed = errors.New("store is closed")
	// ErrLocked is returned by Open when another process has the folder open.
	ErrLocked = errors.New("data folder is in use by another process")
	// ErrLost is returned by Open when the folder has no database, and something says that it had one.
	ErrLost = errors.New("the database is gone")
	// ErrGone is returned by Update when somebody has deleted, moved or replaced the file of the database while it is in use.
	ErrGone = errors.New("the database was deleted or replaced while it is in use, and can still be read: make a backup to another folder, end the program, and restore it")
	// ErrUnsafe is returned by Update once the disk has failed to keep what was written, until the program is started again: what
	// would be on the disk after another commit is not known.
	ErrUnsafe = errors.New("the disk did not keep what was written: look at the disk, and start the program again")
	// ErrNewer is returned by Open when the file was written by a newer program.
	ErrNewer = errors.New("data was written by a newer version of crm")
	// ErrFull is returned when the disk has no room for a commit; nothing of the transaction is kept.
	ErrFull = errors.New("disk is full")
	// ErrDamaged is matched by every DamagedError.
	ErrDamaged = errors.New("database is damaged")
	// ErrHalfLoaded is returned by Open when a Load into the folder was cut off.
	ErrHalfLoaded = errors.New("loading data into this folder was cut off half way: delete the folder and load again")
	// ErrNotEmpty is returned by Load when the store already has customers, feedback or segments.
	ErrNotEmpty = errors.New("the data folder is not empty: choose another one, or delete it first")
)

// NotFoundError says which kind of record an id does not name.
type NotFoundError struct{ Kind Kind }

func (e NotFoundError) Error() string {
	return strings.ToUpper(string(e.Kind[:1])) + string(e.Kind[1:]) + " not found"
}

// Is makes errors.Is(err, ErrNotFound) true for every kind.
func (e NotFoundError) Is(target error) bool { return target == ErrNotFound }

// A DamagedError says which file cannot be read, why, and which verified backup there is. The file is left as it is.
type DamagedError struct {
	Path   string
	Cause  error
	Advice string // what to do, a part of a sentence
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s is a damaged database, or none at all, and was left as it is (%v)%s", e.Path, e.Cause, e.Advice)
}

// Is makes errors.Is(err, ErrDamaged) true.
func (e *DamagedError) Is(target error) bool { return target == ErrDamaged }
func (e *DamagedError) Unwrap() error        { return e.Cause }

// advised names the newest verified backup of the database in a folder.
func (e *DamagedError) advised(backups string) error {
	e.Advice = "; " + adviseRestore(filepath.Dir(e.Path), backups)
	return e
}

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
