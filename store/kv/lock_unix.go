//go:build unix

package kv

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// How a file is locked: for writing, or beside others who read it too.
const (
	exclusive = syscall.LOCK_EX
	shared    = syscall.LOCK_SH
)

// lock takes bbolt's lock of a file, which bbolt then takes again. It returns ErrLocked when another
// process keeps it for longer than wait.
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

// unlock releases bbolt's lock of a file; closing alone does not while the file is mapped.
func unlock(file *os.File) error { return syscall.Flock(int(file.Fd()), syscall.LOCK_UN) }
