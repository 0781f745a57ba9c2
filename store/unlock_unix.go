//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lock takes the engine's lock of a file, which the engine itself then takes again. It returns ErrLocked when another
// process keeps it for longer than wait.
func lock(file *os.File, wait time.Duration) error {
	for until := time.Now().Add(wait); ; time.Sleep(10 * time.Millisecond) {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if time.Now().After(until) {
			return ErrLocked
		}
	}
}

// unlock gives the engine's lock of a file back; closing alone does not while the file is mapped.
func unlock(file *os.File) error { return syscall.Flock(int(file.Fd()), syscall.LOCK_UN) }
