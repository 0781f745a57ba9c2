package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"crm/store/kv"
)

// A marker is the content of the file.
type marker struct {
	Database ID     `json:"database"`
	Earlier  []ID   `json:"earlier,omitempty"` // databases that a restore brought back or replaced; their backups belong to this one too
	Backups  string `json:"backups,omitempty"` // where a service keeps the backups; if empty, BackupsName in the folder
	Note     string `json:"note"`
}

const markerNote = "The database crm.db belongs in this folder. While this file is here, no command begins an empty one in its place."

// readMarker returns a folder's marker, or nil if there is none. A marker that cannot be read is returned as an empty one.
func readMarker(dir string) *marker {
	raw, err := os.ReadFile(filepath.Join(dir, MarkerName))
	if err != nil {
		return nil
	}
	m := new(marker)
	if json.Unmarshal(raw, m) != nil {
		return &marker{}
	}
	return m
}

// owns reports whether the backups of a database belong to this folder. Without a marker, or with an empty one, all of them may.
func (m *marker) owns(id ID) bool {
	return m == nil || m.Database == ID{} || m.Database == id || slices.Contains(m.Earlier, id)
}

// of returns the marker for a folder with the database id, which may be a copy of the databases in from.
func (m *marker) of(id ID, from ...ID) *marker {
	next := &marker{Database: id, Note: markerNote}
	if m != nil {
		from = append(slices.Clone(m.Earlier), append(from, m.Database)...)
		next.Backups = m.Backups
	}
	for _, earlier := range from {
		if earlier != id && earlier != (ID{}) && !slices.Contains(next.Earlier, earlier) {
			next.Earlier = append(next.Earlier, earlier)
		}
	}
	return next
}

// write writes the marker, unless the folder has the same one.
func (m *marker) write(dir string) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, MarkerName)
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, raw) {
		return nil
	}
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return kv.Classify(err)
	}
	_, err = file.Write(raw)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(kv.Classify(err), kv.RemoveIfThere(path+".new"))
	}
	return errors.Join(os.Rename(path+".new", path), kv.SyncDir(dir))
}

// mark writes the marker of an open store's folder. It ignores a full disk, on which the store can still be read.
func (s *Store) mark() error {
	m := s.marker.of(s.id)
	m.Backups = ""
	here, err := filepath.Abs(ownBackups(s.dir))
	if backups, failed := filepath.Abs(s.backups); err == nil && failed == nil && backups != here {
		m.Backups = backups
	}
	s.marker = m
	if err := m.write(s.dir); err != nil && !errors.Is(err, ErrFull) {
		return fmt.Errorf("note which database the folder has: %w", err)
	}
	return nil
}

// Owns returns a function that reports whether backups of a database belong to a data folder: the database is the folder's, or one that
// it was restored from. Without a marker this is unknown, and the function returns true for all.
func Owns(dir string) func(database ID) bool { return readMarker(dir).owns }

// Mark notes that a data folder has the database id, and that it is a copy of the database from.
func Mark(dir string, id, from ID) error { return readMarker(dir).of(id, from).write(dir) }

// Lost returns a FolderError with ErrLost if a folder has no database, but traces that only a database leaves.
func Lost(dir string, options ...Option) error {
	traces := tracesIn(dir)
	if _, err := os.Stat(filepath.Join(dir, FileName)); err == nil || len(traces) == 0 { // another process may just have created it
		return nil
	}
	return &FolderError{Dir: dir, Backups: newStore(dir, options).backups, Traces: traces, Err: ErrLost}
}

// BackupsOf returns the folder in which the service of a data folder kept its backups when it last ran.
func BackupsOf(dir string) string { return newStore(dir, nil).backups }

// tracesIn returns the names of what only a database leaves in its folder. Programs before schema 3 wrote no marker, so other traces
// count too: the write-ahead log; the saved index; verified backups in the folder's own backups folder, which has none of other
// databases; files of unfinished restores and compactions; and a link to a file that does not exist, such as on a disk that is not
// mounted. The key that signs tokens is no trace, because people may copy it into a new folder before the first start.
func tracesIn(dir string) (names []string) {
	files, _ := os.ReadDir(dir)
	for _, file := range files {
		name := file.Name()
		switch {
		case slices.Contains([]string{MarkerName, FileName, FileName + RestoredSuffix, FileName + compactSuffix, WALName, WALName + kv.UnusedSuffix}, name),
			strings.HasPrefix(name, ReplacedPrefix):
		case name == IndexName:
			if saved, _ := os.ReadDir(filepath.Join(dir, name)); len(saved) == 0 {
				continue
			}
		case name == BackupsName:
			if !hasBackup(filepath.Join(dir, name)) {
				continue
			}
		default:
			continue
		}
		names = append(names, name)
	}
	return names
}

// minBackup is the size in bytes of the seal that ends a verified backup. Every backup is larger.
const minBackup = 264

// hasBackup reports whether a folder has a file that can be a verified backup.
func hasBackup(dir string) bool {
	files, _ := os.ReadDir(dir)
	return slices.ContainsFunc(files, func(file os.DirEntry) bool {
		info, err := file.Info()
		return err == nil && info.Mode().IsRegular() && strings.HasSuffix(file.Name(), BackupSuffix) && info.Size() > minBackup
	})
}

// ownBackups returns the folder for backups inside a data folder.
func ownBackups(dir string) string { return filepath.Join(dir, BackupsName) }
