// Package backup makes, verifies, lists and restores backups of a store.
//
//	b, err := backup.Make(ctx, st, "/srv/backups", version)
//	_, replaced, err := backup.Restore(ctx, b.Path, "/srv/crm")
//
// A backup is one file with a manifest, the database, and the key that signs tokens. The files:
//
//	archive.go    the format of a backup
//	backup.go     Make, which writes a backup while others write to the store; Read and List
//	verify.go     Verify, which unpacks a backup and reads all of it
//	schedule.go   a Schedule, which makes backups at intervals and deletes the oldest
//	retained.go   which backups and other copies still have an erased record
//	restore.go    Restore, which replaces the content of a data folder by a backup
//	migration.go  the backup before a migration to a newer schema
package backup
