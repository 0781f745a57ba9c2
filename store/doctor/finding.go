package doctor

import "crm/store"

// A Finding is one fact about a data folder, its backups, its clock or its service. Package terminal makes a sentence for people from it.
type Finding struct {
	Code  Code
	Facts store.Facts // what the code's comment names
}

// A Code says what was found.
type Code string

// The codes and their facts. Sizes are in bytes, "error" is an error, and times are of type store.Time.
const (
	DatabaseClosed     Code = "database_closed"     // nobody has the database open: size
	DatabaseInUse      Code = "database_in_use"     // a process has it open: size
	DatabaseLost       Code = "database_lost"       // there was one and is none: error
	DatabaseMissing    Code = "database_missing"    // there never was one: path, error
	DatabaseNoRoom     Code = "database_no_room"    // no disk space for the copy that reading it needs: error
	DatabaseUnreadable Code = "database_unreadable" // error
	WALLeft            Code = "wal_left"            // a crash left commits in the write-ahead log: commits, name
	FreePages          Code = "free_pages"          // so many that writes become slower: size
	SchemaOld          Code = "schema_old"          // found, newest
	ChangeLog          Code = "change_log"          // changes, since, size
	ClockRight         Code = "clock_right"         // what, time
	ClockBehind        Code = "clock_behind"        // of the time of what was done before: what, time, behind
	FolderSynced       Code = "folder_synced"       // a program copies it to the cloud: path, folder
	FolderOnNetwork    Code = "folder_on_network"   // path, kind
	FolderOnFUSE       Code = "folder_on_fuse"      // path, kind
	FolderInMemory     Code = "folder_in_memory"    // path, kind
	FolderOnDisk       Code = "folder_on_disk"      // path
	FolderUnknown      Code = "folder_unknown"      // the system does not say what it is on: path, error
	DiskSpace          Code = "disk_space"          // free, path
	DiskSpaceLow       Code = "disk_space_low"      // too little for a backup: free, path, needed
	BackupsUnreadable  Code = "backups_unreadable"  // error
	BackupIncomplete   Code = "backup_incomplete"   // path
	BackupMissing      Code = "backup_missing"      // no verified one of this database: folder
	BackupRecent       Code = "backup_recent"       // path, time, age
	BackupOld          Code = "backup_old"          // path, time, age
	BackupsBesideData  Code = "backups_beside_data" // on the same disk
	BackupCutOff       Code = "backup_cut_off"      // path
	BackupFailed       Code = "backup_failed"       // time
	CopyRecent         Code = "copy_recent"         // of a backup, in a place that backups are copied to: to, time, age
	CopyOld            Code = "copy_old"            // to, time, age
	CopyMissing        Code = "copy_missing"        // there is none, or the place was not reached: to
	CopyFailed         Code = "copy_failed"         // to, time
	KeyMissing         Code = "key_missing"         // path
	KeyShort           Code = "key_short"           // path
	FilePrivate        Code = "file_private"        // path
	FileShared         Code = "file_shared"         // other users of the machine can open it: path, mode
	ReplacedKept       Code = "replaced_kept"       // data that a restore replaced: paths
	ZoneRules          Code = "zone_rules"          // zone, offset, version
	ZoneRulesOld       Code = "zone_rules_old"      // zone, offset, version
	ZoneRulesDiffer    Code = "zone_rules_differ"   // from those of the machine: zone, machine, offset, time
	ZoneRulesRestart   Code = "zone_rules_restart"  // the service uses older ones than there are: used, newest
	ServiceStopped     Code = "service_stopped"     // changes
	ServiceImpossible  Code = "service_impossible"  // error
	ServiceSilent      Code = "service_silent"      // something has the database open, and does not answer
	ServiceStarting    Code = "service_starting"    // url
	ServiceRuns        Code = "service_runs"        // url
	ServiceIndexing    Code = "service_indexing"    // url, customers
	ServiceReadOnly    Code = "service_read_only"   // error
	RecordsUnreadable  Code = "records_unreadable"  // count
)

// Codes lists every code.
var Codes = []Code{
	DatabaseClosed, DatabaseInUse, DatabaseLost, DatabaseMissing, DatabaseNoRoom, DatabaseUnreadable, WALLeft, FreePages, SchemaOld, ChangeLog,
	ClockRight, ClockBehind, FolderSynced, FolderOnNetwork, FolderOnFUSE, FolderInMemory, FolderOnDisk, FolderUnknown, DiskSpace, DiskSpaceLow,
	BackupsUnreadable, BackupIncomplete, BackupMissing, BackupRecent, BackupOld, BackupsBesideData, BackupCutOff, BackupFailed, CopyRecent, CopyOld, CopyMissing, CopyFailed, KeyMissing, KeyShort,
	FilePrivate, FileShared, ReplacedKept, ZoneRules, ZoneRulesOld, ZoneRulesDiffer, ZoneRulesRestart, ServiceStopped, ServiceImpossible,
	ServiceSilent, ServiceStarting, ServiceRuns, ServiceIndexing, ServiceReadOnly, RecordsUnreadable,
}
