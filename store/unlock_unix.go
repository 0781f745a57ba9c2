//go:build unix

package store

import (
	"os"
	"syscall"
)

// unlock gives the engine's lock of a file back; closing alone does not while the file is mapped.
func unlock(file *os.File) error { return syscall.Flock(int(file.Fd()), syscall.LOCK_UN) }
