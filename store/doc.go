// Package store keeps customers, interactions, feedback, segments, users and sessions in one bbolt file,
// and writes what changes to a log in the same transaction. So it does with the answers to requests that may be sent
// again (reply.go).
//
// The store is the truth; whatever else exists, such as the search index, follows its log and can be
// rebuilt from it. Values are the JSON that the API returns, so a read copies bytes.
//
// Data goes one way. A new record is checked before its transaction (checked.go). In it a row is decoded once, changed, encoded once, and
// compared with its JSON from before (diff.go): the difference decides whether there was a change, and the log keeps its old values. After
// the commit the followers get the entry of the log with the record itself (events.go), and only a follower that starts, or is far
// behind, reads the log. What follows from other records, as the last interaction of a customer, is not stored: it is derived where a
// row is read (derived.go).
//
// The files: buckets.go names the buckets of the database, whose engine is package kv; folder.go names the files in a data
// folder, and marker.go says which database belongs in one. store.go opens and closes, commit.go runs the functions given to
// Update, many in one commit. table.go keeps rows and their declared indexes, of which unique.go has those whose keys are one row's alone;
// tables.go declares them. Package object joins JSON. Each kind of record has
// a file with its type and its rules, in which rules.go, field.go and package text help. changelog.go is the change log, trim.go bounds it,
// audit.go reads it, and erase.go blanks a person in it. reply.go has the answers to requests that may be sent again.
//
// migrate.go brings a database to the newest schema. invariants.go compares all that is in a database, repair.go rebuilds
// what follows from the records, outdated.go finds those that are older than a rule that they break, and unreadable.go
// leaves out what cannot be read. look.go, overview.go and snapshot.go read a database without changing it, compact.go packs it, health.go says whether it takes commits, and throttle.go slows down work
// beside requests. Backups are package backup; looking at a folder from outside is package doctor.
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
