package store

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"crm/store/kv"
)

// log checks that sequences have no gaps, that time does not run back, that each entry is found by its record, that no
// secret is in it, and that what it creates and does not delete is what exists.
func (c *checker) log() {
	seq := c.tx.trimmed()
	var last Time
	alive, unreadable := make(map[Kind]int), 0
	for key, raw := range c.tx.kv.Scan(bucketLog, nil) {
		if c.ended() {
			return
		}
		change, err := c.tx.decodeChange(key, raw)
		if err != nil {
			c.add(nil, "%v", err)
			seq, unreadable = seq+1, unreadable+1
			continue
		}
		if seq++; change.Seq != seq || !bytes.Equal(key, seqKey(seq)) {
			c.add(nil, "the log has change %d under %x where %d should be", change.Seq, key, seq)
			seq = change.Seq
		}
		if change.Time < last {
			c.add(nil, "change %d of the log is of %s, before the one before it", change.Seq, change.Time)
		}
		if last = change.Time; tellsSecret(raw) {
			c.add(nil, "change %d of the log has a secret in it", change.Seq)
		}
		switch change.Op {
		case OpCreate:
			alive[change.Kind]++
		case OpDelete:
			alive[change.Kind]--
		}
		c.logged(key, &change)
	}
	if c.tx.trimmed() > 0 {
		return
	}
	for _, kind := range slices.Sorted(maps.Keys(logged)) {
		rows := logged[kind]
		if n := c.entries(rows); n > alive[kind]+unreadable && !c.ended() { // those that are missing were named
			c.add(nil, "%d records of kind %s are there, and the log has made only %d", n, kind, alive[kind])
		}
	}
}

// logged are the rows whose changes the log has.
var logged = map[Kind]kv.Bucket{
	KindCustomer: bucketCustomers, KindInteraction: bucketInteractions, KindFeedback: bucketFeedback, KindSegment: bucketSegments, KindUser: bucketUsers,
}

// logged looks for the way from a record to an entry of the log. An implied one needs none; its record is there, or
// something happened to it.
func (c *checker) logged(key []byte, change *Change) {
	record := slices.Concat(change.ID[:], key)
	if change.inNoHistory() {
		return
	}
	if !change.implied() {
		if _, there := c.tx.kv.Find(bucketLogRecord, record); !there {
			c.add(&fix{bucket: bucketLogRecord, key: record}, "change %d is missing from the history of %s %s", change.Seq, change.Kind, change.ID)
		}
		return
	}
	if c.tx.kv.Get(logged[change.Kind], change.ID[:]) != nil {
		return
	}
	for range c.tx.kv.Prefix(bucketLogRecord, change.ID[:]) {
		return
	}
	c.add(nil, "%s %s was made by change %d of the log and is missing", change.Kind, change.ID, change.Seq)
}

// records goes through each record's history: it begins with its creation, and what was not deleted exists.
func (c *checker) records() {
	var id ID
	var last Change
	for key := range c.tx.kv.Scan(bucketLogRecord, nil) {
		if c.ended() {
			return
		}
		var change Change
		if len(key) != 24 || json.Unmarshal(c.tx.kv.Get(bucketLog, key[16:]), &change) != nil || !bytes.Equal(change.ID[:], key[:16]) {
			c.add(&fix{bucket: bucketLogRecord, key: key, delete: true}, "the history has an entry %x that leads nowhere", key)
			continue
		}
		if change.ID != id {
			c.ends(last)
			if id, last = change.ID, (Change{Op: OpDelete}); change.Op != OpCreate && c.tx.created(id) {
				last.Op = OpCreate
			}
		}
		if (change.Op == OpCreate) != (last.Op == OpDelete) {
			c.add(nil, "change %d is a %s of %s %s, which follows a %s", change.Seq, change.Op, change.Kind, change.ID, last.Op)
		}
		last = change
	}
	c.ends(last)
}

// ends compares a record's last change with whether it exists.
func (c *checker) ends(last Change) {
	rows, known := logged[last.Kind]
	if !known {
		return
	}
	if exists := c.tx.kv.Get(rows, last.ID[:]) != nil; exists != (last.Op != OpDelete) {
		c.add(nil, "%s %s exists: %t, and its last change in the log is a %s", last.Kind, last.ID, exists, last.Op)
	}
}
