package store

import (
	"bytes"
	"encoding/binary"
	"iter"
	"slices"
	"strings"

	"crm/store/kv"
)

// The tables and their indexes. A change of an index needs a migration.
var (
	customers = &table[Customer]{
		kind: KindCustomer, rows: bucketCustomers, id: func(c *Customer) ID { return c.ID },
		indexes: []index[Customer]{
			{bucketCustomerEmail, func(c *Customer) []byte { return caseless(c.Email) }, ErrEmailTaken},
		},
	}
	interactions = &table[Interaction]{
		kind: KindInteraction, rows: bucketInteractions, id: func(i *Interaction) ID { return i.ID },
		owner: func(i *Interaction) *ID { return &i.CustomerID },
		indexes: []index[Interaction]{
			{bucket: bucketInteractionCustomer, key: func(i *Interaction) []byte { return idTime(i.CustomerID, i.Timestamp) }},
		},
	}
	feedback = &table[Feedback]{
		kind: KindFeedback, rows: bucketFeedback, id: func(f *Feedback) ID { return f.ID },
		owner: func(f *Feedback) *ID { return f.CustomerID },
		indexes: []index[Feedback]{
			{bucket: bucketFeedbackCustomer, key: func(f *Feedback) []byte {
				if f.CustomerID == nil {
					return nil
				}
				return idTime(*f.CustomerID, f.SubmittedAt)
			}},
			{bucket: bucketFeedbackBooking, key: func(f *Feedback) []byte {
				if f.BookingID == nil {
					return nil
				}
				return slices.Clone(f.BookingID[:])
			}},
		},
	}
	segments = &table[Segment]{
		kind: KindSegment, rows: bucketSegments, id: func(s *Segment) ID { return s.ID },
		indexes: []index[Segment]{
			{bucketSegmentName, func(s *Segment) []byte { return caseless(s.Name) }, ErrSegmentNameTaken},
		},
	}
	users = &table[User]{
		kind: KindUser, rows: bucketUsers, id: func(u *User) ID { return u.ID },
		indexes: []index[User]{
			{bucketUserEmail, func(u *User) []byte { return caseless(u.Email) }, ErrEmailTaken},
		},
	}
	sessions = &table[Session]{
		kind: "session", rows: bucketSessions, id: func(s *Session) ID { return s.ID }, silent: true,
		indexes: []index[Session]{
			{bucket: bucketSessionUser, key: func(s *Session) []byte { return slices.Clone(s.UserID[:]) }},
			{bucketSessionRefresh, func(s *Session) []byte { return []byte(s.RefreshHash) }, errRefreshTaken},
		},
	}
	replies = &table[Reply]{
		kind: "reply", rows: bucketReplies, id: func(r *Reply) ID { return r.Key }, silent: true,
		indexes: []index[Reply]{
			{bucket: bucketReplyTime, key: func(r *Reply) []byte { return binary.BigEndian.AppendUint64(nil, uint64(r.At)) }},
			{bucket: bucketReplyRecord, key: func(r *Reply) []byte {
				if r.Record == (ID{}) {
					return nil
				}
				return slices.Clone(r.Record[:])
			}},
		},
	}
)

// idTime returns a key of an id and a time. Keys with the same id are ordered by time.
func idTime(id ID, t Time) []byte {
	return binary.BigEndian.AppendUint64(id[:], uint64(t)^1<<63)
}

// lastTime returns the newest time of an id in an index of idTime keys.
func (tx *Tx) lastTime(b kv.Bucket, id ID) *Time {
	key := tx.kv.Last(b, id[:])
	if key == nil {
		return nil
	}
	t := Time(numberAt(key, 16) ^ 1<<63)
	return &t
}

// each yields the rows whose id is greater than after, in the order of creation.
func (t *table[T]) each(tx *Tx, after ID) iter.Seq2[ID, []byte] {
	return func(yield func(ID, []byte) bool) {
		for key, raw := range tx.kv.Scan(t.rows, append(after[:], 0)) {
			if !yield(idAt(key, 0), raw) {
				return
			}
		}
	}
}

// rewrite stores a row whose index keys have not changed, without logging it.
func (t *table[T]) rewrite(tx *Tx, row *T) error {
	raw, err := Encode(row)
	if err != nil {
		return err
	}
	id := t.id(row)
	return tx.put(t.rows, id[:], raw)
}

// replace stores a row in place of old, with its index entries, without logging it.
func (t *table[T]) replace(tx *Tx, old, row *T) error {
	if err := t.moveEntries(tx, t.id(row), old, row); err != nil {
		return err
	}
	return t.rewrite(tx, row)
}

// changedRow is a row before and after a change.
type changedRow[T any] struct {
	old, new *T
	raw      []byte // the JSON of new
}

// change calls edit with a copy of the row and stores the result. If edit changed something, the time at updated is set to that of the
// transaction.
func change[T any](tx *Tx, t *table[T], id ID, edit func(*T) error, updated func(*T) *Time) (*changedRow[T], error) {
	raw, err := t.raw(tx, id)
	if err != nil {
		return nil, err
	}
	raw = bytes.Clone(raw)
	old, err := t.decode(tx, id, raw)
	if err != nil {
		return nil, err
	}
	row, err := t.decode(tx, id, raw)
	if err != nil {
		return nil, err
	}
	if err := edit(row); err != nil {
		return nil, err
	}
	if after, err := Encode(row); err != nil || bytes.Equal(after, raw) {
		return &changedRow[T]{old, row, raw}, err
	}
	if updated != nil {
		*updated(row) = tx.now
	}
	raw, err = t.update(tx, raw, old, row)
	return &changedRow[T]{old, row, raw}, err
}

// caseless returns the key of a text in an index that ignores case.
func caseless(s string) []byte { return []byte(strings.ToLower(s)) }
