package kv

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Create creates a file with empty buckets, and lets fill write to it. It writes to a temporary file, and renames that when it is safely
// on disk, because bbolt's own initialisation does not survive a power failure. The lock of the temporary file keeps two processes from
// creating the file at the same time.
func Create(path string, buckets []string, fill func(*Tx) error) error {
	temp := path + ".new"
	db, err := openOrBegin(temp, buckets)
	if err != nil && !errors.Is(err, ErrLocked) { // left by a crash
		if err := RemoveIfThere(temp); err != nil {
			return inUse(err)
		}
		db, err = openOrBegin(temp, buckets)
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil { // another process was faster
		return errors.Join(db.Close(), RemoveIfThere(temp))
	}
	if err := db.Update(func(tx *Tx) error { return initialiseBuckets(tx, fill) }); err != nil {
		return errors.Join(err, db.Close())
	}
	err = db.bolt.Sync()
	if runtime.GOOS == "windows" { // cannot rename open files
		err = errors.Join(err, db.Close())
	} else {
		defer db.Close()
	}
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return inUse(err)
	}
	return SyncDir(filepath.Dir(path))
}

// inUse returns ErrLocked where Windows reports that another process has a file open (ERROR_SHARING_VIOLATION), as happens when two
// processes create it at the same time.
func inUse(err error) error {
	if runtime.GOOS == "windows" && errors.Is(err, syscall.Errno(32)) {
		return errors.Join(ErrLocked, err)
	}
	return err
}

func initialiseBuckets(tx *Tx, fill func(*Tx) error) error {
	for b := range Bucket(len(tx.db.buckets)) {
		if err := tx.Create(b); err != nil {
			return err
		}
	}
	return fill(tx)
}

// RemoveIfThere removes a file. It returns nil if there is none.
func RemoveIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Exists reports whether there is a file, a folder or a link at a path.
func Exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// SyncDir makes a rename in dir durable. Windows has no such call and needs none.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.EBADF) { // not supported by some network file systems
		err = nil
	}
	return errors.Join(err, d.Close())
}
