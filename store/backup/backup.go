package backup

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"crm/store"
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
	VerifiedAt   *store.Time `json:"verified_at"`   // null for a file without a seal
	EncryptedFor []string    `json:"encrypted_for"` // who can open it: the beginnings of keys, or "passphrase"; null for everybody
}

// Read reads the manifest of a backup, and checks that its length is the one at which it was verified. Verify reads all of it.
func Read(path string) (b File, err error) {
	b.Path = path
	err = opened(path, func(file *os.File, size int64) error {
		b, err = read(file, size, path)
		return err
	})
	return b, err
}

// read is Read for an open file, or for a file elsewhere. path is its name.
func read(file io.ReaderAt, size int64, path string) (File, error) {
	a, err := openArchive(file, size, nil)
	if err != nil {
		return File{Path: path}, err
	}
	defer a.close()
	m, err := a.readManifest()
	b := File{Path: path, Size: a.size, Manifest: m}
	if a.open != nil {
		b.EncryptedFor = a.open.For
	}
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
