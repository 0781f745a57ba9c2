package store

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"crm/store/kv"
)

// log checks that the change log has no gaps, is ordered by time and has no secret in it, that each entry is in the history of its
// record, and that the records which it creates and does not delete are those that exist.
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
			c.add(nil, "change %d of the log is of %s, earlier than the change before it", change.Seq, change.Time)
		}
		if last = change.Time; tellsSecret(raw) {
			c.add(nil, "change %d of the log contains a secret", change.Seq)
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
		if n := c.entries(rows); n > alive[kind]+unreadable && !c.ended() { // missing records were reported above
			c.add(nil, "there are %d records of kind %s, and the log has created only %d", n, kind, alive[kind])
		}
	}
}

// logged has the buckets whose changes are in the log.
var logged = map[Kind]kv.Bucket{
	KindCustomer: bucketCustomers, KindInteraction: bucketInteractions, KindFeedback: bucketFeedback, KindSegment: bucketSegments, KindUser: bucketUsers,
}

// logged checks that an entry of the log is in the history of its record. An implied entry is in no history: its record must exist, or
// the history must have a later entry.
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
	c.add(nil, "%s %s was created by change %d of the log and is missing", change.Kind, change.ID, change.Seq)
}

// records checks the history of each record: it must begin with the creation, and a record that was not deleted must exist.
func (c *checker) records() {
	var id ID
	var last Change
	for key := range c.tx.kv.Scan(bucketLogRecord, nil) {
		if c.ended() {
			return
		}
		var change Change
		if len(key) != 24 || json.Unmarshal(c.tx.kv.Get(bucketLog, key[16:]), &change) != nil || !bytes.Equal(change.ID[:], key[:16]) {
			c.add(&fix{bucket: bucketLogRecord, key: key, delete: true}, "the history has an entry %x without a change", key)
			continue
		}
		if change.ID != id {
			c.ends(last)
			if id, last = change.ID, (Change{Op: OpDelete}); change.Op != OpCreate && c.tx.created(id) {
				last.Op = OpCreate
			}
		}
		if (change.Op == OpCreate) != (last.Op == OpDelete) {
			c.add(nil, "change %d is a %s of %s %s, and follows a %s", change.Seq, change.Op, change.Kind, change.ID, last.Op)
		}
		last = change
	}
	c.ends(last)
}

// ends checks that a record exists unless its last change deleted it.
func (c *checker) ends(last Change) {
	rows, known := logged[last.Kind]
	if !known {
		return
	}
	if exists := c.tx.kv.Get(rows, last.ID[:]) != nil; exists != (last.Op != OpDelete) {
		c.add(nil, "%s %s exists: %t, and its last change in the log is a %s", last.Kind, last.ID, exists, last.Op)
	}
}
