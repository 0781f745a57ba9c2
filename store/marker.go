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

// MarkerName is the file in a data folder that says which database belongs there. Where it is and the database is not, that was
// lost, and no command begins a new one. It is written when the database is there already, so that a first start which is cut
// off can be repeated.
const MarkerName = "database.json"

// IndexName is the folder, inside a data folder, of what is saved for lists and searches.
const IndexName = "index"

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
	here, err := filepath.Abs(backupsIn(s.dir))
	if backups, failed := filepath.Abs(s.backups); err == nil && failed == nil && backups != here {
		m.Backups = backups
	}
	s.marker = m
	if err := m.write(s.dir); err != nil && !errors.Is(err, ErrFull) {
		return fmt.Errorf("note which database the folder has: %w", err)
	}
	return nil
}

// Owns returns whether a backup is one of the database in a data folder, or of one that this was restored from. Without a
// marker nobody can tell, and every backup may be.
func Owns(dir string) func(Backup) bool {
	m := readMarker(dir)
	return func(b Backup) bool { return m.owns(b.Database) }
}

// Lost is an ErrLost when a folder has no database, and something in it that only one leaves.
func Lost(dir string, options ...Option) error {
	traces := tracesIn(dir)
	if _, err := os.Stat(filepath.Join(dir, FileName)); err == nil || len(traces) == 0 { // another process may just have made it
		return nil
	}
	return fmt.Errorf("%w: there is no %s in %s, where there was one; %s; to begin with an empty one on purpose, name another folder with --data, or move these elsewhere first: %s",
		ErrLost, FileName, dir, adviseRestore(dir, newStore(dir, options).backups), strings.Join(traces, ", "))
}

// adviseRestore says how to bring back the newest verified backup of the database in a data folder, a part of a sentence.
func adviseRestore(dir, backups string) string {
	for _, folder := range []string{backups, BackupsOf(dir)} {
		if b, ok := LastVerified(folder, Owns(dir)); ok {
			return fmt.Sprintf("the last verified backup is of %s: bring it back with crm restore %s --data %s", b.Time, b.Path, dir)
		}
	}
	return fmt.Sprintf("there is no verified backup in %s: if there is one elsewhere, bring it back with crm restore FILE --data %s", backups, dir)
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
		case slices.Contains([]string{MarkerName, FileName, FileName + restoredSuffix, FileName + compactSuffix, WALName, WALName + kv.UnusedSuffix}, name),
			strings.HasPrefix(name, asidePrefix):
		case name == IndexName:
			if saved, _ := os.ReadDir(filepath.Join(dir, name)); len(saved) == 0 {
				continue
			}
		case name == BackupsName:
			if _, ok := LastVerified(backupsIn(dir), nil); !ok {
				continue
			}
		default:
			continue
		}
		names = append(names, name)
	}
	return names
}
