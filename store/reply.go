package store

import (
	"encoding/json"
	"errors"
	"time"
)

// A Reply is the stored answer to a request with an idempotency key. It is written in the transaction of the request, so that a retry
// with the same key gets the same answer, even after a crash.
//
// A reply contains the values of a record, which may have been deleted since. ForgetReplies deletes the replies of one record, for an
// erasure. KeepReply deletes those that are older than ReplyTTL.
type Reply struct {
	Key      ID              `json:"key"`     // identifies caller, route and idempotency key
	Request  []byte          `json:"request"` // a hash of the request
	Record   ID              `json:"record"`  // the record in the body; zero if there is none
	Status   int             `json:"status"`
	Location string          `json:"location,omitempty"`
	ETag     string          `json:"etag,omitempty"`
	Body     json.RawMessage `json:"body"`
	At       Time            `json:"at"`
}

// ReplyTTL is how long a reply is kept.
const ReplyTTL = 24 * time.Hour

// maxExpired is how many expired replies one write deletes at most. Each write adds one, so the others catch up after many requests.
const maxExpired = 8

// Reply returns the reply with a key, or a NotFoundError if there is none or it has expired.
func (tx *Tx) Reply(key ID) (*Reply, error) {
	r, err := replies.get(tx, key)
	if err == nil && r.expired(tx.now) {
		return nil, NotFoundError{replies.kind}
	}
	return r, err
}

func (r *Reply) expired(now Time) bool { return r.At.Add(ReplyTTL) <= now }

// KeepReply stores r with the present time. It replaces an expired reply with the same key, and deletes some others that have expired.
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

// dropReply deletes a reply, if it exists.
func (tx *Tx) dropReply(key ID) error {
	if _, err := replies.remove(tx, key); !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

// expiredReplies returns the keys of the oldest expired replies, at most maxExpired.
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

// ForgetReplies deletes the replies that contain a record. A retry is then treated as a new request.
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
