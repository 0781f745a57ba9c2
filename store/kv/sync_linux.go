package kv

import (
	"os"
	"syscall"
)

// syncData waits until the content of a file is on disk. It does not wait for the file's times.
func syncData(file *os.File) error { return syscall.Fdatasync(int(file.Fd())) }
