//go:build unix

package kv

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// The kinds of locks: exclusive for writing, and shared for reading.
const (
	exclusive = syscall.LOCK_EX
	shared    = syscall.LOCK_SH
)

// lock locks a file in the way of bbolt, which then locks it again. It returns ErrLocked if another process keeps the lock for longer
// than wait.
func lock(file *os.File, how int, wait time.Duration) error {
	for until := time.Now().Add(wait); ; time.Sleep(10 * time.Millisecond) {
		err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if time.Now().After(until) {
			return ErrLocked
		}
	}
}

// unlock releases the lock of a file. Closing the file does not release it while the file is mapped.
func unlock(file *os.File) error { return syscall.Flock(int(file.Fd()), syscall.LOCK_UN) }
