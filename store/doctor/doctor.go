// Package doctor looks at a data folder and its backups from outside, also while a service runs. It changes nothing.
package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"crm/store"
	"crm/store/backup"
	"crm/store/kv"
	"crm/store/zone"
)

// A Finding is one thing that was looked at.
type Finding struct {
	About  string
	Text   string // a sentence
	Advice string // what to do, a sentence; empty when all is well
}

// Examine examines a data folder and its backups from outside, also while a service runs. It changes nothing.
func Examine(dir, backups string, now time.Time) []Finding {
	d := &diagnosis{dir: dir, backups: backups, owns: store.Owns(dir), now: now}
	for _, look := range []func(){d.database, d.place, d.space, d.lastBackup, d.cutOff, d.key, d.permissions, d.leftovers} {
		look()
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

func (d *diagnosis) add(about, text, advice string) {
	d.found = append(d.found, Finding{about, text, advice})
}

// key looks whether the key can sign tokens.
func (d *diagnosis) key() {
	path := filepath.Join(d.dir, store.KeyName)
	switch info, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist):
		d.add("key", "There is no "+path+"; the next start makes one.", "")
	case err == nil && info.Size() < minKey:
		d.add("key", path+" is damaged: it is too short.", "Take it from a backup (tar --zstd -xf), or delete it and let everybody sign in again.")
	}
}

// minKey is how many bytes a key has at least.
const minKey = 32

// database opens the file for reading, which a running service does not allow, and compares the newest change with the clock.
func (d *diagnosis) database() {
	path := filepath.Join(d.dir, store.FileName)
	if err := store.Lost(d.dir, store.WithBackups(d.backups)); err != nil {
		d.add("database", "It cannot be opened: "+err.Error()+Advice(err)+".", "Restore the last verified backup.")
		return
	}
	info, err := os.Stat(path)
	if err != nil {
		d.add("database", fmt.Sprintf("%s cannot be found: %v.", path, err), "Name the folder of the data with --data.")
		return
	}
	d.size = info.Size()
	overview, err := store.ReadOverview(path)
	if errors.Is(err, store.ErrDamaged) {
		err = &store.FolderError{Dir: d.dir, Backups: d.backups, Err: err}
		err = fmt.Errorf("%w%s", err, Advice(err))
	}
	switch {
	case errors.Is(err, store.ErrLocked):
		d.add("database", fmt.Sprintf("The database has %.1f MB and is in use.", float64(d.size)/1e6), "")
	case errors.Is(err, store.ErrFull):
		d.add("database", fmt.Sprintf("A crash has left a write-ahead log, and the database was not looked at: %v.", err), "Make room for temporary files, or start the service.")
	case err != nil:
		d.add("database", fmt.Sprintf("The database cannot be opened: %v.", err), "Restore the last verified backup, or look at the file with crm check.")
	default:
		d.opened(overview)
	}
}

// opened looks at what is in a database that is not in use.
func (d *diagnosis) opened(o *store.Overview) {
	d.add("database", fmt.Sprintf("The database has %.1f MB and is not in use.", float64(d.size)/1e6), "")
	if o.Replayed > 0 {
		d.add("log", fmt.Sprintf("A crash has left %d commits in %s; the next start brings them into the database.", o.Replayed, store.WALName), "")
	}
	if o.Free > maxFreeSpace {
		d.add("free space", fmt.Sprintf("%.1f MB of the database are free, which makes each write slower.", float64(o.Free)/1e6), "Stop the service and run crm compact.")
	}
	if o.Schema < store.Schema() {
		d.add("schema", fmt.Sprintf("The database has schema %d. The next start, or command that writes, makes a backup and brings it to %d, which older programs cannot read.", o.Schema, store.Schema()), "")
	}
	if o.Changes > 0 {
		d.add("history", fmt.Sprintf("The change log has %d changes since %s, about %.1f MB.", o.Changes, o.Since, float64(o.LogBytes)/1e6), "")
	}
	if o.Newest != nil {
		d.clock(*o.Newest, "change")
	}
}

func (d *diagnosis) clock(done store.Time, what string) {
	d.found = append(d.found, Clock(done, what, d.now))
}

// Clock compares the machine's time with that of something that was done before.
func Clock(done store.Time, what string, now time.Time) Finding {
	if behind := done.Std().Sub(now); behind > time.Minute {
		return Finding{"clock", fmt.Sprintf("The clock is at least %s behind: the newest %s is of %s.", behind.Round(time.Minute), what, done),
			"Set the machine's clock, by the network if it has one; until then new records get the time of the newest change."}
	}
	return Finding{"clock", fmt.Sprintf("The clock is after the newest %s, of %s.", what, done), ""}
}

// syncNames are parts of the paths of folders that a program copies to the cloud.
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
				d.add("place", fmt.Sprintf("%s is in a folder that is copied to the cloud (%s).", path, step),
					"Move the data to a folder of this machine alone and let only the backups be copied: a database that is copied while it is written is damaged.")
				return
			}
		}
	}
	v, err := kv.VolumeOf(path)
	d.volume(path, v, err)
}

// volume looks at what a folder lies on.
func (d *diagnosis) volume(path string, v kv.Volume, err error) {
	advice := map[string]string{
		"network": "Move the data to a disk of this machine: locks and memory maps over a network are not safe.",
		"fuse":    "Make sure that this is a disk of this machine: if it is a network or a cloud, move the data.",
		"memory":  "Move the data to a disk: this is gone when the machine is switched off.",
	}[v.Kind]
	switch {
	case err != nil:
		d.add("place", fmt.Sprintf("The file system of %s cannot be asked: %v.", path, err), "")
	case advice != "":
		d.add("place", fmt.Sprintf("%s lies on a %s file system.", path, v.Kind), advice)
	default:
		d.add("place", path+" lies on a disk of this machine.", "")
	}
}

// maxFreeSpace is how much of a database may be free, in bytes, before writes notice: the list of free pages is written with
// each of them.
const maxFreeSpace = 64 << 20

// minFree is how much room a disk should have, in bytes, besides a copy of the database.
const minFree = 500 << 20

func (d *diagnosis) space() {
	d.rooms([]string{d.dir, d.backups}, kv.VolumeOf)
}

// rooms looks at the disks that folders lie on, at each once.
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

// room looks at how much room a folder's disk has.
func (d *diagnosis) room(dir string, free uint64) {
	advice := ""
	if free < minFree+2*uint64(d.size) { // a backup, and its database unpacked to verify it
		advice = fmt.Sprintf("Make room: a backup of this database needs up to %.1f GB for a while, and a full disk refuses every change.", (2*float64(d.size)+minFree)/1e9)
	}
	d.add("disk space", fmt.Sprintf("%.1f GB are free for %s.", float64(free)/1e9, dir), advice)
}

// maxAge is how old the last backup may be.
const maxAge = 48 * time.Hour

func (d *diagnosis) lastBackup() {
	list, err := backup.List(d.backups)
	if err != nil {
		d.add("backups", fmt.Sprintf("The backups cannot be listed: %v.", err), "Name their folder with --backup-dir.")
		return
	}
	for _, b := range list {
		if b.VerifiedAt == nil && (b.Format == 0 || d.owns(b.Database)) { // one that cannot be read may be ours
			d.add("backups", b.Path+" is not whole.", "Delete it when there is a newer one, and find out what cut it off.")
		}
	}
	last, ok := backup.Newest(d.backups, func(b backup.File) bool { return d.owns(b.Database) })
	if !ok {
		d.add("backups", "There is no verified backup of this database in "+d.backups+".", "Make one with crm backup, and let the service make them with --backup-every.")
		return
	}
	age, advice := d.now.Sub(last.Time.Std()), ""
	if age > maxAge {
		advice = "Make one with crm backup, and let the service make them with --backup-every."
	}
	d.add("backups", fmt.Sprintf("The last verified backup is of %s, %s ago: %s.", last.Time, max(age, 0).Round(time.Minute), last.Path), advice)
	if age < 0 {
		d.clock(last.Time, "backup")
	}
	if a, e := filepath.Abs(d.backups); e == nil {
		if b, e := filepath.Abs(d.dir); e == nil && strings.HasPrefix(a, b+string(filepath.Separator)) {
			d.add("backups", "The backups lie beside the data.", "Copy them to another disk or machine now and then: one that breaks takes both.")
		}
	}
}

func (d *diagnosis) permissions() {
	if runtime.GOOS == "windows" { // where the folder's list of users decides
		return
	}
	for _, name := range []string{store.KeyName, store.FileName} {
		path := filepath.Join(d.dir, name)
		info, err := os.Stat(path)
		switch {
		case err != nil:
		case info.Mode().Perm()&0o077 != 0:
			d.add("permissions", fmt.Sprintf("Other users of this machine can open %s (%s).", path, info.Mode().Perm()), "Keep them out with chmod 600 "+path+".")
		default:
			d.add("permissions", "Only its owner can open "+path+".", "")
		}
	}
}

// maxBackup is how long a backup or a verification may take before what it writes is taken for a crash's.
const maxBackup = 6 * time.Hour

// cutOff are the files and folders of backups and verifications that a crash has ended. They have everybody's data in them.
func (d *diagnosis) cutOff() {
	files, _ := os.ReadDir(d.backups)
	for _, file := range files {
		name := file.Name()
		if !strings.Contains(name, backup.PartSuffix) && !strings.HasPrefix(name, backup.VerifyPrefix) {
			continue
		}
		if b, err := backup.Read(filepath.Join(d.backups, name)); err == nil && !d.owns(b.Database) { // another service's, which removes it
			continue
		}
		if info, err := file.Info(); err == nil && d.now.Sub(store.Modified(info)) > maxBackup {
			d.add("backups", filepath.Join(d.backups, name)+" is what is left of a backup that was cut off.", "Delete it: it has everybody's data in it, and nothing needs it.")
		}
	}
}

// leftovers are what earlier restores keep.
func (d *diagnosis) leftovers() {
	var kept []string
	files, _ := os.ReadDir(d.dir)
	for _, file := range files {
		if strings.HasPrefix(file.Name(), store.ReplacedPrefix) || file.Name() == store.WALName+kv.UnusedSuffix {
			kept = append(kept, filepath.Join(d.dir, file.Name()))
		}
	}
	if len(kept) > 0 {
		d.add("restores", fmt.Sprintf("Data from before a restore, or another database's, is kept in %s.", strings.Join(kept, ", ")), "Delete it when nobody misses anything.")
	}
}

// maxZoneData is how old zone data may be: governments change their clocks every few weeks.
const maxZoneData = 365 * 24 * time.Hour

// Zone looks at the rules of the office's clock, and at the machine's own, nil where it has none.
func Zone(office *zone.Zone, machine *zone.Data, now time.Time) []Finding {
	d := diagnosis{now: now}
	data, advice := office.Data(), ""
	if now.Sub(data.Released) > maxZoneData {
		advice = "Update crm, or the machine's package tzdata: clocks may have changed since."
	}
	d.add("time zone", fmt.Sprintf("%s is at %s by zone data %s.", office.Name(), clockOffset(office, now), data.Version), advice)
	if machine == nil {
		return d.found
	}
	if other, err := machine.Zone(office.Name()); err == nil {
		d.otherRules(office, other)
	}
	return d.found
}

// otherRules compares the offsets of the office's clock now and in the next year with those that the machine's data gives.
func (d *diagnosis) otherRules(office, other *zone.Zone) {
	end := d.now.AddDate(1, 0, 0)
	for _, o := range slices.Concat(office.Offsets(d.now, end), other.Offsets(d.now, end)) {
		if office.Offset(o.From) != other.Offset(o.From) {
			d.add("time zone", fmt.Sprintf("By the machine's own zone data %s is at %s, and by the data in use at %s, at %s.",
				office.Name(), clockOffset(other, o.From), clockOffset(office, o.From), store.TimeOf(o.From)),
				"Update the machine's package tzdata: other programs on it show other times than crm.")
			return
		}
	}
}

// clockOffset is how far a zone's clocks are ahead of UTC, as in +01:00.
func clockOffset(z *zone.Zone, at time.Time) string { return at.In(z.Location()).Format("-07:00") }
