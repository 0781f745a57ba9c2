package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"crm/store"
	"crm/store/kv"
)

var (
	// ErrNotAllowed is returned for a path outside Dir and Allowed.
	ErrNotAllowed = errors.New("backups are written to the service's folder of backups and to folders that it was told to allow, and nowhere else")
	// ErrNetworkPath is returned for a path that names another machine, which would learn the service's credentials.
	ErrNetworkPath = errors.New("a path that begins with two slashes names another machine")
	errMayGo       = errors.New("the files in this folder may be deleted at any time")
)

// Make makes a backup on behalf of somebody, to Dir when to is empty, or else to a file or folder as the function Make does, which must
// be in Dir or one of Allowed.
func (b *Schedule) Make(ctx context.Context, by store.By, to string) (File, error) {
	if to == "" {
		return b.make(ctx, Manifest{}, by, anywhere(b.Dir))
	}
	if strings.HasPrefix(strings.ReplaceAll(to, `\`, "/"), "//") {
		return File{}, &fs.PathError{Op: "backup", Path: to, Err: ErrNetworkPath}
	}
	to = filepath.Clean(to)
	for _, allowed := range append([]string{b.Dir}, b.Allowed...) {
		allowed, err := filepath.Abs(allowed)
		if err != nil {
			return File{}, err
		}
		if isBelow(targetFolder(to), allowed) && !b.mayGo(to) {
			return b.make(ctx, Manifest{}, by, below(allowed, to))
		}
	}
	return File{}, &fs.PathError{Op: "backup", Path: to, Err: ErrNotAllowed}
}

// MakeAnywhere is the function Make with the schedule's settings, for whoever has the store open and needs nobody's permission. It is not
// in the change log.
func (b *Schedule) MakeAnywhere(ctx context.Context, to string) (File, error) {
	if b.mayGo(to) {
		return File{}, &fs.PathError{Op: "backup", Path: to, Err: errMayGo}
	}
	return b.make(ctx, Manifest{}, store.By{}, anywhere(to))
}

// Send makes a backup for somebody who writes it to a path, and calls send with it. No other backup waits for send.
func (b *Schedule) Send(ctx context.Context, by store.By, path string, send func(b File, content io.Reader) error) error {
	dir, err := b.spool()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	t, err := newTarget(filepath.Join(dir, "sent"+Suffix), time.Time{})
	if err != nil {
		return err
	}
	defer func() { _ = t.close() }()
	err = b.alone(ctx, Manifest{}, by, func(j *job) error {
		begin := j.begin
		j.begin = func(string) error { return begin(path) }
		if err := j.claim(t); err != nil {
			return err
		}
		return j.fill(t)
	})
	if err != nil {
		return err
	}
	size, err := t.size()
	if err != nil {
		return err
	}
	made, err := read(t.part, size, path)
	if err != nil {
		return err
	}
	return send(made, io.NewSectionReader(t.part, 0, size))
}

// spoolPrefix begins the name of a folder in Spool.
const spoolPrefix = ".crm-spool-"

// spool makes a folder with room for a backup and for its database. The first call removes what earlier processes have left.
func (b *Schedule) spool() (dir string, err error) {
	b.cleared.Do(b.clearSpool)
	parents := kv.TemporaryFolders()
	if b.Spool != "" {
		parents = append([]string{b.Spool}, parents...)
	}
	return spoolIn(parents, 2*b.Store.Size())
}

// spoolIn makes a folder that nobody else can read in the first of some that has room for so many bytes.
func spoolIn(parents []string, bytes int64) (dir string, err error) {
	for _, parent := range parents {
		if err = kv.HasRoom(parent, bytes); err != nil {
			continue
		}
		if dir, err = os.MkdirTemp(parent, spoolPrefix); err == nil {
			return dir, nil
		}
	}
	return "", kv.Classify(err)
}

func (b *Schedule) clearSpool() {
	if b.Spool == "" {
		return
	}
	left, _ := filepath.Glob(filepath.Join(b.Spool, spoolPrefix+"*"))
	for _, dir := range left {
		_ = os.RemoveAll(dir)
	}
}

// noteBy returns a function that adds a backup to the change log. A store that takes no writes is copied all the same: that may be the last
// copy of it.
func (b *Schedule) noteBy(by store.By) func(path string) error {
	if by.Actor == "" {
		return nil
	}
	return func(path string) error {
		_, err := b.Store.Update(by, func(tx *store.Tx) error { return tx.NoteBackup(path) })
		if errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrGone) || errors.Is(err, store.ErrUnsafe) {
			b.log().Warn("a backup is not in the change log, which takes no changes", "path", path, "user", by.Actor, "err", err)
			return nil
		}
		return err
	}
}

func (b *Schedule) log() *slog.Logger {
	if b.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return b.Log
}

// mayGo reports whether a path is in the folder that may be deleted.
func (b *Schedule) mayGo(path string) bool { return b.Avoid != "" && isBelow(path, b.Avoid) }

// isBelow reports whether a path is a folder or something in it.
func isBelow(path, folder string) bool {
	path, err := filepath.Abs(path)
	folder, err2 := filepath.Abs(folder)
	rel, err3 := filepath.Rel(folder, path)
	return errors.Join(err, err2, err3) == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
