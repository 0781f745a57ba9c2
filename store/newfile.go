package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// createKV makes a new file under a temporary name, lets fill write to it, and puts it in place when it
// is safely on disk: bbolt's own first initialisation does not survive a power failure. The temporary file's lock
// keeps two processes from doing so at once.
func createKV(path string, fill func(*kvTx) error) error {
	temp := path + ".new"
	k, err := newKV(temp)
	if err != nil && !errors.Is(err, ErrLocked) { // what a crash left behind
		if err := removeIfThere(temp); err != nil {
			return inUse(err)
		}
		k, err = newKV(temp)
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil { // another process was faster
		return errors.Join(k.close(), removeIfThere(temp))
	}
	if err := k.update(func(tx *kvTx) error { return initialiseBuckets(tx, fill) }); err != nil {
		return errors.Join(err, k.close())
	}
	err = k.db.Sync()
	if runtime.GOOS == "windows" { // which does not rename open files
		err = errors.Join(err, k.close())
	} else {
		defer k.close()
	}
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return inUse(err)
	}
	return syncDir(filepath.Dir(path))
}

// inUse is ErrLocked where Windows says that another process has a file open (ERROR_SHARING_VIOLATION), as two have that begin at once.
func inUse(err error) error {
	if runtime.GOOS == "windows" && errors.Is(err, syscall.Errno(32)) {
		return errors.Join(ErrLocked, err)
	}
	return err
}

func initialiseBuckets(tx *kvTx, fill func(*kvTx) error) error {
	for b := range bucketCount {
		if err := tx.create(b); err != nil {
			return err
		}
	}
	return fill(tx)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// syncDir makes a rename in dir durable. Windows has no such call and needs none.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.EBADF) { // some network file systems cannot
		err = nil
	}
	return errors.Join(err, d.Close())
}
