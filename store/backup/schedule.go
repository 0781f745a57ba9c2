package backup

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"crm/store"
)

// A Schedule makes backups of a store in a folder, at intervals and on request, one at a time. Its fields must not change after its first
// use.
type Schedule struct {
	Store   *store.Store
	Dir     string
	Every   time.Duration // between two scheduled backups; 0 for none
	Keep    int           // how many scheduled backups are kept
	Avoid   string        // a folder that may be deleted at any time, and gets no backups
	Version string        // of the program
	Log     *slog.Logger

	failed  atomic.Int64 // when the last scheduled backup failed, as a store.Time; 0 if there was a later success, or no failure
	running sync.Mutex
	once    sync.Once
	ending  chan struct{} // closed when Run ends
}

// settleTime is how long a service runs before its first backup, and the least time after a failed one.
const settleTime = time.Minute

// Run makes a backup whenever the newest one is older than Every, until ctx ends. Then it stops a backup that is being made. It logs a
// failed backup as an error, and tries again soon.
func (b *Schedule) Run(ctx context.Context) {
	defer close(b.end())
	if b.Every <= 0 {
		<-ctx.Done()
		return
	}
	for wait := max(settleTime, b.due()); b.wait(ctx, wait) == nil; {
		wait = b.Every
		if err := b.scheduled(ctx); err != nil && ctx.Err() == nil {
			b.failed.Store(int64(b.Store.Now()))
			wait = min(b.Every, max(settleTime, b.Every/24))
			b.Log.Error("backup failed", "dir", b.Dir, "err", err, "again_in", wait)
		}
	}
}

// maxWait is how long it takes at most to notice that the machine was asleep.
const maxWait = 10 * time.Minute

// wait waits until ctx ends or a duration has passed. It also looks at the machine's clock, which advances while a laptop sleeps.
func (b *Schedule) wait(ctx context.Context, wait time.Duration) error {
	began, until := time.Now(), b.Store.Now().Add(wait)
	for left := wait; left > 0 && b.Store.Now() < until; left = wait - time.Since(began) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(left, maxWait)):
		}
	}
	return ctx.Err()
}

func (b *Schedule) end() chan struct{} {
	b.once.Do(func() { b.ending = make(chan struct{}) })
	return b.ending
}

// due returns the time until the next backup.
func (b *Schedule) due() time.Duration {
	list, _ := List(b.Dir)
	for _, old := range list {
		if b.ours(old) {
			return min(b.Every, b.Every-b.Store.Now().Std().Sub(old.Time.Std()))
		}
	}
	return 0
}

// ours reports whether a file is a verified, scheduled backup of this store.
func (b *Schedule) ours(old File) bool {
	return old.VerifiedAt != nil && old.Scheduled && old.Database == b.Store.ID()
}

func (b *Schedule) scheduled(ctx context.Context) error {
	made, err := b.make(ctx, b.Dir, Manifest{Version: b.Version, Scheduled: true})
	if err != nil {
		return err
	}
	b.Log.Info("backup", "path", made.Path, "seq", made.Seq, "bytes", made.Size)
	return b.prune(made.Path)
}

// Make makes a backup now. to is a file or folder, as for the function Make, or "" for Dir.
func (b *Schedule) Make(ctx context.Context, to string) (File, error) {
	if to == "" {
		to = b.Dir
	}
	if b.Avoid != "" && isBelow(to, b.Avoid) {
		return File{}, &fs.PathError{Op: "backup", Path: to, Err: errors.New("the files in this folder may be deleted at any time")}
	}
	return b.make(ctx, to, Manifest{Version: b.Version})
}

func (b *Schedule) make(ctx context.Context, to string, m Manifest) (File, error) {
	b.running.Lock()
	defer b.running.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-b.end():
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := b.clearParts(targetFolder(to)); err != nil {
		return File{}, err
	}
	made, err := makeFile(store.NewThrottle(ctx), b.Store, to, m)
	if err == nil {
		b.failed.Store(0)
	}
	select {
	case <-b.end():
		if err != nil {
			err = store.ErrClosed
		}
	default:
	}
	return made, err
}

// isBelow reports whether a path is a folder, or is in it.
func isBelow(path, folder string) bool {
	path, err := filepath.Abs(path)
	folder, err2 := filepath.Abs(folder)
	rel, err3 := filepath.Rel(folder, path)
	return errors.Join(err, err2, err3) == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// clearParts removes backups of this store from a folder that a crash cut off.
func (b *Schedule) clearParts(dir string) (err error) {
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	err = nil
	for _, file := range files {
		if strings.HasSuffix(file.Name(), Suffix+PartSuffix) {
			err = errors.Join(err, clearPart(b.Store, filepath.Join(dir, file.Name())))
		}
	}
	return err
}

// prune deletes the oldest scheduled backups of this store until Keep of them are left. It never deletes the one just made, files that
// cannot be read, or backups that were not scheduled.
func (b *Schedule) prune(made string) (err error) {
	list, err := List(b.Dir)
	kept := 0
	for _, old := range list {
		if !b.ours(old) || !strings.HasPrefix(filepath.Base(old.Path), "crm-") {
			continue
		}
		if kept++; kept > max(b.Keep, 1) && old.Path != made {
			err = errors.Join(err, os.Remove(old.Path))
		}
	}
	return err
}

// Failed returns when the last scheduled backup failed, or nil if there was a later success, or no failure.
func (b *Schedule) Failed() *store.Time {
	if at := store.Time(b.failed.Load()); at != 0 {
		return &at
	}
	return nil
}

// List returns the store's backups in Dir, newest first, and files that cannot be read, since these may be backups too. It leaves out
// backups of other databases, with which the folder may be shared.
func (b *Schedule) List() ([]File, error) {
	list, err := List(b.Dir)
	return slices.DeleteFunc(list, func(other File) bool { return other.Format != 0 && !b.Store.Owns(other.Database) }), err
}

// Last returns the store's newest verified backup in Dir.
func (b *Schedule) Last() (File, bool) {
	return Newest(b.Dir, func(f File) bool { return b.Store.Owns(f.Database) })
}
