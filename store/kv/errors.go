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
	// ErrLocked is returned by Open if another process has the file open.
	ErrLocked = errors.New("data folder is in use by another process")
	// ErrGone is returned by Update if somebody has deleted, moved or replaced the file while it is in use.
	ErrGone = errors.New("the database was deleted or replaced while it is in use, and can still be read: make a backup to another folder, end the program, and restore it")
	// ErrUnsafe is returned by Update after a failed sync, until the file is opened again. It is unknown what is on the disk.
	ErrUnsafe = errors.New("the disk did not keep what was written: look at the disk, and start the program again")
	// ErrNewer is returned by Open if a newer program has written to the file.
	ErrNewer = errors.New("data was written by a newer version of crm")
	// ErrFull is returned if the disk has no room for a commit. Nothing of the transaction is stored.
	ErrFull = errors.New("disk is full")
	// ErrDamaged is matched by every DamagedError.
	ErrDamaged = errors.New("database is damaged")
)

// A DamagedError reports a file that cannot be read. The file is not changed.
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

// Classify wraps an error of bbolt or of the operating system so that it matches ErrClosed or ErrFull, if it means one of them.
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

// isFull reports whether an error means that the disk is full. It compares texts too, because bbolt does not wrap every error.
func isFull(err error) bool {
	full := []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
	if runtime.GOOS == "windows" {
		full = []syscall.Errno{112, 39} // ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL
	}
	return slices.ContainsFunc(full, func(e syscall.Errno) bool {
		return errors.Is(err, e) || strings.HasSuffix(err.Error(), e.Error())
	})
}
