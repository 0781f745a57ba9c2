package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"crm/store/kv"
)

// A Problem is a sentence about something in the store that contradicts the rest of it.
type Problem struct {
	Text string
	fix  *fix // nil where nothing in the store says what would be right
}

// Derived reports whether what is wrong follows from other records, so that Repair can make it anew.
func (p Problem) Derived() bool { return p.fix != nil }

// A fix puts or deletes one pair.
type fix struct {
	bucket     kv.Bucket
	key, value []byte
	delete     bool
}

// A checker compares what is stored with what follows from the rows. It walks the buckets in their order and looks up the
// rest, so that it needs no memory for what it has seen.
type checker struct {
	ctx    context.Context
	tx     *Tx
	report func(Problem) (more bool)
	done   bool
}

// check walks everything and reports each problem until report wants no more.
func (tx *Tx) check(ctx context.Context, report func(Problem) (more bool)) error {
	c := &checker{ctx: ctx, tx: tx, report: report}
	checkTable(c, customers, nil)
	checkTable(c, interactions, c.interaction)
	checkTable(c, feedback, c.feedback)
	checkTable(c, segments, nil)
	checkTable(c, users, nil)
	checkTable(c, sessions, c.session)
	checkTable(c, replies, nil)
	c.activities()
	c.log()
	c.records()
	return ctx.Err()
}

func (c *checker) add(f *fix, format string, args ...any) {
	if !c.done {
		if f != nil {
			f.key, f.value = bytes.Clone(f.key), bytes.Clone(f.value)
		}
		c.done = !c.report(Problem{fmt.Sprintf(format, args...), f})
	}
}

// ended reports whether the walk should stop.
func (c *checker) ended() bool { return c.done || c.ctx.Err() != nil }

// checkTable reads all rows of a kind and compares the indexes with them, both ways. see, if not nil, looks at each row.
func checkTable[T any](c *checker, t *table[T], see func(*T)) {
	wanted := make([]int, len(t.indexes))
	for key, raw := range c.tx.kv.Scan(t.rows, nil) {
		if c.ended() {
			return
		}
		row := checkRow(c, t, key, raw)
		if row == nil {
			continue
		}
		if see != nil {
			see(row)
		}
		for i := range t.indexes {
			if k := t.indexes[i].key(row); k != nil {
				wanted[i]++
				checkEntry(c, t, &t.indexes[i], k, t.id(row))
			}
		}
	}
	for i := range t.indexes {
		if n := c.entries(t.indexes[i].bucket); n != wanted[i] {
			checkStrays(c, t, &t.indexes[i])
		}
	}
}

// entries counts a bucket's keys as the transaction sees them.
func (c *checker) entries(b kv.Bucket) (n int) {
	for range c.tx.kv.Scan(b, nil) {
		if n++; c.ended() {
			break
		}
	}
	return n
}

// checkRow is the row, nil when it cannot be read.
func checkRow[T any](c *checker, t *table[T], key, raw []byte) *T {
	if len(key) != 16 {
		c.add(nil, "%s %x is stored under no id", t.kind, key)
		return nil
	}
	id := ID(key)
	row, err := t.decode(c.tx, id, raw)
	if err != nil {
		c.add(nil, "%v", err)
		return nil
	}
	if again, _ := t.encode(row); !bytes.Equal(again, t.derived.bare(raw)) {
		c.add(nil, "%s %s is not stored as this program writes it", t.kind, id)
	}
	return row
}

// checkEntry looks for a row's entry in an index.
func checkEntry[T any](c *checker, t *table[T], ix *index[T], k []byte, id ID) {
	place, format := ix.entry(k, id), "%s %s is missing from its index %s"
	if owner := c.tx.kv.Get(ix.bucket, k); ix.taken != nil && len(owner) == len(id) && ID(owner) != id {
		if row, err := t.get(c.tx, ID(owner)); err == nil && bytes.Equal(ix.key(row), k) {
			place, format = waitingKey(k, id), "%s %s does not wait for an entry of %s that another has"
		}
	}
	if got, there := c.tx.kv.Find(ix.bucket, place); !there || !bytes.Equal(got, ix.value(id)) {
		c.add(&fix{bucket: ix.bucket, key: place, value: ix.value(id)}, format, t.kind, id, bucketNames[ix.bucket])
	}
}

// checkStrays looks for entries of an index that no row asks for.
func checkStrays[T any](c *checker, t *table[T], ix *index[T]) {
	for key, value := range c.tx.kv.Scan(ix.bucket, nil) {
		if c.ended() {
			return
		}
		owner := value
		if ix.taken == nil {
			owner = key[max(0, len(key)-16):]
		}
		if len(owner) == 16 {
			row, err := t.get(c.tx, ID(owner))
			if err != nil && c.tx.kv.Get(t.rows, owner) != nil {
				continue // what the row asks for cannot be read
			}
			if k := ix.of(row); k != nil && bytes.Equal(key, ix.place(c.tx, k, ID(owner))) {
				continue
			}
		}
		c.add(&fix{bucket: ix.bucket, key: key, delete: true}, "index %s has an entry %x that leads nowhere", bucketNames[ix.bucket], key)
	}
}

func (c *checker) needCustomer(kind Kind, id, customer ID) {
	if c.tx.kv.Get(bucketCustomers, customer[:]) == nil {
		c.add(nil, "%s %s is of customer %s, who is missing", kind, id, customer)
	}
}

func (c *checker) interaction(i *Interaction) {
	c.needCustomer(KindInteraction, i.ID, i.CustomerID)
	if !slices.Contains(Channels, i.Channel) {
		c.add(nil, "interaction %s has an unknown channel %q", i.ID, i.Channel)
	}
}

func (c *checker) feedback(f *Feedback) {
	switch {
	case f.IsAnonymous != (f.CustomerID == nil):
		c.add(nil, "feedback %s is anonymous: %t, and names a customer: %t", f.ID, f.IsAnonymous, f.CustomerID != nil)
	case f.CustomerID != nil:
		c.needCustomer(KindFeedback, f.ID, *f.CustomerID)
	}
	if f.Sentiment != Sentiment(f.Rating) || !slices.Contains(Services, f.ServiceType) {
		c.add(nil, "feedback %s has %d stars, sentiment %q and service %q", f.ID, f.Rating, f.Sentiment, f.ServiceType)
	}
}

func (c *checker) session(s *Session) {
	if c.tx.kv.Get(bucketUsers, s.UserID[:]) == nil {
		c.add(nil, "session %s is of user %s, who is missing", s.ID, s.UserID)
	}
}

// activities counts again what happened with each customer, by the indexes.
func (c *checker) activities() {
	for key, raw := range c.tx.kv.Scan(bucketCustomers, nil) {
		if c.ended() {
			return
		}
		if len(key) != 16 {
			continue
		}
		if customer, err := customers.decode(c.tx, ID(key), raw); err == nil {
			c.activity(customer)
		}
	}
	for key := range c.tx.kv.Scan(bucketActivity, nil) {
		if c.tx.kv.Get(bucketCustomers, key) == nil {
			c.add(&fix{bucket: bucketActivity, key: key, delete: true}, "counts of customer %x, who is missing", key)
		}
	}
}

func (c *checker) activity(customer *Customer) {
	id := customer.ID
	got, err := c.tx.activity(id)
	want := c.tx.recount(id)
	if err != nil || !got.equal(&want) {
		raw, _ := Encode(want)
		c.add(&fix{bucket: bucketActivity, key: id[:], value: raw}, "customer %s: the counts of interactions and feedback are wrong", id)
	}
}

// recount is a customer's activity as the rows say.
func (tx *Tx) recount(customer ID) (a Activity) {
	for key := range tx.kv.Prefix(bucketInteractionCustomer, customer[:]) {
		if i, err := interactions.get(tx, idAt(key, 24)); err == nil {
			a.interaction(i, 1)
		}
	}
	for key := range tx.kv.Prefix(bucketFeedbackCustomer, customer[:]) {
		if f, err := feedback.get(tx, idAt(key, 24)); err == nil {
			a.rating(f, 1)
		}
	}
	a.LastFeedback = tx.lastFeedback(customer)
	return a
}

func (a *Activity) equal(b *Activity) bool {
	return slices.Equal(a.Channels, b.Channels) && slices.Equal(a.Services, b.Services) && a.Ratings == b.Ratings && sameTime(a.LastFeedback, b.LastFeedback)
}

func sameTime(a, b *Time) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

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
	if change.apart() {
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
