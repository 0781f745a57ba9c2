package backup

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"crm/store"
	"crm/store/kv"
)

// A Retained is a copy of the data that has what the store had at a time.
type Retained struct {
	Path  string      `json:"path"`
	Time  store.Time  `json:"time"`  // of the copy
	Until *store.Time `json:"until"` // when the service is going to delete it; null where somebody has to
}

// Retained returns the copies that may have a record that was made at a time: the backups in Dir, what restores have replaced in
// the data folder, and a write-ahead log of another database. Copies elsewhere are not known.
func (b *Schedule) Retained(made store.Time) ([]Retained, error) {
	retained, err := b.underWay(made) // before the list, or one that is finished meanwhile would be in neither
	if err != nil {
		return nil, err
	}
	list, err := List(b.Dir) // also those of other databases: the data may have come from one of them
	if err != nil {
		return nil, err
	}
	newer := 0 // of those that the service deletes
	for _, backup := range list {
		h := Retained{Path: backup.Path, Time: backup.Time}
		if b.ours(backup) {
			h.Until = b.until(newer)
			newer++
		}
		if backup.Time >= made && !slices.ContainsFunc(retained, func(h Retained) bool { return h.Path == backup.Path }) {
			retained = append(retained, h)
		}
	}
	files, err := os.ReadDir(b.Store.Dir())
	for _, file := range files {
		path := filepath.Join(b.Store.Dir(), file.Name())
		if at, ok := replacedTime(file.Name()); ok && at.Add(time.Second) > made { // names have whole seconds
			retained = append(retained, Retained{Path: path, Time: at})
		}
	}
	if path := filepath.Join(b.Store.Dir(), store.WALName+kv.UnusedSuffix); err == nil {
		if info, err := os.Stat(path); err == nil && store.TimeOf(store.Modified(info).Add(time.Second)) > made {
			retained = append(retained, Retained{Path: path, Time: store.TimeOf(store.Modified(info))})
		}
	}
	return retained, err
}

// underWay returns backups that are being written to Dir, under the names that they will have, and what crashes have left of some.
func (b *Schedule) underWay(made store.Time) ([]Retained, error) {
	writing := !b.running.TryLock()
	if !writing {
		defer b.running.Unlock()
	}
	retained := []Retained{}
	files, err := os.ReadDir(b.Dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, file := range files {
		part := filepath.Join(b.Dir, file.Name())
		info, err := os.Stat(part)
		if err != nil || !strings.HasSuffix(part, Suffix+PartSuffix) {
			continue
		}
		h := Retained{Path: part, Time: store.TimeOf(store.Modified(info))} // where it does not say yet
		m, err := Read(part)
		if err == nil {
			h.Time = m.Time
		}
		if writing && (err != nil || m.Database == b.Store.ID()) {
			h.Path = strings.TrimSuffix(part, PartSuffix)
		}
		if m.Scheduled && h.Path != part {
			h.Until = b.until(-1)
		}
		if h.Time >= made {
			retained = append(retained, h)
		}
	}
	return retained, nil
}

// until returns when a backup with so many newer ones goes: when Keep newer ones have been made.
func (b *Schedule) until(newer int) *store.Time {
	if b.Every <= 0 {
		return nil
	}
	left := max(b.Keep, 1) - newer - 1 // more of them before the one that takes its place
	t := b.Store.Now().Add(max(b.due(), 0) + time.Duration(max(left, 0))*b.Every)
	return &t
}

// replacedTime returns when a restore put a folder aside, as its name says.
func replacedTime(name string) (store.Time, bool) {
	name, ok := strings.CutPrefix(name, store.ReplacedPrefix)
	t, err := time.Parse(nameTime, name[:min(len(nameTime), len(name))])
	return store.TimeOf(t), ok && err == nil
}
