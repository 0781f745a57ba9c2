// Package backup makes, verifies, keeps and restores backups of a store.
//
// A backup is one file with a manifest, the database, and the key that signs tokens (archive.go). Make writes one while
// others write to the store (backup.go), reads it back and seals it (verify.go). A Schedule makes them at intervals and
// removes the oldest (schedule.go), and says which copies still have a record (retained.go). Restore puts one in place
// (restore.go). BeforeMigration makes one before the database gets a newer schema (migration.go).
package backup
