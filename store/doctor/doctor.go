// Package doctor examines a data folder and its backups from outside, also while a service runs. It changes nothing.
//
//	for _, finding := range doctor.Examine("/srv/crm", "/srv/crm/backups", time.Now()) {
//		fmt.Println(finding.Code, finding.Facts)
//	}
//
// finding.go lists what may be found; doctor.go examines the folder, and zone.go the rules of the office's clock. Package terminal turns
// findings into sentences for people.
package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"crm/store"
	"crm/store/backup"
	"crm/store/kv"
)

// Examine examines a data folder and its backups from outside, also while a service runs. It changes nothing.
func Examine(dir, backups string, now time.Time) []Finding {
	d := &diagnosis{dir: dir, backups: backups, owns: store.Owns(dir), now: now}
	for _, examine := range []func(){d.database, d.place, d.space, d.lastBackup, d.cutOff, d.key, d.permissions, d.leftovers} {
		examine()
	}
	return d.found
}

type diagnosis struct {
	dir, backups string
	owns         func(store.ID) bool // whether a backup is of this folder's database
	now          time.Time
	size         int64 // of the database
	found        []Finding
}

func (d *diagnosis) add(code Code, facts store.Facts) {
	d.found = append(d.found, Finding{code, facts})
}

// key finds out whether the key can sign tokens.
func (d *diagnosis) key() {
	path := filepath.Join(d.dir, store.KeyName)
	switch info, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist):
		d.add(KeyMissing, store.Facts{"path": path})
	case err == nil && info.Size() < minKey:
		d.add(KeyShort, store.Facts{"path": path})
	}
}

// minKey is how many bytes a key has at least.
const minKey = 32

// database opens the file for reading, which a running service does not allow, and compares the newest change with the clock.
func (d *diagnosis) database() {
	path := filepath.Join(d.dir, store.FileName)
	if err := store.Lost(d.dir, store.WithBackups(d.backups)); err != nil {
		d.add(DatabaseLost, store.Facts{"error": err})
		return
	}
	info, err := os.Stat(path)
	if err != nil {
		d.add(DatabaseMissing, store.Facts{"path": path, "error": err})
		return
	}
	d.size = info.Size()
	overview, err := store.ReadOverview(path)
	if errors.Is(err, store.ErrDamaged) {
		err = &store.FolderError{Dir: d.dir, Backups: d.backups, Err: err}
	}
	switch {
	case errors.Is(err, store.ErrLocked):
		d.add(DatabaseInUse, store.Facts{"size": d.size})
	case errors.Is(err, store.ErrFull):
		d.add(DatabaseNoRoom, store.Facts{"error": err})
	case err != nil:
		d.add(DatabaseUnreadable, store.Facts{"error": err})
	default:
		d.opened(overview)
	}
}

// opened reports what is in a database that is not in use.
func (d *diagnosis) opened(o *store.Overview) {
	d.add(DatabaseClosed, store.Facts{"size": d.size})
	if o.Replayed > 0 {
		d.add(WALLeft, store.Facts{"commits": o.Replayed, "name": store.WALName})
	}
	if o.Free > maxFreeSpace {
		d.add(FreePages, store.Facts{"size": o.Free})
	}
	if o.Schema < store.Schema() {
		d.add(SchemaOld, store.Facts{"found": o.Schema, "newest": store.Schema()})
	}
	if o.Changes > 0 {
		d.add(ChangeLog, store.Facts{"changes": o.Changes, "since": o.Since, "size": int64(o.LogBytes)})
	}
	if o.Newest != nil {
		d.clock(*o.Newest, "change")
	}
}

func (d *diagnosis) clock(done store.Time, what string) {
	d.found = append(d.found, Clock(done, what, d.now))
}

// Clock compares the machine's time with that of an earlier change or backup.
func Clock(done store.Time, what string, now time.Time) Finding {
	if behind := done.Std().Sub(now); behind > time.Minute {
		return Finding{ClockBehind, store.Facts{"what": what, "time": done, "behind": behind}}
	}
	return Finding{ClockRight, store.Facts{"what": what, "time": done}}
}

// syncNames has the beginnings of names of folders that programs copy to the cloud.
var syncNames = []string{"dropbox", "onedrive", "google drive", "googledrive", "my drive", "icloud", "mobile documents", "nextcloud", "owncloud", "box sync", "pcloud", "megasync", "syncthing"}

func (d *diagnosis) place() {
	path, err := filepath.Abs(d.dir)
	if err != nil {
		path = d.dir
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	for step := range strings.SplitSeq(strings.ToLower(filepath.ToSlash(path)), "/") {
		for _, name := range syncNames {
			if strings.HasPrefix(step, name) {
				d.add(FolderSynced, store.Facts{"path": path, "folder": step})
				return
			}
		}
	}
	v, err := kv.VolumeOf(path)
	d.volume(path, v, err)
}

// volume reports what kind of disk a folder is on.
func (d *diagnosis) volume(path string, v kv.Volume, err error) {
	code, remote := map[string]Code{"network": FolderOnNetwork, "fuse": FolderOnFUSE, "memory": FolderInMemory}[v.Kind]
	switch {
	case err != nil:
		d.add(FolderUnknown, store.Facts{"path": path, "error": err})
	case remote:
		d.add(code, store.Facts{"path": path, "kind": v.Kind})
	default:
		d.add(FolderOnDisk, store.Facts{"path": path})
	}
}

// maxFreeSpace is the size in bytes of free pages above which writes become slower, since each commit writes the list of free pages.
const maxFreeSpace = 64 << 20

// minFree is the free space in bytes that a disk should have in addition to a copy of the database.
const minFree = 500 << 20

func (d *diagnosis) space() {
	d.rooms([]string{d.dir, d.backups}, kv.VolumeOf)
}

// rooms reports the free space on the disks of folders, once for each disk.
func (d *diagnosis) rooms(dirs []string, volumeOf func(string) (kv.Volume, error)) {
	seen := map[uint64]bool{}
	for _, dir := range dirs {
		v, err := volumeOf(dir)
		if err != nil || seen[v.ID] {
			continue
		}
		seen[v.ID] = true
		d.room(dir, v.Free)
	}
}

// room reports the free space on the disk of a folder.
func (d *diagnosis) room(dir string, free uint64) {
	needed := minFree + 2*uint64(d.size) // for a backup, and for its database, which is unpacked to verify it
	if free < needed {
		d.add(DiskSpaceLow, store.Facts{"free": int64(free), "path": dir, "needed": int64(needed)})
		return
	}
	d.add(DiskSpace, store.Facts{"free": int64(free), "path": dir})
}

// maxAge is how old the last backup may be.
const maxAge = 48 * time.Hour

func (d *diagnosis) lastBackup() {
	list, err := backup.List(d.backups)
	if err != nil {
		d.add(BackupsUnreadable, store.Facts{"error": err})
		return
	}
	for _, b := range list {
		if b.VerifiedAt == nil && (b.Format == 0 || d.owns(b.Database)) { // a file that cannot be read may be one of ours
			d.add(BackupIncomplete, store.Facts{"path": b.Path})
		}
	}
	last, ok := backup.Newest(d.backups, func(b backup.File) bool { return d.owns(b.Database) })
	if !ok {
		d.add(BackupMissing, store.Facts{"folder": d.backups})
		return
	}
	age, code := d.now.Sub(last.Time.Std()), BackupRecent
	if age > maxAge {
		code = BackupOld
	}
	d.add(code, store.Facts{"path": last.Path, "time": last.Time, "age": max(age, 0)})
	if age < 0 {
		d.clock(last.Time, "backup")
	}
	if a, e := filepath.Abs(d.backups); e == nil {
		if b, e := filepath.Abs(d.dir); e == nil && strings.HasPrefix(a, b+string(filepath.Separator)) {
			d.add(BackupsBesideData, nil)
		}
	}
}

func (d *diagnosis) permissions() {
	if runtime.GOOS == "windows" { // permissions are those of the folder there
		return
	}
	for _, name := range []string{store.KeyName, store.FileName} {
		path := filepath.Join(d.dir, name)
		info, err := os.Stat(path)
		switch {
		case err != nil:
		case info.Mode().Perm()&0o077 != 0:
			d.add(FileShared, store.Facts{"path": path, "mode": info.Mode().Perm()})
		default:
			d.add(FilePrivate, store.Facts{"path": path})
		}
	}
}

// maxBackup is how long a backup or a verification may take. Older temporary files were left by a crash.
const maxBackup = 6 * time.Hour

// cutOff reports the files and folders of backups and verifications that a crash ended. They contain everybody's data.
func (d *diagnosis) cutOff() {
	files, _ := os.ReadDir(d.backups)
	for _, file := range files {
		name := file.Name()
		if !strings.Contains(name, backup.PartSuffix) && !strings.HasPrefix(name, backup.VerifyPrefix) {
			continue
		}
		if b, err := backup.Read(filepath.Join(d.backups, name)); err == nil && !d.owns(b.Database) { // of another service, which removes it
			continue
		}
		if info, err := file.Info(); err == nil && d.now.Sub(store.Modified(info)) > maxBackup {
			d.add(BackupCutOff, store.Facts{"path": filepath.Join(d.backups, name)})
		}
	}
}

// leftovers reports what earlier restores have kept.
func (d *diagnosis) leftovers() {
	var kept []string
	files, _ := os.ReadDir(d.dir)
	for _, file := range files {
		if strings.HasPrefix(file.Name(), store.ReplacedPrefix) || file.Name() == store.WALName+kv.UnusedSuffix {
			kept = append(kept, filepath.Join(d.dir, file.Name()))
		}
	}
	if len(kept) > 0 {
		d.add(ReplacedKept, store.Facts{"paths": kept})
	}
}
