package terminal

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/store"
	"crm/store/doctor"
)

// What is said of every finding, to the letter.
func TestSentences(t *testing.T) {
	at, broken := store.Time(1_790_000_000_000), errors.New("input/output error")
	const lastOf, makeOne = "The last verified backup is of 2026-09-21T14:13:20.000Z, ", "Make one with crm backup, and let the service make them with --backup-every."
	tests := []struct {
		code                doctor.Code
		facts               store.Facts
		about, text, advice string
	}{
		{doctor.DatabaseClosed, store.Facts{"size": int64(1_250_000)}, "database", "The database has 1.2 MB and is not in use.", ""},
		{doctor.DatabaseInUse, store.Facts{"size": int64(40_000_000)}, "database", "The database has 40.0 MB and is in use.", ""},
		{doctor.DatabaseLost, store.Facts{"error": &store.FolderError{Dir: "/d", Backups: "/none", Traces: []string{"index"}, Err: store.ErrLost}}, "database",
			"It cannot be opened: the database is gone: there is no crm.db in /d, where there was one; there is no verified backup in /none: if there is one elsewhere, " +
				"bring it back with crm restore FILE --data /d; to begin with an empty one on purpose, name another folder with --data, or move these elsewhere first: index.",
			"Restore the last verified backup."},
		{doctor.DatabaseMissing, store.Facts{"path": "/d/crm.db", "error": fs.ErrNotExist}, "database", "/d/crm.db cannot be found: file does not exist.", "Name the folder of the data with --data."},
		{doctor.DatabaseNoRoom, store.Facts{"error": store.ErrFull}, "database", "A crash has left a write-ahead log, and the database was not looked at: disk is full.",
			"Make room for temporary files, or start the service."},
		{doctor.DatabaseUnreadable, store.Facts{"error": broken}, "database", "The database cannot be opened: input/output error.", "Restore the last verified backup, or look at the file with crm check."},
		{doctor.WALLeft, store.Facts{"commits": 3, "name": "crm.journal"}, "log", "A crash has left 3 commits in crm.journal; the next start brings them into the database.", ""},
		{doctor.FreePages, store.Facts{"size": int64(100_000_000)}, "free space", "100.0 MB of the database are free, which makes each write slower.", "Stop the service and run crm compact."},
		{doctor.SchemaOld, store.Facts{"found": 1, "newest": 3}, "schema",
			"The database has schema 1. The next start, or command that writes, makes a backup and brings it to 3, which older programs cannot read.", ""},
		{doctor.ChangeLog, store.Facts{"changes": uint64(7), "since": at, "size": int64(1_400_000)}, "history", "The change log has 7 changes since 2026-09-21T14:13:20.000Z, about 1.4 MB.", ""},
		{doctor.ClockRight, store.Facts{"what": "change", "time": at}, "clock", "The clock is after the newest change, of 2026-09-21T14:13:20.000Z.", ""},
		{doctor.ClockBehind, store.Facts{"what": "backup", "time": at, "behind": 2*time.Hour + 40*time.Second}, "clock",
			"The clock is at least 2h1m0s behind: the newest backup is of 2026-09-21T14:13:20.000Z.",
			"Set the machine's clock, by the network if it has one; until then new records get the time of the newest change."},
		{doctor.FolderSynced, store.Facts{"path": "/home/a/dropbox/crm", "folder": "dropbox"}, "place", "/home/a/dropbox/crm is in a folder that is copied to the cloud (dropbox).",
			"Move the data to a folder of this machine alone and let only the backups be copied: a database that is copied while it is written is damaged."},
		{doctor.FolderOnNetwork, store.Facts{"path": "/d", "kind": "network"}, "place", "/d lies on a network file system.",
			"Move the data to a disk of this machine: locks and memory maps over a network are not safe."},
		{doctor.FolderOnFUSE, store.Facts{"path": "/d", "kind": "fuse"}, "place", "/d lies on a fuse file system.",
			"Make sure that this is a disk of this machine: if it is a network or a cloud, move the data."},
		{doctor.FolderInMemory, store.Facts{"path": "/d", "kind": "memory"}, "place", "/d lies on a memory file system.", "Move the data to a disk: this is gone when the machine is switched off."},
		{doctor.FolderOnDisk, store.Facts{"path": "/d"}, "place", "/d lies on a disk of this machine.", ""},
		{doctor.FolderUnknown, store.Facts{"path": "/d", "error": broken}, "place", "The file system of /d cannot be asked: input/output error.", ""},
		{doctor.DiskSpace, store.Facts{"free": int64(2_340_000_000), "path": "/d"}, "disk space", "2.3 GB are free for /d.", ""},
		{doctor.DiskSpaceLow, store.Facts{"free": int64(200_000_000), "path": "/d", "needed": int64(900_000_000)}, "disk space", "0.2 GB are free for /d.",
			"Make room: a backup of this database needs up to 0.9 GB for a while, and a full disk refuses every change."},
		{doctor.BackupsUnreadable, store.Facts{"error": broken}, "backups", "The backups cannot be listed: input/output error.", "Name their folder with --backup-dir."},
		{doctor.BackupIncomplete, store.Facts{"path": "/b/a"}, "backups", "/b/a is not whole.", "Delete it when there is a newer one, and find out what cut it off."},
		{doctor.BackupMissing, store.Facts{"folder": "/b"}, "backups", "There is no verified backup of this database in /b.", makeOne},
		{doctor.BackupRecent, store.Facts{"path": "/b/a", "time": at, "age": time.Hour}, "backups", lastOf + "1h0m0s ago: /b/a.", ""},
		{doctor.BackupOld, store.Facts{"path": "/b/a", "time": at, "age": 72 * time.Hour}, "backups", lastOf + "72h0m0s ago: /b/a.", makeOne},
		{doctor.BackupsBesideData, nil, "backups", "The backups lie beside the data.", "Copy them to another disk or machine now and then: one that breaks takes both."},
		{doctor.BackupCutOff, store.Facts{"path": "/b/a.part"}, "backups", "/b/a.part is what is left of a backup that was cut off.", "Delete it: it has everybody's data in it, and nothing needs it."},
		{doctor.BackupFailed, store.Facts{"time": at}, "backups", "The service could not make a backup at 2026-09-21T14:13:20.000Z.", "Look for 'backup failed' in its log, and try crm backup."},
		{doctor.KeyMissing, store.Facts{"path": "/d/token.key"}, "key", "There is no /d/token.key; the next start makes one.", ""},
		{doctor.KeyShort, store.Facts{"path": "/d/token.key"}, "key", "/d/token.key is damaged: it is too short.",
			"Take it from a backup (tar --zstd -xf), or delete it and let everybody sign in again."},
		{doctor.FilePrivate, store.Facts{"path": "/d/crm.db"}, "permissions", "Only its owner can open /d/crm.db.", ""},
		{doctor.FileShared, store.Facts{"path": "/d/crm.db", "mode": fs.FileMode(0o644)}, "permissions", "Other users of this machine can open /d/crm.db (-rw-r--r--).",
			"Keep them out with chmod 600 /d/crm.db."},
		{doctor.ReplacedKept, store.Facts{"paths": []string{"/d/a", "/d/b"}}, "restores", "Data from before a restore, or another database's, is kept in /d/a, /d/b.",
			"Delete it when nobody misses anything."},
		{doctor.ZoneRules, store.Facts{"zone": "Asia/Tokyo", "offset": "+09:00", "version": "2026c"}, "time zone", "Asia/Tokyo is at +09:00 by zone data 2026c.", ""},
		{doctor.ZoneRulesOld, store.Facts{"zone": "Asia/Tokyo", "offset": "+09:00", "version": "2026c"}, "time zone", "Asia/Tokyo is at +09:00 by zone data 2026c.",
			"Update crm, or the machine's package tzdata: clocks may have changed since."},
		{doctor.ZoneRulesDiffer, store.Facts{"zone": "Africa/Casablanca", "machine": "+01:00", "offset": "+00:00", "time": at}, "time zone",
			"By the machine's own zone data Africa/Casablanca is at +01:00, and by the data in use at +00:00, at 2026-09-21T14:13:20.000Z.",
			"Update the machine's package tzdata: other programs on it show other times than crm."},
		{doctor.ZoneRulesRestart, store.Facts{"used": "2026b", "newest": "2026c"}, "time zone", "The service uses zone data 2026b, and there is 2026c.", "Restart the service."},
		{doctor.ServiceStopped, store.Facts{"changes": uint64(4)}, "service", "The service does not run; its next start has 4 changes to read.", ""},
		{doctor.ServiceImpossible, store.Facts{"error": broken}, "service", "The service cannot run on this folder: input/output error.", "Look at what is said about the database."},
		{doctor.ServiceSilent, nil, "service", "Something uses the folder, and no service answers.", "Wait until the service has started, or stop the program that uses the folder."},
		{doctor.ServiceStarting, store.Facts{"url": "http://a"}, "service", "The service at http://a is starting.", "Wait until it has read the data; its log says how far it is."},
		{doctor.ServiceRuns, store.Facts{"url": "http://a"}, "service", "The service runs at http://a and searches are up to date.", ""},
		{doctor.ServiceIndexing, store.Facts{"url": "http://a", "customers": 9}, "service", "The service runs at http://a; searches find 9 customers by scanning until the index has them.", ""},
		{doctor.ServiceReadOnly, store.Facts{"error": broken}, "service", "No changes can be saved: input/output error.",
			"Look at the service's log for the cause; a full disk wants room, and anything else somebody who looks at the disk and starts the service again."},
		{doctor.RecordsUnreadable, store.Facts{"count": 1}, "records", "The service leaves out 1 record that cannot be read.",
			"Stop the service and run crm check, which names all of them, and look for them in a backup from before."},
	}
	var said []doctor.Code
	for _, tt := range tests {
		said = append(said, tt.code)
		if about, text, advice := Sentence(doctor.Finding{Code: tt.code, Facts: tt.facts}); about != tt.about || text != tt.text || advice != tt.advice {
			t.Errorf("%s: got %s: %q, %q", tt.code, about, text, advice)
		}
	}
	for _, code := range doctor.Codes {
		if findings[code].text == "" || !slices.Contains(said, code) {
			t.Errorf("%s has no sentence, or no test of it", code)
		}
	}
	if len(findings) != len(doctor.Codes) {
		t.Errorf("%d sentences for %d codes", len(findings), len(doctor.Codes))
	}
}

// A finding that needs attention has an arrow and is counted.
func TestPrintFindings(t *testing.T) {
	var out strings.Builder
	advised := PrintFindings(&out, []doctor.Finding{{Code: doctor.KeyMissing, Facts: store.Facts{"path": "/d/token.key"}}, {Code: doctor.BackupsBesideData}})
	want := "key          There is no /d/token.key; the next start makes one.\n" +
		"backups      The backups lie beside the data.\n             → Copy them to another disk or machine now and then: one that breaks takes both.\n"
	if advised != 1 || out.String() != want {
		t.Errorf("got %d and\n%s", advised, &out)
	}
}
