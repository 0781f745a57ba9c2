package kv

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"
)

// Sentinels that callers test with errors.Is.
var (
	// ErrClosed is returned by every transaction after Close.
	ErrClosed = errors.New("store is closed")
	// ErrLocked is returned by Open when another process has the file open.
	ErrLocked = errors.New("data folder is in use by another process")
	// ErrGone is returned by Update when somebody has deleted, moved or replaced the file while it is in use.
	ErrGone = errors.New("the database was deleted or replaced while it is in use, and can still be read: make a backup to another folder, end the program, and restore it")
	// ErrUnsafe is returned by Update once the disk has failed to keep what was written, until the file is opened again: what
	// would be on the disk after another commit is not known.
	ErrUnsafe = errors.New("the disk did not keep what was written: look at the disk, and start the program again")
	// ErrNewer is returned by Open when a newer program has written to the file.
	ErrNewer = errors.New("data was written by a newer version of crm")
	// ErrFull is returned when the disk has no room for a commit; nothing of the transaction is kept.
	ErrFull = errors.New("disk is full")
	// ErrDamaged is matched by every DamagedError.
	ErrDamaged = errors.New("database is damaged")
)

// A DamagedError says which file cannot be read, and why. The file is left as it is.
type DamagedError struct {
	Path  string
	Cause error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s is a damaged database, or none at all, and was left as it is (%v)", e.Path, e.Cause)
}

// Is makes errors.Is(err, ErrDamaged) true.
func (e *DamagedError) Is(target error) bool { return target == ErrDamaged }
func (e *DamagedError) Unwrap() error        { return e.Cause }

// Classify returns err so that it matches ErrClosed or ErrFull, where bbolt or the operating system means that.
func Classify(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return ErrClosed
	case isFull(err):
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// isFull reports whether the disk has no room for what should be written. bbolt passes some errors on as texts only.
func isFull(err error) bool {
	full := []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
	if runtime.GOOS == "windows" {
		full = []syscall.Errno{112, 39} // ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL
	}
	return slices.ContainsFunc(full, func(e syscall.Errno) bool {
		return errors.Is(err, e) || strings.HasSuffix(err.Error(), e.Error())
	})
}
