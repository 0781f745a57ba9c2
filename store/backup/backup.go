package backup

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"crm/store"
	"crm/store/kv"
)

const (
	// Suffix ends the name of a verified backup.
	Suffix = store.BackupSuffix

	PartSuffix    = ".new"     // ends the name of a backup that is being written
	scratchSuffix = ".scratch" // ends the name of the folder in which it is verified
)

// A Manifest describes a backup. It is the first entry.
type Manifest struct {
	Format    int                `json:"format"`
	Time      store.Time         `json:"time"` // of the snapshot
	Version   string             `json:"version"`
	Schema    int                `json:"schema"`
	Database  store.ID           `json:"database"`
	Seq       uint64             `json:"seq"`    // of the newest change that is in it
	Counts    map[store.Kind]int `json:"counts"` // records by kind
	Bytes     int64              `json:"bytes"`  // of the database file in it
	Scheduled bool               `json:"scheduled"`
}

// A File is a backup file.
type File struct {
	Path string `json:"path"`
	Size int64  `json:"size"` // of the file, in bytes
	Manifest
	VerifiedAt *store.Time `json:"verified_at"` // null for a file without a seal
}

// ErrExists is returned if a backup would replace a file.
var ErrExists = errors.New("there is a file of this name already: choose another name, or a folder")

// Make writes a snapshot of a store to a temporary file, reads it back and verifies it, and then renames the file. It does not block
// writers. to is the file if it ends in Suffix, and else a folder, which is created if it does not exist. version is that of the program.
func Make(ctx context.Context, s *store.Store, to, version string) (File, error) {
	return makeFile(store.NewThrottle(ctx), s, to, Manifest{Version: version})
}

func makeFile(p *store.Throttle, s *store.Store, to string, m Manifest) (b File, err error) {
	path, err := backupPath(to, s.Now().Std())
	if err != nil {
		return b, err
	}
	part := path + PartSuffix
	if err := errors.Join(clearPart(s, part), claim(part)); err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, kv.RemoveIfThere(part)) }()
	if err := write(p, s, part, m); err != nil {
		return b, fmt.Errorf("write backup: %w", err)
	}
	if err := verifyPart(p, part, s.Now()); err != nil {
		return b, fmt.Errorf("verify backup: %w", err)
	}
	if kv.Exists(path) {
		return b, fmt.Errorf("%s: %w", path, ErrExists)
	}
	if err := errors.Join(os.Rename(part, path), kv.SyncDir(filepath.Dir(path))); err != nil {
		return b, err
	}
	return Read(path)
}

// targetFolder returns the folder that a backup goes to.
func targetFolder(to string) string {
	if strings.HasSuffix(to, Suffix) {
		return filepath.Dir(to)
	}
	return to
}

// backupPath returns the file that a backup goes to. It creates the folder if it does not exist, but not the folders above it.
func backupPath(to string, now time.Time) (string, error) {
	if strings.HasSuffix(to, Suffix) {
		if kv.Exists(to) {
			return "", fmt.Errorf("%s: %w", to, ErrExists)
		}
		return to, mkdir(filepath.Dir(to))
	}
	name := "crm-" + now.UTC().Format(nameTime)
	path := filepath.Join(to, name+Suffix)
	for n := 2; kv.Exists(path) || kv.Exists(path+PartSuffix); n++ { // two services may share a folder
		path = filepath.Join(to, fmt.Sprintf("%s-%d%s", name, n, Suffix))
	}
	return path, mkdir(to)
}

var (
	errPart   = errors.New("another backup is being written there, or was cut off: delete this file when there is none under way")
	errParent = errors.New("the folder above it is not there: make it, or mount its disk")
)

// claim creates the file that a backup is written to. It returns errPart if the file exists.
func claim(part string) error {
	file, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return &fs.PathError{Op: "write backup", Path: part, Err: errPart}
	}
	if err != nil {
		return fmt.Errorf("write backup: %w", kv.Classify(err))
	}
	return file.Close()
}

// clearPart removes a backup of a store that a crash cut off.
func clearPart(s *store.Store, part string) error {
	if b, err := Read(part); err != nil || b.Database != s.ID() {
		return nil
	}
	return errors.Join(os.RemoveAll(part+scratchSuffix), os.Remove(part)) // in this order, because the file names its database
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

// write writes a backup that is not verified yet.
func write(p *store.Throttle, s *store.Store, part string, m Manifest) error {
	file, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return kv.Classify(err)
	}
	w := newArchiveWriter(&throttledFile{File: file, throttle: p})
	err = s.Snapshot(func(snapshot *store.Snapshot) error {
		m.describe(snapshot, s.Now())
		return cmp.Or(w.manifest(m), w.add(store.FileName, m.Bytes, snapshot.WriteTo))
	})
	if err == nil {
		err = w.addFile(store.KeyName, filepath.Join(s.Dir(), store.KeyName))
	}
	return kv.Classify(cmp.Or(err, w.close(), file.Sync(), file.Close()))
}

// describe sets the fields that describe a snapshot.
func (m *Manifest) describe(s *store.Snapshot, now store.Time) {
	m.Format, m.Time, m.Schema, m.Database = archiveFormat, now, s.Schema, s.Database
	m.Seq, m.Counts, m.Bytes = s.Seq, s.Counts, s.Size
}

// Read reads the manifest of a backup, and checks that its length is the one at which it was verified. Verify reads all of it.
func Read(path string) (File, error) {
	a, err := openArchive(path)
	if err != nil {
		return File{Path: path}, err
	}
	defer a.close()
	m, err := a.readManifest()
	b := File{Path: path, Size: a.size, Manifest: m}
	if a.seal != nil {
		b.VerifiedAt = &a.seal.Time
	}
	return b, err
}

// List returns the backups in a folder, newest first. Files that cannot be read have an empty manifest.
func List(dir string) ([]File, error) {
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	list := []File{}
	for _, file := range files {
		if file.Type().IsRegular() && strings.HasSuffix(file.Name(), Suffix) {
			b, _ := Read(filepath.Join(dir, file.Name()))
			list = append(list, b)
		}
	}
	newestFirst(list)
	return list, nil
}

// newestFirst sorts the backups of one database by the changes in them, since their times are wrong if the clock was once ahead. Several
// databases are sorted by the times of their newest backups.
func newestFirst(list []File) {
	newest := make(map[store.ID]store.Time)
	for _, b := range list {
		newest[b.Database] = max(newest[b.Database], b.Time)
	}
	slices.SortFunc(list, func(a, b File) int {
		return cmp.Or(
			cmp.Compare(newest[b.Database], newest[a.Database]), bytes.Compare(b.Database[:], a.Database[:]),
			cmp.Compare(b.Seq, a.Seq), cmp.Compare(b.Time, a.Time),
			cmp.Compare(len(b.Path), len(a.Path)), cmp.Compare(b.Path, a.Path), // "-10" is newer than "-9"
		)
	})
}

// Newest returns the newest backup in a folder for which of returns true and which has not changed since it was verified. A nil of
// stands for all backups.
func Newest(dir string, of func(File) bool) (File, bool) {
	list, _ := List(dir)
	for _, b := range list {
		if b.VerifiedAt != nil && (of == nil || of(b)) {
			return b, true
		}
	}
	return File{}, false
}
