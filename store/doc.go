// Package store keeps customers, interactions, feedback, segments, users and sessions in a database file. Every transaction that
// changes records also writes the changes to a change log.
//
// The store is the truth. Everything else, such as the search index, follows its change log and can be rebuilt from it. Values are
// the JSON that the API returns, so that reading copies bytes.
//
// Data goes one way. A new record is checked before its transaction (checked.go). In the transaction a row is decoded once, changed,
// encoded once, and compared with its JSON from before (diff.go): the difference shows whether anything changed, and the log keeps the old
// values of it. After the commit the followers get the entry of the log with the record (events.go). Only a follower that starts, or
// is far behind, reads the log. What follows from other records, as the last interaction of a customer, is not stored: it is derived
// when a row is read (derived.go). Package object joins JSON.
//
// The database and its transactions:
//
//	store.go       Open, View, Close; sizes
//	commit.go      Update: many functions share one commit
//	readonly.go    opening a database without changing the folder
//	folder.go      the names of the files in a data folder
//	marker.go      the file that names the database of a folder
//	buckets.go     the buckets of the database; package kv is the engine
//	migrate.go     the schema version and its migrations, which are in migrate_*.go
//	load.go        filling an empty store with a whole data set
//	compact.go     the database without its free pages
//	snapshot.go    what a database has at one moment, for backups
//	overview.go    the summary of a database that is not in use
//	health.go      whether commits reach the disk
//	throttle.go    slowing down background work
//
// Records:
//
//	customer.go, interaction.go, feedback.go, segment.go, user.go, session.go
//	               one type each, with its rules and operations
//	field.go       how each field is treated by exports, erasures and filters
//	rules.go       the greatest lengths, and rules that several types have
//	tags.go        tags of many customers at a time
//	phones.go      reading phone numbers, and finding customers by them
//	activity.go    counts for the summary of a customer
//	civil.go       follow-ups on a day of the office
//	id.go          ids; keys.go has keys that are made of them
//	time.go        the instants of records; clock.go has the present one
//	table.go       rows with their indexes, which tables.go declares
//	unique.go      indexes in which only one row has a key
//	errors.go      errors of several operations, and the list of broken rules
//
// The change log:
//
//	changelog.go   its entries, and the history of a record
//	audit.go       searching it, and values before and after a change
//	batch.go       changes of one request to many records
//	trim.go        how long it is kept
//	erase.go       blanking a person in records and log
//	reply.go       answers to requests that may be sent again
//
// Damage:
//
//	check.go       the checks of tables and indexes; check_records.go and check_log.go have the others
//	repair.go      correcting what can be computed from the records
//	unreadable.go  records that cannot be decoded
//	outdated.go    records that are older than a rule that they break
//
// Backups are in package backup. Package doctor examines a data folder from outside. Package zone has the
// office's time zone, and package text decides how names, numbers and addresses are compared.
//
// # Glossary
//
//	activity    counts of one customer's interactions and feedback, kept with them
//	batch       the changes that one request makes to many records
//	change      an entry of the change log
//	change log  one entry for each change: sequence, time, actor, record, values before
//	civil time  a day, or day and time, as the office means it
//	commit      making a transaction durable; many functions share one
//	criterion   a condition of a segment on one field
//	derived     following from other records, and not stored: the last interaction of a customer
//	erasure     blanking what is personal about one customer
//	event       a change with the record that it left, for those who follow the log
//	index       a bucket that leads from a key to the id of a record
//	kind        customer, interaction, feedback, segment or user
//	marker      the file that says which database belongs in a folder
//	mailbox     what an e-mail address leads to, however it is spelled
//	migration   bringing a database to a newer schema
//	outdated    older than a rule that it breaks
//	record      a customer, interaction, feedback, segment or user
//	reply       the kept answer to a request that may be sent again
//	retention   how long backups, or the change log, are kept
//	row         a record as JSON, as it is stored and returned
//	schema      the version of the database's layout
//	sequence    the number of a change, from 1 without gaps
//	session     a sign-in of a user
//	table       the rows of one kind with their indexes
package store
