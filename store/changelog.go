package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Kind names a kind of record in the change log and in errors.
type Kind string

// The kinds of records.
const (
	KindCustomer    Kind = "customer"
	KindInteraction Kind = "interaction"
	KindFeedback    Kind = "feedback"
	KindSegment     Kind = "segment"
	KindUser        Kind = "user"
	KindBackup      Kind = "backup" // is no record: what OpBackup is about
)

// Op is what was done to a record.
type Op string

// The operations that the log knows.
const (
	OpCreate Op = "create"
	OpUpdate Op = "update"
	OpDelete Op = "delete"
	OpErase  Op = "erase" // of a customer, with everything that names that person

	OpExport      Op = "export" // of a customer, or of a list when there is no id
	OpBackup      Op = "backup" // to the path of the change
	OpLogin       Op = "login"
	OpLoginFailed Op = "login_failed" // of an unknown user when there is no id
	OpLogout      Op = "logout"
)

// Writes reports whether the operation changes a record. Other operations are in the log for audits only.
func (o Op) Writes() bool { return o == OpCreate || o == OpUpdate || o == OpDelete || o == OpErase }

func (o Op) signIn() bool { return o == OpLogin || o == OpLoginFailed || o == OpLogout }

// A Change is one entry of the change log, written in the transaction that made the change.
type Change struct {
	Seq       uint64          `json:"seq"` // 1, 2, 3 … without gaps
	Time      Time            `json:"time"`
	Actor     string          `json:"actor,omitempty"` // the subject of the caller's token, or a command's name
	RequestID string          `json:"request_id,omitempty"`
	Remote    string          `json:"remote,omitempty"` // the client's address, of sign-ins
	Kind      Kind            `json:"kind"`
	ID        ID              `json:"id"`
	Path      string          `json:"path,omitempty"` // of a backup
	Op        Op              `json:"op"`
	Batch     *ID             `json:"batch,omitempty"` // which the change is part of
	Old       json.RawMessage `json:"old,omitempty"`   // the changed fields' values before, null where there was none; all of them for a delete
}

// Changes yields the log's entries after a sequence, oldest first. It yields ErrTrimmed if some of them have been removed. For an
// entry that cannot be read it yields an UnreadableError, and continues with the next.
func (tx *Tx) Changes(after uint64) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		if after < tx.trimmed() {
			yield(Change{}, ErrTrimmed)
			return
		}
		for key, value := range tx.kv.Scan(bucketLog, seqKey(after+1)) {
			if !yield(tx.decodeChange(key, value)) {
				return
			}
		}
	}
}

// decodeChange returns the log's entry under a key, or an UnreadableError, which is noted.
func (tx *Tx) decodeChange(key, value []byte) (c Change, err error) {
	if err = json.Unmarshal(value, &c); err == nil {
		_, err = fields(c.Old)
	}
	if err != nil {
		unreadable := &UnreadableError{Unreadable{Kind: KindChange, Seq: numberAt(key, 0)}, err}
		tx.skipped.note(unreadable)
		return Change{}, unreadable
	}
	return c, nil
}

// newest returns the newest entry of the log that can be read.
func (tx *Tx) newest() (c Change, ok bool) {
	for seq := tx.Seq(); seq > tx.trimmed(); seq-- {
		if c, err := tx.change(seqKey(seq)); err == nil {
			return c, true
		}
	}
	return c, false
}

// History yields the log's entries about one record, oldest first, without those that cannot be read.
func (tx *Tx) History(id ID) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		created := false
		for key := range tx.kv.Prefix(bucketLogRecord, id[:]) {
			c, err := tx.change(key[16:])
			if errors.Is(err, ErrUnreadable) {
				continue
			}
			if err == nil && !created && c.Op != OpCreate && !tx.creation(id, yield) {
				return
			}
			created = true
			if !yield(c, err) || err != nil {
				return
			}
		}
		if !created {
			tx.creation(id, yield)
		}
	}
}

// inNoHistory reports whether an entry is left out of the histories of records: it is about no record, or it is a sign-in, of which
// a user has very many.
func (c *Change) inNoHistory() bool { return c.ID == (ID{}) || c.Op.signIn() }

// implied reports whether an entry can be found without bucketLogRecord: it creates a record whose id contains the time, and the log
// is ordered by time. Most entries are creations, and each of them saves writing a page or more.
func (c *Change) implied() bool { return c.Op == OpCreate && CreatedAt(c.ID) == c.Time }

// creation yields the entry of a record's creation if it is implied, and returns the result of yield.
func (tx *Tx) creation(id ID, yield func(Change, error) bool) bool {
	at := CreatedAt(id)
	for c, err := range tx.Changes(tx.seqAt(at) - 1) {
		if errors.Is(err, ErrUnreadable) {
			continue
		}
		if err != nil {
			return yield(c, err)
		}
		if c.Time > at {
			break
		}
		if c.ID == id && c.implied() {
			return yield(c, nil)
		}
	}
	return true
}

// change reads the log's entry under a key.
func (tx *Tx) change(key []byte) (c Change, err error) {
	raw := tx.kv.Get(bucketLog, key)
	if raw == nil {
		return c, fmt.Errorf("log: no entry %x", key)
	}
	return tx.decodeChange(key, raw)
}

// created reports whether a record's creation is an implied entry of the log, or was one before the log was trimmed.
func (tx *Tx) created(id ID) (found bool) {
	tx.creation(id, func(c Change, err error) bool {
		found = err == nil
		return false
	})
	return found || tx.trimmed() > 0
}

// Seq returns the sequence of the newest change that the transaction sees, or 0 if there is none.
func (tx *Tx) Seq() uint64 {
	key := tx.kv.Last(bucketLog, nil)
	if key == nil {
		return 0
	}
	return numberAt(key, 0)
}

// record appends a change to the log and, unless the entry is implied, to the index of the record's history. r is for the followers: the
// record that the change leaves, or that it deletes.
func (tx *Tx) record(kind Kind, id ID, op Op, old json.RawMessage, r Record) error {
	c, err := tx.append(Change{Kind: kind, ID: id, Op: op, Old: old})
	if err == nil {
		tx.addEvent(c, r)
	}
	if err != nil || c.implied() || c.inNoHistory() {
		return err
	}
	return tx.put(bucketLogRecord, slices.Concat(id[:], seqKey(c.Seq)), nil)
}

// Note adds an entry for what changes no record: an export of a record, or of a list if id is zero, or a sign-in or sign-out of a user.
func (tx *Tx) Note(kind Kind, id ID, op Op) error { return tx.record(kind, id, op, nil, Record{}) }

// NoteBackup adds to the log that everything is copied to a path.
func (tx *Tx) NoteBackup(path string) error {
	c, err := tx.append(Change{Kind: KindBackup, Op: OpBackup, Path: path})
	if err == nil {
		tx.addEvent(c, Record{})
	}
	return err
}

// append completes a change and adds it to the log.
func (tx *Tx) append(what Change) (*Change, error) {
	c := &what
	c.Seq, c.Time, c.Batch = tx.seq+1, tx.now, tx.batch
	c.Actor, c.RequestID, c.Remote = tx.by.Actor, tx.by.RequestID, tx.by.Remote
	value, err := Encode(c)
	if err != nil {
		return nil, err
	}
	tx.seq++
	return c, tx.put(bucketLog, seqKey(tx.seq), value)
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }
