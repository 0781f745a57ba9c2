package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"crm/store"
	"crm/store/kv"
)

// A target is the file that a backup goes to. Everything is done in its folder, which stays the same one when somebody
// changes a link on the way to it, and through the file that claim has opened, which stays the same when somebody changes its
// name.
type target struct {
	folder *os.Root
	dir    string   // the folder's path
	name   string   // of the file, when it is whole
	part   *os.File // under the name with PartSuffix; nil before it is claimed
}

// ErrExists is returned if a backup would replace a file.
var ErrExists = errors.New("there is a file of this name already: choose another name, or a folder")

var (
	errPart   = errors.New("another backup is being written there, or was cut off: delete this file when there is none under way")
	errParent = errors.New("the folder above it is not there: make it, or mount its disk")
	errMoved  = errors.New("somebody replaced the file while it was written")
)

// A place makes a target that the time may name.
type place func(now time.Time) (*target, error)

func anywhere(path string) place {
	return func(now time.Time) (*target, error) { return newTarget(path, now) }
}

// below is a path in an allowed folder.
func below(allowed, path string) place {
	return func(now time.Time) (*target, error) { return newTargetBelow(allowed, path, now) }
}

// newTarget is the target at a path: a file when the path ends in Suffix, else a folder, in which the time names the file. The folder
// is made when there is none, but not those above it: a disk that is not mounted is not made up.
func newTarget(path string, now time.Time) (*target, error) {
	dir := targetFolder(path)
	if err := mkdir(dir); err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return targetIn(folder, dir, path, now)
}

// newTargetBelow is newTarget for a path in an allowed folder. No link leads out of that.
func newTargetBelow(allowed, path string, now time.Time) (*target, error) {
	if err := mkdir(allowed); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(allowed)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	dir, err := filepath.Rel(allowed, targetFolder(path))
	if err != nil {
		return nil, err
	}
	if dir != "." {
		err = root.Mkdir(dir, 0o700)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, &fs.PathError{Op: "mkdir", Path: targetFolder(path), Err: errParent}
	}
	if err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	folder, err := root.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return targetIn(folder, targetFolder(path), path, now)
}

func targetIn(folder *os.Root, dir, path string, now time.Time) (*target, error) {
	t := &target{folder: folder, dir: dir, name: filepath.Base(path)}
	if !strings.HasSuffix(path, Suffix) {
		t.nameBy(now)
	}
	if t.has(t.name) {
		return nil, errors.Join(fmt.Errorf("%s: %w", t.path(), ErrExists), t.close())
	}
	return t, nil
}

// nameBy names the file by a time. Two services may share a folder.
func (t *target) nameBy(now time.Time) {
	name := "crm-" + now.UTC().Format(nameTime)
	t.name = name + Suffix
	for n := 2; t.has(t.name) || t.has(t.name+PartSuffix); n++ {
		t.name = fmt.Sprintf("%s-%d%s", name, n, Suffix)
	}
}

func (t *target) has(name string) bool {
	_, err := t.folder.Lstat(name)
	return err == nil
}

func (t *target) path() string { return filepath.Join(t.dir, t.name) }

// claim makes the file, which nobody else has made, and clears away what a crash has left of a backup of a database.
func (t *target) claim(of store.ID) (err error) {
	if err := t.clearPart(of, t.name+PartSuffix); err != nil {
		return err
	}
	t.part, err = t.folder.OpenFile(t.name+PartSuffix, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrExist) {
		return &fs.PathError{Op: "write backup", Path: t.path() + PartSuffix, Err: errPart}
	}
	if err != nil {
		return fmt.Errorf("write backup: %w", kv.Classify(err))
	}
	return nil
}

// size is how many bytes were written.
func (t *target) size() (int64, error) {
	info, err := t.part.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// publish gives a file that is whole its name.
func (t *target) publish() (b File, err error) {
	size, err := t.size()
	if err == nil {
		b, err = read(t.part, size, t.path())
	}
	if err != nil {
		return b, err
	}
	info, err := t.part.Stat()
	if err := errors.Join(err, t.part.Close()); err != nil { // Windows renames no open file
		return b, err
	}
	switch now, err := t.folder.Lstat(t.name + PartSuffix); {
	case err != nil || !os.SameFile(info, now):
		return b, &fs.PathError{Op: "rename", Path: t.path() + PartSuffix, Err: errMoved}
	case t.has(t.name):
		return b, fmt.Errorf("%s: %w", t.path(), ErrExists)
	}
	if err := t.folder.Rename(t.name+PartSuffix, t.name); err != nil {
		return b, err
	}
	t.part = nil
	return b, kv.SyncDir(t.dir)
}

// close removes what was not published.
func (t *target) close() (err error) {
	if t.part != nil {
		_ = t.part.Close() // which it may be
		if err = t.folder.Remove(t.name + PartSuffix); errors.Is(err, os.ErrNotExist) {
			err = nil
		}
	}
	return errors.Join(err, t.folder.Close())
}

// clearParts removes from the folder what crashes have left of backups of a database.
func (t *target) clearParts(of store.ID) (err error) {
	files, err := fs.ReadDir(t.folder.FS(), ".")
	for _, file := range files {
		if strings.HasSuffix(file.Name(), Suffix+PartSuffix) {
			err = errors.Join(err, t.clearPart(of, file.Name()))
		}
	}
	return err
}

// clearPart removes what a crash has left of a backup of a database.
func (t *target) clearPart(of store.ID, name string) error {
	file, err := t.folder.Open(name)
	if err != nil {
		return nil
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	b, err := read(file, info.Size(), name)
	if closed := file.Close(); err != nil || b.Database != of {
		return closed
	}
	return errors.Join(t.folder.RemoveAll(name+scratchSuffix), t.folder.Remove(name)) // in this order, because the file names its database
}

// targetFolder returns the folder that a backup goes to.
func targetFolder(to string) string {
	if strings.HasSuffix(to, Suffix) {
		return filepath.Dir(to)
	}
	return to
}

// mkdir creates a folder unless it exists. Its parent must exist, so that nothing is written to the folder of a disk that is not mounted.
func mkdir(path string) error {
	switch err := os.Mkdir(path, 0o700); {
	case errors.Is(err, os.ErrNotExist):
		return &fs.PathError{Op: "mkdir", Path: path, Err: errParent}
	case !errors.Is(err, os.ErrExist):
		return err
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return &fs.PathError{Op: "mkdir", Path: path, Err: syscall.ENOTDIR}
	}
	return nil
}

// nameTime is the layout of a time in the name of a file.
const nameTime = "20060102T150405Z"
