package store

// Names in a data folder. FileName, MarkerName and WALName are the store's own files.
const (
	// FileName is the database.
	FileName = "crm.db"
	// WALName is the write-ahead log, which has the newest commits while a store with one is open.
	WALName = "crm.journal"
	// MarkerName says which database belongs in the folder. Where it is and the database is not, the database was lost, and no
	// command begins a new one. It is written when the database is there already, so that a first start which is cut off can
	// be repeated.
	MarkerName = "database.json"
	// KeyName is the key that tokens are signed with; a backup has it too.
	KeyName = "token.key"
	// IndexName is the folder of what is saved for lists and searches.
	IndexName = "index"
	// CertificatesName is the folder of TLS certificates that a service got from an authority.
	CertificatesName = "certificates"
	// BackupsName is the folder of the backups, unless another one is chosen.
	BackupsName = "backups"
	// BackupSuffix ends the name of a backup that is whole and verified.
	BackupSuffix = ".crmbackup"
	// RestoredSuffix ends the name of a file that a restore has unpacked and not yet put in place.
	RestoredSuffix = ".restored"
	// ReplacedPrefix begins the name of a folder that keeps what a restore has replaced.
	ReplacedPrefix = "before-restore-"
)
