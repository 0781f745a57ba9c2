package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ErrErased is returned for changes of a customer who was erased.
var ErrErased = errors.New("the customer was erased: nothing about that person can be kept any more")

// personal are the fields that say something about a person, by kind. Erase blanks them in rows and log.
var personal = map[Kind][]string{
	KindCustomer:    {"full_name", "company_name", "email", "phone", "nationality", "region", "tags", "notes"},
	KindInteraction: {"subject", "summary"},
	KindFeedback:    {"booking_id", "comments", "resolution_notes"},
}

// What takes the place of personal values that must not be missing.
const (
	erasedText  = "[erased]"
	erasedPhone = "0"
	erasedHost  = "@erased.invalid" // a name that nobody can have (RFC 2606)
)

// Traces are the places in the change log, up to a sequence, that hold what was deleted of one customer.
type Traces struct {
	keys [][]byte
	seq  uint64
}

// Traces looks through the whole log, which takes a while: a second for some million changes. It is made for View, so
// that no writer waits, and Erase looks at what has come since.
func (tx *Tx) Traces(customer ID) Traces {
	return Traces{tx.deletedOf(customer, tx.trimmed()+1), tx.Seq()}
}

// deletedOf are the keys of the log's entries, from a sequence on, that removed an interaction or feedback of a customer.
func (tx *Tx) deletedOf(customer ID, from uint64) (keys [][]byte) {
	needles := [][]byte{[]byte(`"op":"delete"`), []byte(`"customer_id":"` + customer.String() + `"`)}
	for key, raw := range tx.kv.scan(bucketLog, seqKey(from)) {
		if containsAll(raw, needles) {
			keys = append(keys, bytes.Clone(key))
		}
	}
	return keys
}

// Erase blanks a person in the customer, the interactions, the feedback, the change log and the kept replies, and makes
// the customer inactive. Counts and statistics stay. It returns the customer's JSON. Erasing again blanks what has come
// since. What is derived from the store follows, and forgets for good when it is made anew, as the file does when it
// is compacted.
func (tx *Tx) Erase(id ID, found Traces) ([]byte, error) {
	c, err := customers.get(tx, id)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		tx.eraseEach(bucketInteractionCustomer, id, tx.eraseInteraction),
		tx.eraseEach(bucketFeedbackCustomer, id, tx.eraseFeedback),
		tx.eraseDeleted(slices.Concat(found.keys, tx.deletedOf(id, max(found.seq, tx.trimmed())+1))),
		tx.forget(id),
	)
	if err != nil {
		return nil, err
	}
	e := Customer{
		ID: id, ContactType: c.ContactType, Email: tx.erasedEmail(id), Phone: erasedPhone,
		PreferredLanguage: c.PreferredLanguage, LoyaltyStatus: c.LoyaltyStatus, Tags: []string{},
		CreatedAt: c.CreatedAt, UpdatedAt: tx.now, LastInteraction: c.LastInteraction, ErasedAt: &tx.now,
	}
	if err := customers.replace(tx, c, &e); err != nil {
		return nil, err
	}
	var before json.RawMessage
	if c.IsActive {
		before = json.RawMessage(`{"is_active":true}`)
	}
	if err := tx.record(KindCustomer, id, OpErase, before); err != nil {
		return nil, err
	}
	return customers.raw(tx, id)
}

// erasedEmail is the address of an erased customer: one that nobody else has.
func (tx *Tx) erasedEmail(id ID) string {
	name := "erased-" + id.String()
	email := name + erasedHost
	for n := 2; ; n++ {
		if owner, taken := customers.find(tx, bucketCustomerEmail, caseless(email)); !taken || owner == id {
			return email
		}
		email = fmt.Sprintf("%s-%d%s", name, n, erasedHost)
	}
}

// allowTexts is ErrErased where texts about a customer who was erased have changed: they may name that person again.
func (tx *Tx) allowTexts(customer *ID, before, after []*string) error {
	if customer == nil || slices.EqualFunc(before, after, sameText) {
		return nil
	}
	return tx.needCustomer(*customer, nil)
}

func sameText(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// eraseEach calls erase with what an index of idTime keys has under a customer.
func (tx *Tx) eraseEach(b bucket, customer ID, erase func(ID) error) error {
	var ids []ID
	for key := range tx.kv.prefix(b, customer[:]) {
		ids = append(ids, idAt(key, 24))
	}
	for _, id := range ids {
		if err := errors.Join(erase(id), tx.forget(id)); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) eraseInteraction(id ID) error {
	old, err := interactions.get(tx, id)
	if err != nil {
		return err
	}
	i := *old
	i.Subject, i.Summary = nil, erasedText
	return interactions.replace(tx, old, &i)
}

func (tx *Tx) eraseFeedback(id ID) error {
	old, err := feedback.get(tx, id)
	if err != nil {
		return err
	}
	f := *old
	f.BookingID, f.Comments, f.ResolutionNotes = nil, nil, nil
	return feedback.replace(tx, old, &f)
}

// eraseDeleted forgets the records that entries of the log removed.
func (tx *Tx) eraseDeleted(keys [][]byte) error {
	for _, key := range keys {
		if tx.kv.get(bucketLog, key) == nil { // trimmed since
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

// forget drops the kept replies that have a record's values, and blanks the personal ones in the log of it.
func (tx *Tx) forget(id ID) error {
	var keys [][]byte
	for key := range tx.kv.prefix(bucketLogRecord, id[:]) {
		keys = append(keys, bytes.Clone(key[16:]))
	}
	for _, key := range keys {
		if err := tx.blank(key); err != nil {
			return err
		}
	}
	return tx.ForgetReplies(id)
}

// blank makes the personal values in an entry of the log null. Which fields a change was about stays.
func (tx *Tx) blank(key []byte) error {
	c, err := tx.change(key)
	if err != nil || c.Old == nil {
		return err
	}
	old, err := fields(c.Old)
	if err != nil {
		return err
	}
	for _, name := range personal[c.Kind] {
		if _, there := old[name]; there {
			old[name] = null
		}
	}
	if c.Old, err = Encode(old); err != nil {
		return err
	}
	raw, err := Encode(c)
	if err != nil {
		return err
	}
	return tx.put(bucketLog, key, raw)
}

// OfCustomer is every interaction, or all feedback, of a customer as JSON, oldest first. The caller owns it.
func (tx *Tx) OfCustomer(kind Kind, customer ID) []json.RawMessage {
	rows := []json.RawMessage{}
	byTime := map[Kind]bucket{KindInteraction: bucketInteractionCustomer, KindFeedback: bucketFeedbackCustomer}[kind]
	for key := range tx.kv.prefix(byTime, customer[:]) {
		rows = append(rows, bytes.Clone(tx.kv.get(logged[kind], key[24:])))
	}
	return rows
}
