package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"crm/store/kv"
)

// ErrErased is returned for a change of a customer who was erased.
var ErrErased = errors.New("the customer was erased: nothing about that person can be kept any more")

// erasedHost ends the e-mail addresses of erased customers. It is a name that nobody can register (RFC 2606).
const erasedHost = "@erased.invalid"

// Traces names the entries of the change log, up to a sequence, that have deleted interactions and feedback of one customer.
type Traces struct {
	keys [][]byte
	seq  uint64
}

// Traces reads the whole change log, which takes about a second for a million changes. Call it in View, so that no writer waits. Erase
// reads the entries that were added since.
func (tx *Tx) Traces(customer ID) Traces {
	return Traces{tx.deletedOf(customer, tx.trimmed()+1), tx.Seq()}
}

// deletedOf returns the keys of the log's entries, from a sequence on, that deleted an interaction or feedback of a customer.
func (tx *Tx) deletedOf(customer ID, from uint64) (keys [][]byte) {
	needles := [][]byte{[]byte(`"op":"delete"`), []byte(`"customer_id":"` + customer.String() + `"`)}
	for key, raw := range tx.kv.Scan(bucketLog, seqKey(from)) {
		if containsAll(raw, needles) {
			keys = append(keys, bytes.Clone(key))
		}
	}
	return keys
}

// Erase blanks whatever identifies a person in the customer, the interactions, the feedback, the change log and the kept replies. It
// makes the customer inactive, completes the open follow-ups and resolves the feedback on behalf of caller. Counts and statistics stay.
// It returns the customer's JSON. A second call blanks what was added since.
//
// The index follows like after any change. Bytes of the old values disappear from the disk when the index is rebuilt and the database
// is compacted.
func (tx *Tx) Erase(id ID, found Traces, caller *ID) ([]byte, error) {
	c, err := customers.get(tx, id)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		tx.eraseEach(bucketInteractionCustomer, id, eraseRow(tx, interactions)),
		tx.eraseEach(bucketFeedbackCustomer, id, eraseRow(tx, feedback)),
		tx.eraseDeleted(slices.Concat(found.keys, tx.deletedOf(id, max(found.seq, tx.trimmed())+1))),
		tx.forget(id),
		tx.each(bucketInteractionCustomer, id, tx.complete),
		tx.each(bucketFeedbackCustomer, id, func(opinion ID) error { return tx.resolve(opinion, tx.now, caller) }),
		eraseCustomer(tx, id),
	)
	if err != nil {
		return nil, err
	}
	var before json.RawMessage
	if c.IsActive {
		before = json.RawMessage(`{"is_active":true}`)
	}
	if err := tx.record(KindCustomer, id, OpErase, before, Record{}); err != nil {
		return nil, err
	}
	return customers.json(tx, id)
}

func eraseCustomer(tx *Tx, id ID) error {
	old, c, err := erased(tx, customers, id)
	if err != nil {
		return err
	}
	c.Email, c.IsActive, c.UpdatedAt, c.ErasedAt = tx.erasedEmail(id), false, tx.now, &tx.now
	return customers.replace(tx, old, c)
}

// eraseRow blanks a row.
func eraseRow[T any](tx *Tx, t *table[T]) func(ID) error {
	return func(id ID) error {
		old, row, err := erased(tx, t, id)
		if err != nil {
			return err
		}
		return t.replace(tx, old, row)
	}
}

// erased returns a row as it is, and a copy with nothing but the fields that are declared as kept.
func erased[T any](tx *Tx, t *table[T], id ID) (old, row *T, err error) {
	raw, err := t.raw(tx, id)
	if err != nil {
		return nil, nil, err
	}
	values, err := fields(raw)
	if err != nil {
		return nil, nil, err
	}
	kept := map[string]json.RawMessage{}
	for _, f := range declared[t.kind] {
		switch value, there := values[f.Name]; {
		case f.Kept && there:
			kept[f.Name] = value
		case f.Blank != "":
			kept[f.Name] = json.RawMessage(f.Blank)
		}
	}
	blanked, err := Encode(kept)
	if err != nil {
		return nil, nil, err
	}
	if old, err = t.decode(tx, id, raw); err == nil {
		row, err = t.decode(tx, id, blanked)
	}
	return old, row, err
}

// complete completes the follow-up of an interaction. It ignores one that cannot be read, which is on no list.
func (tx *Tx) complete(id ID) error {
	_, _, err := change(tx, interactions, id, func(i *Interaction) error { i.FollowUpRequired = false; return nil })
	return unlessUnreadable(err)
}

// resolve resolves feedback that is not resolved yet. It ignores feedback that cannot be read, which is on no list.
func (tx *Tx) resolve(id ID, at Time, by *ID) error {
	_, _, err := change(tx, feedback, id, func(f *Feedback) error {
		if !f.Resolved {
			f.Resolved, f.ResolvedAt, f.ResolvedBy = true, &at, by
		}
		return nil
	})
	return unlessUnreadable(err)
}

// unlessUnreadable returns err, or nil if a record cannot be read.
func unlessUnreadable(err error) error {
	if errors.Is(err, ErrUnreadable) {
		return nil
	}
	return err
}

// erasedEmail returns an e-mail address for an erased customer that nobody else has.
func (tx *Tx) erasedEmail(id ID) string {
	name := "erased-" + id.String()
	email := name + erasedHost
	for n := 2; ; n++ {
		if owner, taken := customers.find(tx, bucketCustomerEmail, mailbox(email)); !taken || owner == id {
			return email
		}
		email = fmt.Sprintf("%s-%d%s", name, n, erasedHost)
	}
}

// eraseEach erases the records of a customer that an index of idTime keys leads to, in their rows, in the log and in the replies.
func (tx *Tx) eraseEach(b kv.Bucket, customer ID, erase func(ID) error) error {
	return tx.each(b, customer, func(id ID) error { return errors.Join(erase(id), tx.forget(id)) })
}

// each calls do with the ids of a customer's records in an index of idTime keys, until do fails.
func (tx *Tx) each(b kv.Bucket, customer ID, do func(ID) error) error {
	var ids []ID
	for key := range tx.kv.Prefix(b, customer[:]) {
		ids = append(ids, idAt(key, 24))
	}
	for _, id := range ids {
		if err := do(id); err != nil {
			return err
		}
	}
	return nil
}

// eraseDeleted calls forget for the records that entries of the log deleted.
func (tx *Tx) eraseDeleted(keys [][]byte) error {
	for _, key := range keys {
		if tx.kv.Get(bucketLog, key) == nil { // the log was trimmed meanwhile
			continue
		}
		c, err := tx.change(key)
		if err != nil {
			return err
		}
		if err := tx.forget(c.ID); err != nil {
			return err
		}
	}
	return nil
}

// forget deletes the replies that contain a record, and blanks the record's values in the log, unless their fields are kept.
func (tx *Tx) forget(id ID) error {
	var keys [][]byte
	for key := range tx.kv.Prefix(bucketLogRecord, id[:]) {
		keys = append(keys, bytes.Clone(key[16:]))
	}
	for _, key := range keys {
		if err := tx.blank(key); err != nil {
			return err
		}
	}
	return tx.ForgetReplies(id)
}

// blank sets the values in an entry of the log to null, unless their fields are kept. The names of the fields stay.
func (tx *Tx) blank(key []byte) error {
	c, err := tx.change(key)
	if err != nil || c.Old == nil {
		return err
	}
	old, err := fields(c.Old)
	if err != nil {
		return err
	}
	declared[c.Kind].blank(old)
	if c.Old, err = Encode(old); err != nil {
		return err
	}
	raw, err := Encode(c)
	if err != nil {
		return err
	}
	return tx.put(bucketLog, key, raw)
}

// OfCustomer returns the JSON of all interactions, or all feedback, of a customer, oldest first, without records that cannot be read.
// The slices belong to the caller.
func (tx *Tx) OfCustomer(kind Kind, customer ID) []json.RawMessage {
	rows := []json.RawMessage{}
	byTime := map[Kind]kv.Bucket{KindInteraction: bucketInteractionCustomer, KindFeedback: bucketFeedbackCustomer}[kind]
	for key := range tx.kv.Prefix(byTime, customer[:]) {
		id := idAt(key, 24)
		if raw := tx.kv.Get(logged[kind], id[:]); tx.readable(kind, id, raw) {
			rows = append(rows, bytes.Clone(raw))
		}
	}
	return rows
}

// readable reports whether the row of an interaction or feedback can be decoded.
func (tx *Tx) readable(kind Kind, id ID, raw []byte) bool {
	var err error
	if kind == KindInteraction {
		_, err = interactions.decode(tx, id, raw)
	} else {
		_, err = feedback.decode(tx, id, raw)
	}
	return err == nil
}
