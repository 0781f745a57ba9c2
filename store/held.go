package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"crm/store/kv"
)

// A Held is a copy of the data that has what the store had at a time.
type Held struct {
	Path  string `json:"path"`
	Time  Time   `json:"time"`  // of the copy
	Until *Time  `json:"until"` // when the service is going to delete it; null where somebody has to
}

// Holding are the copies that are known here and may have a record made at a time: the backups in Dir, what restores
// have kept aside in the data folder, and a write-ahead log of another database. Copies elsewhere are not known.
func (b *Backups) Holding(made Time) ([]Held, error) {
	held, err := b.underWay(made) // before the list, or one that is finished meanwhile would be in neither
	if err != nil {
		return nil, err
	}
	list, err := ListBackups(b.Dir) // also those of other databases: the data may have come from one of them
	if err != nil {
		return nil, err
	}
	newer := 0 // of those that are deleted by themselves
	for _, backup := range list {
		h := Held{Path: backup.Path, Time: backup.Time}
		if b.ours(backup) {
			h.Until = b.until(newer)
			newer++
		}
		if backup.Time >= made && !slices.ContainsFunc(held, func(h Held) bool { return h.Path == backup.Path }) {
			held = append(held, h)
		}
	}
	files, err := os.ReadDir(b.Store.dir)
	for _, file := range files {
		path := filepath.Join(b.Store.dir, file.Name())
		if at, ok := asideTime(file.Name()); ok && at.Add(time.Second) > made { // names have whole seconds
			held = append(held, Held{Path: path, Time: at})
		}
	}
	if path := filepath.Join(b.Store.dir, WALName+kv.UnusedSuffix); err == nil {
		if info, err := os.Stat(path); err == nil && TimeOf(modified(info).Add(time.Second)) > made {
			held = append(held, Held{Path: path, Time: TimeOf(modified(info))})
		}
	}
	return held, err
}

// underWay are backups that are being written to Dir, under the names that they will have, and what crashes have left of some.
func (b *Backups) underWay(made Time) ([]Held, error) {
	writing := !b.running.TryLock()
	if !writing {
		defer b.running.Unlock()
	}
	held := []Held{}
	files, err := os.ReadDir(b.Dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, file := range files {
		part := filepath.Join(b.Dir, file.Name())
		info, err := os.Stat(part)
		if err != nil || !strings.HasSuffix(part, BackupSuffix+partSuffix) {
			continue
		}
		h := Held{Path: part, Time: TimeOf(modified(info))} // where it does not say yet
		m, err := ReadBackup(part)
		if err == nil {
			h.Time = m.Time
		}
		if writing && (err != nil || m.Database == b.Store.ID()) {
			h.Path = strings.TrimSuffix(part, partSuffix)
		}
		if m.Scheduled && h.Path != part {
			h.Until = b.until(-1)
		}
		if h.Time >= made {
			held = append(held, h)
		}
	}
	return held, nil
}

// until is when a backup with so many newer ones goes: when Keep newer ones have been made.
func (b *Backups) until(newer int) *Time {
	if b.Every <= 0 {
		return nil
	}
	left := max(b.Keep, 1) - newer - 1 // more of them before the one that takes its place
	t := b.Store.Now().Add(max(b.due(), 0) + time.Duration(max(left, 0))*b.Every)
	return &t
}

// asideTime is when a restore put a folder aside, as its name says.
func asideTime(name string) (Time, bool) {
	name, ok := strings.CutPrefix(name, asidePrefix)
	t, err := time.Parse(nameTime, name[:min(len(nameTime), len(name))])
	return TimeOf(t), ok && err == nil
}
