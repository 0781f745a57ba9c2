package kv

import (
	"errors"
	"math"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// The kinds of locks: exclusive for writing, and shared for reading.
const (
	exclusive = iota
	shared
)

// lock waits until no other process has the lock of a file, and returns ErrLocked if one keeps it for longer than wait. It does not keep
// the lock, because on Windows bbolt could not lock the file again.
func lock(file *os.File, how int, wait time.Duration) error {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if how == exclusive {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	for until := time.Now().Add(wait); ; time.Sleep(10 * time.Millisecond) {
		err := windows.LockFileEx(windows.Handle(file.Fd()), flags, 0, 1, 0, lastByte())
		if err == nil {
			return unlock(file)
		}
		if !errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
			return err
		}
		if time.Now().After(until) {
			return ErrLocked
		}
	}
}

// unlock releases the lock of a file.
func unlock(file *os.File) error {
	return windows.UnlockFileEx(windows.Handle(file.Fd()), 0, 1, 0, lastByte())
}

// lastByte returns the part of a file that bbolt locks, which is the last possible byte.
func lastByte() *windows.Overlapped {
	return &windows.Overlapped{Offset: math.MaxUint32, OffsetHigh: math.MaxUint32}
}
