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

// A Retained is a copy of the data as it was at a time.
type Retained struct {
	Path  string      `json:"path"`
	Time  store.Time  `json:"time"`  // when it was made
	Until *store.Time `json:"until"` // when the service is going to delete it; null if people have to
}

// Retained returns the copies that may contain a record that was created at a time: backups in Dir, files in the data folder that a
// restore replaced, and a write-ahead log of another database. It does not know of copies elsewhere.
func (b *Schedule) Retained(made store.Time) ([]Retained, error) {
	retained, err := b.underWay(made) // before List, so that one that is finished meanwhile is in one of them
	if err != nil {
		return nil, err
	}
	list, err := List(b.Dir) // includes other databases, from which the data may have come
	if err != nil {
		return nil, err
	}
	newer := 0 // scheduled backups, which the service deletes
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
		if at, ok := replacedTime(file.Name()); ok && at.Add(time.Second) > made { // times in names have no fractions
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

// underWay returns backups that are being written to Dir, with their final names, and those that a crash cut off.
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
		h := Retained{Path: part, Time: store.TimeOf(store.Modified(info))} // unless it has a manifest already
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

// until returns when a scheduled backup with a number of newer ones will be deleted, which is when there are Keep newer ones.
func (b *Schedule) until(newer int) *store.Time {
	if b.Every <= 0 {
		return nil
	}
	left := max(b.Keep, 1) - newer - 1 // backups that are still to be made before it is deleted
	t := b.Store.Now().Add(max(b.due(), 0) + time.Duration(max(left, 0))*b.Every)
	return &t
}

// replacedTime returns when a restore made a folder for replaced files, from its name.
func replacedTime(name string) (store.Time, bool) {
	name, ok := strings.CutPrefix(name, store.ReplacedPrefix)
	t, err := time.Parse(nameTime, name[:min(len(nameTime), len(name))])
	return store.TimeOf(t), ok && err == nil
}
