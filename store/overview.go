package store

import "crm/store/kv"

// An Overview describes a database that is not in use.
type Overview struct {
	Schema   int
	Free     int64  // bytes in free pages
	Replayed int    // commits that a crash left in the write-ahead log
	Changes  uint64 // in the change log
	Since    Time   // when the oldest of them was made
	LogBytes uint64 // their approximate size
	Newest   *Time  // when the newest change that can be read was made; nil if there is none
}

// ReadOverview describes a database file of any schema. It opens the file read-only.
func ReadOverview(path string) (*Overview, error) {
	db, err := readDB(path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	o := &Overview{Free: db.Free(), Replayed: db.Replayed()}
	err = db.View(func(pairs *kv.Tx) error {
		tx := &Tx{kv: pairs}
		o.Schema = tx.Schema()
		o.Changes, o.Since, o.LogBytes = tx.logSize()
		if newest, ok := tx.newest(); ok {
			o.Newest = &newest.Time
		}
		return nil
	})
	return o, err
}
