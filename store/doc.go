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
// The files: kv.go is the only one that knows bbolt; commit.go runs the functions given to Update, many
// in one commit; table.go keeps rows and their declared indexes; log.go is the change log; each record
// has a file with its type, its rules and, in tables.go, its indexes.
//
// A backup is one file: archive.go is its form, backup.go and schedule.go make it, verify.go and restore.go read it.
// check.go reads the pages of a file, invariants.go compares what is in it, repair.go makes anew what follows from
// the records, doctor.go looks at the folder from outside, and look.go at
// the database without changing anything. marker.go says which database belongs in a folder; upgrade.go brings one to the newest schema.
package store
