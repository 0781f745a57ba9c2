package store

import (
	"bytes"
	"encoding/binary"
	"iter"
	"slices"

	"crm/store/kv"
	"crm/store/text"
)

// The tables and their indexes. A change of an index needs a migration.
var (
	customers = &table[Customer]{
		kind: KindCustomer, rows: bucketCustomers, id: func(c *Customer) ID { return c.ID },
		indexes: []index[Customer]{
			{bucketCustomerEmail, func(c *Customer) []byte { return mailbox(c.Email) }, ErrEmailTaken},
			{bucket: bucketCustomerPhone, key: func(c *Customer) []byte { return phoneKey(c.PhoneInternational) }},
		},
		derived: &derivedTime[Customer]{"last_interaction", func(c *Customer) **Time { return &c.LastInteraction }, (*Tx).lastInteraction},
		own:     func(c *Customer) { c.Tags = slices.Clone(c.Tags) },
		updated: func(c *Customer) *Time { return &c.UpdatedAt },
		record:  func(c Customer) Record { c.LastInteraction = nil; return Record{Customer: &c} },
	}
	interactions = &table[Interaction]{
		kind: KindInteraction, rows: bucketInteractions, id: func(i *Interaction) ID { return i.ID },
		owner: func(i *Interaction) *ID { return &i.CustomerID },
		indexes: []index[Interaction]{
			{bucket: bucketInteractionCustomer, key: func(i *Interaction) []byte { return idTime(i.CustomerID, i.Timestamp) }},
		},
		record: func(i Interaction) Record { return Record{Interaction: &i} },
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
		record: func(f Feedback) Record { return Record{Feedback: &f} },
	}
	segments = &table[Segment]{
		kind: KindSegment, rows: bucketSegments, id: func(s *Segment) ID { return s.ID },
		indexes: []index[Segment]{
			{bucketSegmentName, func(s *Segment) []byte { return caseless(s.Name) }, ErrSegmentNameTaken},
		},
		own:     func(s *Segment) { s.Criteria = s.Criteria.clone() },
		updated: func(s *Segment) *Time { return &s.UpdatedAt },
	}
	users = &table[User]{
		kind: KindUser, rows: bucketUsers, id: func(u *User) ID { return u.ID },
		indexes: []index[User]{
			{bucketUserEmail, func(u *User) []byte { return mailbox(u.Email) }, ErrEmailTaken},
		},
		own:     func(u *User) { u.Roles = slices.Clone(u.Roles) },
		updated: func(u *User) *Time { return &u.UpdatedAt },
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

// lastTime returns the newest time under an id in an index of idTime keys, and whether there is one.
func (tx *Tx) lastTime(b kv.Bucket, id ID) (t Time, there bool) {
	key := tx.kv.Last(b, id[:])
	if key == nil {
		return 0, false
	}
	return Time(numberAt(key, 16) ^ 1<<63), true
}

// lastInteraction returns the newest timestamp of a customer's interactions, and whether there is one.
func (tx *Tx) lastInteraction(customer ID) (Time, bool) {
	return tx.lastTime(bucketInteractionCustomer, customer)
}

// each yields the rows whose id is greater than after, in the order of creation, as the API returns them.
func (t *table[T]) each(tx *Tx, after ID) iter.Seq2[ID, []byte] {
	return func(yield func(ID, []byte) bool) {
		for key, raw := range tx.kv.Scan(t.rows, append(after[:], 0)) {
			if id := idAt(key, 0); !yield(id, t.derived.shown(tx, id, raw)) {
				return
			}
		}
	}
}

// rewrite stores a row whose index keys have not changed, without logging it.
func (t *table[T]) rewrite(tx *Tx, row *T) error {
	raw, err := t.encode(row)
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

// change applies edit to a copy of a row and stores the copy. edit must not change what the row's pointers point to. change returns the row
// before and after. If edit made a difference, it sets the time of the change to the transaction's.
func change[T any](tx *Tx, t *table[T], id ID, edit func(*T) error) (old, now stored[T], err error) {
	raw, err := t.raw(tx, id)
	if err != nil {
		return old, now, err
	}
	old.raw = bytes.Clone(raw)
	if old.row, err = t.decode(tx, id, old.raw); err != nil {
		return old, now, err
	}
	row := *old.row
	if t.own != nil {
		t.own(&row)
	}
	if err := edit(&row); err != nil {
		return old, now, err
	}
	now, err = t.update(tx, old, &row)
	return old, now, err
}

// mailbox returns the key of an e-mail address. Addresses of the same mailbox have the same key.
func mailbox(email string) []byte { return []byte(text.EmailKey(email)) }

// caseless returns the key of a text that is unique without regard to case.
func caseless(s string) []byte { return []byte(text.Caseless(text.Clean(s))) }
