package kv

import (
	"fmt"
	"os"
)

// A Volume describes the disk that a folder is on.
type Volume struct {
	ID   uint64 // the same for all folders on a disk
	Free uint64 // free bytes for this user
	Kind string // "network", "fuse" or "memory"; empty for a disk of this machine
}

// HasRoom returns ErrFull if a folder's disk has no room for a number of bytes.
func HasRoom(dir string, bytes int64) error {
	v, err := VolumeOf(dir)
	if err != nil || v.Free == 0 || bytes < 0 || uint64(bytes) <= v.Free { // if the free space is unknown, writing fails when the disk is full
		return nil
	}
	return fmt.Errorf("%w: the database in the backup has %.1f MB, and there are %.1f free for %s", ErrFull, float64(bytes)/1e6, float64(v.Free)/1e6, dir)
}

// TemporaryFolders returns the folders for temporary files. The first is in memory on some systems, and the second never is.
func TemporaryFolders() []string { return []string{os.TempDir(), "/var/tmp"} }
