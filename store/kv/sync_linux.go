package kv

import (
	"os"
	"syscall"
)

// syncData waits until what was written to a file is on disk. Its times may be late.
func syncData(file *os.File) error { return syscall.Fdatasync(int(file.Fd())) }
