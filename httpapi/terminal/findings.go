package terminal

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"crm/store"
	"crm/store/doctor"
)

// A sentence is what people read of a finding. Names in braces are replaced by the finding's facts; a word after a name says how a
// number is written.
type sentence struct {
	about, text string
	advice      string // what to do; empty when all is well
}

const makeBackup = "Make one with crm backup, and let the service make them with --backup-every."

// findings has the sentences of every code.
var findings = map[doctor.Code]sentence{
	doctor.DatabaseClosed:     {"database", "The database has {size MB} MB and is not in use.", ""},
	doctor.DatabaseInUse:      {"database", "The database has {size MB} MB and is in use.", ""},
	doctor.DatabaseLost:       {"database", "It cannot be opened: {error}.", "Restore the last verified backup."},
	doctor.DatabaseMissing:    {"database", "{path} cannot be found: {error}.", "Name the folder of the data with --data."},
	doctor.DatabaseNoRoom:     {"database", "A crash has left a write-ahead log, and the database was not looked at: {error}.", "Make room for temporary files, or start the service."},
	doctor.DatabaseUnreadable: {"database", "The database cannot be opened: {error}.", "Restore the last verified backup, or look at the file with crm check."},

	doctor.WALLeft:   {"log", "A crash has left {commits} commits in {name}; the next start brings them into the database.", ""},
	doctor.FreePages: {"free space", "{size MB} MB of the database are free, which makes each write slower.", "Stop the service and run crm compact."},
	doctor.SchemaOld: {"schema", "The database has schema {found}. The next start, or command that writes, makes a backup and brings it to {newest}, which older programs cannot read.", ""},
	doctor.ChangeLog: {"history", "The change log has {changes} changes since {since}, about {size MB} MB.", ""},

	doctor.ClockRight: {"clock", "The clock is after the newest {what}, of {time}.", ""},
	doctor.ClockBehind: {"clock", "The clock is at least {behind} behind: the newest {what} is of {time}.",
		"Set the machine's clock, by the network if it has one; until then new records get the time of the newest change."},

	doctor.FolderSynced: {"place", "{path} is in a folder that is copied to the cloud ({folder}).",
		"Move the data to a folder of this machine alone and let only the backups be copied: a database that is copied while it is written is damaged."},
	doctor.FolderOnNetwork: {"place", "{path} lies on a {kind} file system.", "Move the data to a disk of this machine: locks and memory maps over a network are not safe."},
	doctor.FolderOnFUSE:    {"place", "{path} lies on a {kind} file system.", "Make sure that this is a disk of this machine: if it is a network or a cloud, move the data."},
	doctor.FolderInMemory:  {"place", "{path} lies on a {kind} file system.", "Move the data to a disk: this is gone when the machine is switched off."},
	doctor.FolderOnDisk:    {"place", "{path} lies on a disk of this machine.", ""},
	doctor.FolderUnknown:   {"place", "The file system of {path} cannot be asked: {error}.", ""},

	doctor.DiskSpace: {"disk space", "{free GB} GB are free for {path}.", ""},
	doctor.DiskSpaceLow: {"disk space", "{free GB} GB are free for {path}.",
		"Make room: a backup of this database needs up to {needed GB} GB for a while, and a full disk refuses every change."},

	doctor.BackupsUnreadable: {"backups", "The backups cannot be listed: {error}.", "Name their folder with --backup-dir."},
	doctor.BackupIncomplete:  {"backups", "{path} is not whole.", "Delete it when there is a newer one, and find out what cut it off."},
	doctor.BackupMissing:     {"backups", "There is no verified backup of this database in {folder}.", makeBackup},
	doctor.BackupRecent:      {"backups", "The last verified backup is of {time}, {age} ago: {path}.", ""},
	doctor.BackupOld:         {"backups", "The last verified backup is of {time}, {age} ago: {path}.", makeBackup},
	doctor.BackupsBesideData: {"backups", "The backups lie beside the data.", "Copy them to another disk or machine now and then: one that breaks takes both."},
	doctor.BackupCutOff:      {"backups", "{path} is what is left of a backup that was cut off.", "Delete it: it has everybody's data in it, and nothing needs it."},
	doctor.BackupFailed:      {"backups", "The service could not make a backup at {time}.", "Look for 'backup failed' in its log, and try crm backup."},

	doctor.KeyMissing:   {"key", "There is no {path}; the next start makes one.", ""},
	doctor.KeyShort:     {"key", "{path} is damaged: it is too short.", "Take it from a backup (tar --zstd -xf), or delete it and let everybody sign in again."},
	doctor.FilePrivate:  {"permissions", "Only its owner can open {path}.", ""},
	doctor.FileShared:   {"permissions", "Other users of this machine can open {path} ({mode}).", "Keep them out with chmod 600 {path}."},
	doctor.ReplacedKept: {"restores", "Data from before a restore, or another database's, is kept in {paths}.", "Delete it when nobody misses anything."},

	doctor.ZoneRules:    {"time zone", "{zone} is at {offset} by zone data {version}.", ""},
	doctor.ZoneRulesOld: {"time zone", "{zone} is at {offset} by zone data {version}.", "Update crm, or the machine's package tzdata: clocks may have changed since."},
	doctor.ZoneRulesDiffer: {"time zone", "By the machine's own zone data {zone} is at {machine}, and by the data in use at {offset}, at {time}.",
		"Update the machine's package tzdata: other programs on it show other times than crm."},
	doctor.ZoneRulesRestart: {"time zone", "The service uses zone data {used}, and there is {newest}.", "Restart the service."},

	doctor.ServiceStopped:    {"service", "The service does not run; its next start has {changes} changes to read.", ""},
	doctor.ServiceImpossible: {"service", "The service cannot run on this folder: {error}.", "Look at what is said about the database."},
	doctor.ServiceSilent:     {"service", "Something uses the folder, and no service answers.", "Wait until the service has started, or stop the program that uses the folder."},
	doctor.ServiceStarting:   {"service", "The service at {url} is starting.", "Wait until it has read the data; its log says how far it is."},
	doctor.ServiceRuns:       {"service", "The service runs at {url} and searches are up to date.", ""},
	doctor.ServiceIndexing:   {"service", "The service runs at {url}; searches find {customers} customers by scanning until the index has them.", ""},
	doctor.ServiceReadOnly: {"service", "No changes can be saved: {error}.",
		"Look at the service's log for the cause; a full disk wants room, and anything else somebody who looks at the disk and starts the service again."},
	doctor.RecordsUnreadable: {"records", "The service leaves out {count records} that cannot be read.",
		"Stop the service and run crm check, which names all of them, and look for them in a backup from before."},
}

// PrintFindings prints what the doctor found, and returns how many of the findings need attention.
func PrintFindings(w io.Writer, found []doctor.Finding) (advised int) {
	for _, f := range found {
		about, text, advice := Sentence(f)
		fmt.Fprintf(w, "%-12s %s\n", about, text)
		if advice != "" {
			advised++
			fmt.Fprintf(w, "%-12s → %s\n", "", advice)
		}
	}
	return advised
}

// Sentence returns what a finding is about, the finding as a sentence, and what to do, which is empty when all is well.
func Sentence(f doctor.Finding) (about, text, advice string) {
	s := findings[f.Code]
	return s.about, fillIn(s.text, f.Facts), fillIn(s.advice, f.Facts)
}

var placeholder = regexp.MustCompile(`\{(\w+)(?: (\w+))?\}`)

// fillIn replaces the names in braces by facts.
func fillIn(text string, facts store.Facts) string {
	return placeholder.ReplaceAllStringFunc(text, func(s string) string {
		m := placeholder.FindStringSubmatch(s)
		return written(facts[m[1]], m[2])
	})
}

// written returns a fact as people write it.
func written(fact any, format string) string {
	switch v := fact.(type) {
	case error:
		return v.Error() + Advice(v)
	case time.Duration:
		return v.Round(time.Minute).String()
	case []string:
		return strings.Join(v, ", ")
	case int64:
		switch format {
		case "MB":
			return fmt.Sprintf("%.1f", float64(v)/1e6)
		case "GB":
			return fmt.Sprintf("%.1f", float64(v)/1e9)
		}
	case int:
		if format == "records" {
			return Several(v, "record")
		}
	}
	return fmt.Sprint(fact)
}
