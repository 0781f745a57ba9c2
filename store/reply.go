package store

import (
	"encoding/json"
	"errors"
	"time"
)

// A Reply is what a request with an idempotency key was answered. It is written in the transaction that carried the
// request out, so that whoever asks again with the key gets this answer, whatever happened in between.
//
// A reply has the values of a record, also when the record itself is gone. ForgetReplies drops those of one record, for
// whoever erases a person; others go when KeepReply finds them older than ReplyTTL.
type Reply struct {
	Key      ID              `json:"key"`     // of caller, route and idempotency key; made by the caller
	Request  []byte          `json:"request"` // a hash of what was asked
	Record   ID              `json:"record"`  // whose values the body has; zero for none
	Status   int             `json:"status"`
	Location string          `json:"location,omitempty"`
	ETag     string          `json:"etag,omitempty"`
	Body     json.RawMessage `json:"body"`
	At       Time            `json:"at"`
}

// ReplyTTL is how long a reply is kept.
const ReplyTTL = 24 * time.Hour

// maxExpired bounds how many old replies one write removes. Two would keep up; more catch up after a rush.
const maxExpired = 8

// Reply is the reply with a key that is younger than ReplyTTL, or a NotFoundError.
func (tx *Tx) Reply(key ID) (*Reply, error) {
	r, err := replies.get(tx, key)
	if err == nil && r.expired(tx.now) {
		return nil, NotFoundError{replies.kind}
	}
	return r, err
}

func (r *Reply) expired(now Time) bool { return r.At.Add(ReplyTTL) <= now }

// KeepReply stores r as of now, in place of an expired one with its key, and removes some others that have expired.
func (tx *Tx) KeepReply(r *Reply) error {
	for _, key := range append(tx.expiredReplies(), r.Key) {
		if err := tx.dropReply(key); err != nil {
			return err
		}
	}
	r.At = tx.now
	_, err := replies.insert(tx, r)
	return err
}

// dropReply removes a reply if it is there.
func (tx *Tx) dropReply(key ID) error {
	if _, err := replies.remove(tx, key); !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

// expiredReplies are the keys of the oldest replies whose time is over, at most maxExpired.
func (tx *Tx) expiredReplies() (keys []ID) {
	for entry := range tx.kv.Scan(bucketReplyTime, nil) {
		at := Time(numberAt(entry, 0))
		if len(keys) == maxExpired || at.Add(ReplyTTL) > tx.now {
			break
		}
		keys = append(keys, idAt(entry, 8))
	}
	return keys
}

// ForgetReplies drops the replies that have a record's values: who asks again is then not recognised.
func (tx *Tx) ForgetReplies(record ID) error {
	var keys []ID
	for entry := range tx.kv.Prefix(bucketReplyRecord, record[:]) {
		keys = append(keys, idAt(entry, 16))
	}
	for _, key := range keys {
		if err := tx.dropReply(key); err != nil {
			return err
		}
	}
	return nil
}
