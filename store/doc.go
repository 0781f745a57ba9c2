// Package store keeps customers, interactions, feedback, segments, users and sessions in one bbolt file,
// and writes what changes to a log in the same transaction. So it does with the answers to requests that may be sent
// again (reply.go).
//
// The store is the truth; whatever else exists, such as the search index, follows its log and can be
// rebuilt from it. Values are the JSON that the API returns, so a read copies bytes.
//
//	s, err := store.Open("crm-data")
//	err = s.Update(store.By{Actor: subject}, func(tx *store.Tx) error {
//		raw, err := tx.CreateCustomer(&store.Customer{ContactType: "Individual", Email: "a@example.com", Phone: "0612345678"})
//		…
//	})
//	err = s.View(func(tx *store.Tx) error { raw, err := tx.CustomerJSON(id); … })
//
// The files: buckets.go names the buckets of the database, whose engine is package kv; folder.go names the files in a data
// folder, and marker.go says which database belongs in one. store.go opens and closes, commit.go runs the functions given to
// Update, many in one commit. table.go keeps rows and their declared indexes; tables.go declares them. Each kind of record has
// a file with its type and its rules, in which rules.go and field.go help. changelog.go is the change log, trim.go bounds it,
// audit.go reads it, and erase.go blanks a person in it. reply.go has the answers to requests that may be sent again.
//
// migrate.go brings a database to the newest schema. invariants.go compares all that is in a database, repair.go rebuilds
// what follows from the records, and unreadable.go leaves out what cannot be read. look.go, overview.go and snapshot.go read a
// database without changing it, compact.go packs it, health.go says whether it takes commits, and throttle.go slows down work
// beside requests. Backups are package backup; looking at a folder from outside is package doctor.
package store
