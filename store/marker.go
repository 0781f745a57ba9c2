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

// A marker is what the file says.
type marker struct {
	Database ID     `json:"database"`
	Earlier  []ID   `json:"earlier,omitempty"` // databases whose backups are this one's too: what a restore brought back, or replaced
	Backups  string `json:"backups,omitempty"` // where a service keeps the backups; BackupsName in the folder when empty
	Note     string `json:"note"`
}

const markerNote = "The database crm.db belongs in this folder. While this file is here, no command begins an empty one in its place."

// readMarker is what a folder's marker says, nil when there is none. One that cannot be read says nothing, and is a marker all the same.
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

// owns reports whether backups of a database are this folder's. Where there is no marker, or it says nothing, all may be.
func (m *marker) owns(id ID) bool {
	return m == nil || m.Database == ID{} || m.Database == id || slices.Contains(m.Earlier, id)
}

// of is the marker once a database is in the folder that may have come from others.
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

// write puts the marker in place, unless it is there as it should be.
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

// mark writes the marker of an open store's folder. A disk without room for it keeps nobody from reading.
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

// Owns returns a function that reports whether a backup of a database belongs to a data folder: it is of the folder's database, or
// of one that this was restored from. Without a marker nobody can tell, and every backup may.
func Owns(dir string) func(database ID) bool { return readMarker(dir).owns }

// Mark notes that a database is put in a data folder, and of which database it is a copy.
func Mark(dir string, id, from ID) error { return readMarker(dir).of(id, from).write(dir) }

// Lost returns a FolderError with ErrLost where a folder has no database, and something in it that only a database leaves.
func Lost(dir string, options ...Option) error {
	traces := tracesIn(dir)
	if _, err := os.Stat(filepath.Join(dir, FileName)); err == nil || len(traces) == 0 { // another process may just have made it
		return nil
	}
	return &FolderError{Dir: dir, Backups: newStore(dir, options).backups, Traces: traces, Err: ErrLost}
}

// BackupsOf is where the service of a data folder kept its backups when it last ran.
func BackupsOf(dir string) string { return newStore(dir, nil).backups }

// tracesIn are the names of what only a database leaves in its folder, also in one from before there were markers: the write-ahead log,
// which a store makes when it is open; what is saved for searches, which is made of a store; verified backups in the folder's
// own place for them, since those of others lie elsewhere; what restores and compactions leave; and a link that leads
// nowhere, such as to a disk that is not mounted. The key that signs tokens is none: people bring it along before a first start.
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

// minBackup is less than a backup has in bytes: the seal that a verified one ends with has as many.
const minBackup = 264

// hasBackup reports whether a folder has a file that may be a verified backup.
func hasBackup(dir string) bool {
	files, _ := os.ReadDir(dir)
	return slices.ContainsFunc(files, func(file os.DirEntry) bool {
		info, err := file.Info()
		return err == nil && info.Mode().IsRegular() && strings.HasSuffix(file.Name(), BackupSuffix) && info.Size() > minBackup
	})
}

// ownBackups is the folder for backups inside a data folder.
func ownBackups(dir string) string { return filepath.Join(dir, BackupsName) }
