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
	// ErrLost is returned by Open if the folder has no database, and traces of one.
	ErrLost = errors.New("the database is gone")
	// ErrHalfLoaded is returned by Open if Load did not finish.
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

// A FolderError reports a data folder whose database is lost or cannot be read, and where its backups are.
type FolderError struct {
	Dir     string
	Backups string
	Traces  []string // of a lost database: the names of files and folders that only a database leaves
	Err     error    // ErrLost or a DamagedError
}

func (e *FolderError) Error() string {
	if errors.Is(e.Err, ErrLost) {
		return fmt.Sprintf("%v: there is no %s in %s, where there was one", e.Err, FileName, e.Dir)
	}
	return e.Err.Error()
}

func (e *FolderError) Unwrap() error { return e.Err }

// A MigrationError reports that a database could not be migrated to this program's schema.
type MigrationError struct {
	From, To int
	Backups  string // the folder for the backup that is made before the migration
	Backup   bool   // whether the backup was made; if so, the migration itself failed
	Err      error
}

func (e *MigrationError) Error() string {
	if e.Backup {
		return fmt.Sprintf("bring the database from schema %d to %d, of which there is a backup in %s: %v", e.From, e.To, e.Backups, e.Err)
	}
	return fmt.Sprintf("the database has schema %d; before it is brought to %d a backup must be made in %s, and could not be: %v", e.From, e.To, e.Backups, e.Err)
}

func (e *MigrationError) Unwrap() error { return e.Err }

// A NotFoundError reports that no record of a kind has the id.
type NotFoundError struct{ Kind Kind }

func (e NotFoundError) Error() string {
	return strings.ToUpper(string(e.Kind[:1])) + string(e.Kind[1:]) + " not found"
}

// Is makes errors.Is(err, ErrNotFound) true for every kind.
func (e NotFoundError) Is(target error) bool { return target == ErrNotFound }

// Facts are the parameters of a sentence, by their names.
type Facts map[string]any

// A FieldError reports one broken rule.
type FieldError struct {
	Field string // its path in the body, joined by dots: "email", "criteria.region", "tags.3"
	Msg   string // a sentence for the person who fills the form
	Type  string // a stable code for programs, such as "missing" or "string_too_long"

	// Params has the numbers and names in Msg, for clients that write their own sentences, such as {"most": 255, "has": 300}. It is nil if
	// Type is enough.
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

// Has reports whether the list has an error of the field, or of a part of it.
func (e Invalid) Has(field string) bool {
	for _, f := range e {
		if rest, ok := strings.CutPrefix(f.Field, field); ok && (rest == "" || rest[0] == '.') {
			return true
		}
	}
	return false
}

// add appends an error. The caller may set its Params through the result, before the next call of add.
func (e *Invalid) add(field, kind, format string, args ...any) *FieldError {
	*e = append(*e, FieldError{Field: field, Msg: fmt.Sprintf(format, args...), Type: kind})
	return &(*e)[len(*e)-1]
}

// atMost returns the parameters for a text or list that is too long.
func atMost(most, has int) Facts { return Facts{"most": most, "has": has} }

// within returns the parameters for a number that is out of range.
func within(least, most int) Facts { return Facts{"least": least, "most": most} }

// allowed returns the parameters for a value that is not in an enumeration.
func allowed(values []string) Facts { return Facts{"values": values} }

// err returns the list as an error, or nil if it is empty.
func (e Invalid) err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// join returns one error for the problems that were found when a record was read, which are in e, and for the rules that it breaks, which
// are in err. A field that could not be read is not reported a second time. If err is of another type, join returns err alone.
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

// require reports a field as missing, unless it has another error already.
func (e *Invalid) require(field string) {
	if !e.Has(field) {
		e.add(field, "missing", "Field required")
	}
}
