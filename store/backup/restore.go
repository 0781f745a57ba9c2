package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"crm/store"
	"crm/store/kv"
)

// A restore replaces the content of a data folder in several steps. After each step the folder can be opened, with the old data or with
// the new: the rename of the database is the step that decides.
type restore struct {
	ctx      context.Context
	from     string
	dir      string
	replaced string // the folder with the old data
	backup   File
	id       store.ID  // the new id of the restored database
	lock     io.Closer // of the old database; nil if there is none that can be opened
	existing bool
}

// Restore verifies a backup and replaces the content of dir by it. dir must not be in use. The old content is moved to the folder
// replaced, which is "" if there was none. The restored database gets a new id, so that an index of the old data is not used with it.
func Restore(ctx context.Context, from, dir string) (b File, replaced string, err error) {
	r := &restore{ctx: ctx, from: from, dir: dir}
	defer func() { err = errors.Join(err, r.release(), r.clean()) }()
	for _, step := range r.steps() {
		if err := step(); err != nil {
			return r.backup, r.replaced, fmt.Errorf("restore: %w", err)
		}
	}
	return r.backup, r.replaced, nil
}

func (r *restore) steps() []func() error {
	return []func() error{r.begin, r.unpack, r.renew, r.keepDatabase, r.keepKey, r.putKey, r.mark, r.putDatabase}
}

// clean removes files that were unpacked and not renamed.
func (r *restore) clean() error {
	return errors.Join(kv.RemoveIfThere(r.path()+store.RestoredSuffix), kv.RemoveIfThere(r.key()+store.RestoredSuffix))
}

func (r *restore) path() string { return filepath.Join(r.dir, store.FileName) }
func (r *restore) key() string  { return filepath.Join(r.dir, store.KeyName) }

// begin locks the old database until the restore ends. A damaged database cannot be locked, and nobody can open it either.
func (r *restore) begin() (err error) {
	if r.backup, err = Read(r.from); err != nil {
		return err
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return err
	}
	if r.existing = kv.Exists(r.path()); !r.existing {
		return nil
	}
	lock, err := store.Lock(r.path())
	if errors.Is(err, store.ErrLocked) {
		return err
	}
	if err == nil { // a database that cannot be opened is replaced without a lock
		r.lock = lock
	}
	return nil
}

func (r *restore) release() error {
	if r.lock == nil {
		return nil
	}
	lock := r.lock
	r.lock = nil
	return lock.Close()
}

// unpack writes the backup's files to dir under temporary names, and verifies them.
func (r *restore) unpack() error {
	if err := r.clean(); err != nil {
		return err
	}
	throttle := store.Unthrottled(r.ctx)
	m, _, err := extract(throttle, r.from, r.dir, store.RestoredSuffix)
	if err != nil {
		return err
	}
	return verifyDatabase(throttle, r.path()+store.RestoredSuffix, m)
}

// renew gives the unpacked database its new id.
func (r *restore) renew() (err error) {
	r.id, err = store.Renew(r.path() + store.RestoredSuffix)
	return err
}

func (r *restore) keepDatabase() error {
	if !r.existing && kv.Exists(r.path()) { // it was created meanwhile
		return fmt.Errorf("%s: %w", r.dir, store.ErrLocked)
	}
	if !r.existing && !kv.Exists(r.key()) && !kv.Exists(kv.WALPath(r.path())) {
		return nil
	}
	name := filepath.Join(r.dir, store.ReplacedPrefix+store.Now().UTC().Format(nameTime))
	for r.replaced = name; kv.Exists(r.replaced); r.replaced += "-2" {
	}
	if err := os.Mkdir(r.replaced, 0o700); err != nil {
		return err
	}
	if kv.Exists(kv.WALPath(r.path())) { // of a database that could not be opened
		if err := os.Rename(kv.WALPath(r.path()), filepath.Join(r.replaced, store.WALName)); err != nil {
			return err
		}
	}
	if !r.existing {
		return kv.SyncDir(r.dir)
	}
	return errors.Join(keep(r.path(), filepath.Join(r.replaced, store.FileName)), kv.SyncDir(r.replaced), kv.SyncDir(r.dir))
}

func (r *restore) keepKey() error {
	if !kv.Exists(r.key()) {
		return nil
	}
	return errors.Join(keep(r.key(), filepath.Join(r.replaced, store.KeyName)), kv.SyncDir(r.replaced))
}

func (r *restore) putKey() error {
	err := os.Rename(r.key()+store.RestoredSuffix, r.key())
	if errors.Is(err, os.ErrNotExist) { // the backup has no key
		return nil
	}
	return err
}

// mark writes the folder's marker before the database is renamed. If the restore is cut off in between, it must be repeated, and no
// command creates an empty database instead.
func (r *restore) mark() error {
	return store.Mark(r.dir, r.id, r.backup.Database)
}

func (r *restore) putDatabase() error {
	if runtime.GOOS == "windows" { // cannot replace an open file
		if err := r.release(); err != nil {
			return err
		}
	}
	return errors.Join(os.Rename(r.path()+store.RestoredSuffix, r.path()), kv.SyncDir(r.dir))
}

// keep links a file to a second name, or copies it if the file system has no hard links.
func keep(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return kv.Classify(errors.Join(err, out.Sync(), out.Close()))
}
