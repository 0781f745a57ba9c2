package store

import (
	"encoding/binary"
	"encoding/json"
	"iter"
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
)

// Op is what was done to a record.
type Op string

// The operations that the log knows.
const (
	OpCreate Op = "create"
	OpUpdate Op = "update"
	OpDelete Op = "delete"
)

// A Change is one entry of the change log, written in the transaction that made the change.
type Change struct {
	Seq       uint64          `json:"seq"` // 1, 2, 3 … without gaps
	Time      Time            `json:"time"`
	Actor     string          `json:"actor,omitempty"` // the subject of the caller's token, or a command's name
	RequestID string          `json:"request_id,omitempty"`
	Kind      Kind            `json:"kind"`
	ID        ID              `json:"id"`
	Op        Op              `json:"op"`
	Old       json.RawMessage `json:"old,omitempty"` // the changed fields' values before; all of them for a delete
}

// Changes yields the log's entries after a sequence, oldest first.
func (tx *Tx) Changes(after uint64) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for _, value := range tx.kv.scan(bucketLog, seqKey(after+1)) {
			var c Change
			err := json.Unmarshal(value, &c)
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// History yields the log's entries about one record, oldest first.
func (tx *Tx) History(id ID) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for key := range tx.kv.prefix(bucketLogRecord, id[:]) {
			var c Change
			err := json.Unmarshal(tx.kv.get(bucketLog, key[16:]), &c)
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// Seq is the sequence of the newest change that the transaction sees, 0 when there is none.
func (tx *Tx) Seq() uint64 {
	key := tx.kv.lastUnder(bucketLog, nil)
	if key == nil {
		return 0
	}
	return binary.BigEndian.Uint64(key)
}

// record appends a change to the log and to the record's own index of it.
func (tx *Tx) record(kind Kind, id ID, op Op, old json.RawMessage) error {
	key, err := tx.append(kind, id, op, old)
	if err != nil {
		return err
	}
	return tx.put(bucketLogRecord, append(id[:], key...), nil)
}

// append adds a change to the log and returns its key.
func (tx *Tx) append(kind Kind, id ID, op Op, old json.RawMessage) ([]byte, error) {
	c := Change{
		Seq: tx.seq + 1, Time: tx.now, Actor: tx.by.Actor, RequestID: tx.by.RequestID,
		Kind: kind, ID: id, Op: op, Old: old,
	}
	value, err := Encode(c)
	if err != nil {
		return nil, err
	}
	tx.seq++
	key := seqKey(tx.seq)
	return key, tx.put(bucketLog, key, value)
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }
