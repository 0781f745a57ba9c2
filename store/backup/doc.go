// Package backup makes, verifies, lists and restores backups of a store.
//
//	b, err := backup.Make(ctx, st, "/srv/backups", version)
//	_, replaced, err := backup.Restore(ctx, b.Path, "/srv/crm", backup.RestoreOptions{})
//
// A backup is one file with a manifest, the database, and the key that signs tokens. The files:
//
//	archive.go    the format of a backup
//	seal.go       the sum at its end, which is written when it was verified
//	make.go       Make, which writes a backup while others write to the store
//	target.go     the file that a backup is written to
//	backup.go     Read and List
//	verify.go     Verify, which unpacks a backup and reads all of it
//	encrypt.go    the format of an encrypted backup
//	identity.go   the keys and passphrases of encrypted backups
//	schedule.go   a Schedule, which makes backups at intervals and deletes the oldest
//	request.go    backups on request, in allowed folders or sent to the caller
//	receive.go    Receive, which writes a backup that another process makes
//	copies.go     the copies of a schedule's backups in other places
//	place.go      the places: folders and buckets
//	retained.go   which backups and other copies still have an erased record
//	restore.go    Restore, which replaces the content of a data folder by a backup
//	migration.go  the backup before a migration to a newer schema
package backup
