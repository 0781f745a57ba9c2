//go:build !linux

package kv

import "os"

// syncData waits until what was written to a file is on disk.
func syncData(file *os.File) error { return file.Sync() }
