package store

import "crm/store/kv"

// An Overview says what there is in a database that nobody has open.
type Overview struct {
	Schema   int
	Free     int64  // bytes in free pages
	Replayed int    // commits that a crash has left in the write-ahead log
	Changes  uint64 // in the change log
	Since    Time   // of the oldest of them
	LogBytes uint64 // that they take, about
	Newest   *Time  // of the newest change that can be read; nil where there is none
}

// ReadOverview opens a database file for reading alone. It changes nothing, and accepts every schema.
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
