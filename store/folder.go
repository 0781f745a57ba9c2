package store

// Names in a data folder. FileName, MarkerName and WALName are the store's own files.
const (
	// FileName is the database.
	FileName = "crm.db"
	// WALName is the write-ahead log, which has the newest commits while a store with one is open.
	WALName = "crm.journal"
	// MarkerName names the database that belongs in the folder. If it exists and the database does not, the database was lost, and no
	// command creates a new one. It is written after the database, so that a first start that was cut off can be repeated.
	MarkerName = "database.json"
	// KeyName is the key that tokens are signed with; a backup has it too.
	KeyName = "token.key"
	// IndexName is the folder of the saved index.
	IndexName = "index"
	// CertificatesName is the folder of TLS certificates that a service got from an authority.
	CertificatesName = "certificates"
	// BackupsName is the folder of the backups, unless another one is chosen.
	BackupsName = "backups"
	// BackupSuffix ends the name of a verified backup.
	BackupSuffix = ".crmbackup"
	// RestoredSuffix ends the name of a file that a restore has unpacked and not yet renamed.
	RestoredSuffix = ".restored"
	// ReplacedPrefix begins the name of a folder with the files that a restore replaced.
	ReplacedPrefix = "before-restore-"
)
