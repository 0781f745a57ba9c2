package store

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"crm/store/kv"
	"crm/store/text"
	"crm/store/zone"
)

// By says who makes a transaction.
type By struct {
	Actor     string // the subject of a token, or the name of a command
	RequestID string
	Remote    string // the client's address, for the log of sign-ins; empty otherwise
	// Admit is called once, after every check and before the first write. Its error refuses the transaction. Rate limits belong here, so
	// that they count only requests that nothing else refuses.
	Admit func() error
}

// Tx is a transaction: all of its writes are stored, or none. It must not be used after its function has returned.
type Tx struct {
	kv       *kv.Tx
	by       By
	ids      *IDSource
	now      Time
	seq      uint64
	wrote    bool
	skipped  *skipped // receives the records that cannot be read; may be nil
	accounts bool     // whether a user or a session was written
	zone     *zone.Zone
	home     text.Country // of phone numbers without a country code
	batch    *ID          // that the changes belong to; nil for none
	events   []Event      // what the transaction wrote to the log, or the beginning of it
}

// Now returns the time of the transaction, which is the same for all of it. It is never before that of an earlier transaction, also when
// the machine's clock is set back.
func (tx *Tx) Now() Time { return tx.now }

func (tx *Tx) put(b kv.Bucket, key, value []byte) error {
	if err := tx.begin(b); err != nil {
		return err
	}
	return tx.kv.Put(b, key, value)
}

func (tx *Tx) delete(b kv.Bucket, key []byte) error {
	if err := tx.begin(b); err != nil {
		return err
	}
	return tx.kv.Delete(b, key)
}

// begin is called before every write to a bucket, and calls Admit before the first.
func (tx *Tx) begin(b kv.Bucket) error {
	tx.accounts = tx.accounts || b == bucketUsers || b == bucketSessions
	if tx.wrote {
		return nil
	}
	if tx.by.Admit != nil {
		if err := tx.by.Admit(); err != nil {
			return err
		}
	}
	tx.wrote = true
	return nil
}

// A write is a call of Update that waits for its commit.
type write struct {
	by   By
	fn   func(*Tx) error
	seq  uint64
	err  error
	done chan struct{}
}

// maxBatch is how many writes share a commit at most, which bounds how long each waits for the others.
const maxBatch = 512

// Update runs fn in a write transaction. It returns when the transaction is on disk, or with fn's error and nothing written.
//
// Many calls share one commit, so fn may run more than once and must set its results each time. fn should check first and write after:
// if it fails after its first write, the functions of all other calls run again without it. Update returns the sequence of the
// change log that has fn's changes.
func (s *Store) Update(by By, fn func(*Tx) error) (uint64, error) {
	w := &write{by: once(by), fn: fn, done: make(chan struct{})}
	s.closing.RLock()
	if s.closed {
		s.closing.RUnlock()
		return 0, ErrClosed
	}
	s.queue <- w
	s.closing.RUnlock()
	<-w.done
	return w.seq, s.located(w.err)
}

// once makes Admit remember its result: a function may run several times, and a rate limit must count it once.
func once(by By) By {
	if admit := by.Admit; admit != nil {
		asked, answer := false, error(nil)
		by.Admit = func() error {
			if !asked {
				asked, answer = true, admit()
			}
			return answer
		}
	}
	return by
}

// commitLoop is the only writer. It commits all waiting writes together, and never waits for more of them.
func (s *Store) commitLoop() {
	defer close(s.stopped)
	for first := range s.queue {
		batch := []*write{first}
		for len(batch) < maxBatch && len(s.queue) > 0 {
			if w, ok := <-s.queue; ok {
				batch = append(batch, w)
			}
		}
		s.commit(batch)
	}
}

// commit runs the writes in one transaction, again without those that failed after writing, until it succeeds. It then wakes up the
// callers and those who follow the log.
func (s *Store) commit(batch []*write) {
	s.health.began.Store(time.Now().UnixNano())
	defer s.health.began.Store(0)
	running := batch
	for len(running) > 0 {
		spoiler, err := s.try(running)
		if spoiler == nil {
			s.answer(running, err)
			break
		}
		running = without(running, spoiler)
	}
	for _, w := range batch {
		close(w.done)
	}
}

// try runs the writes in one transaction. A write that failed after it had written something makes the transaction useless, and is
// returned as the spoiler.
func (s *Store) try(writes []*write) (spoiler *write, err error) {
	var (
		seq    uint64
		events []Event
	)
	began, wrote, accounts := time.Now(), 0, false
	err = s.kv.Update(func(pairs *kv.Tx) error {
		seq = (&Tx{kv: pairs}).Seq() // from the file, which may have a commit whose last step failed
		for _, w := range writes {
			tx := &Tx{kv: pairs, by: w.by, ids: &s.ids, now: s.tick(), seq: seq, zone: s.zone, home: s.home, skipped: &s.skipped}
			w.err = s.call(w.fn, tx)
			if w.err != nil && tx.wrote {
				spoiler = w
				return w.err
			}
			seq, w.seq = tx.seq, tx.seq
			if len(events) <= maxEvents {
				events = append(events, tx.events...)
			}
			if accounts = accounts || tx.accounts; tx.wrote {
				wrote++
			}
		}
		if wrote == 0 {
			return errNothing
		}
		return nil
	})
	if accounts {
		s.accounts.Add(1)
	}
	if spoiler == nil {
		s.health.note(Commit{wrote, time.Since(began), err})
	}
	if spoiler == nil && err == nil {
		s.publish(seq, events)
	}
	return spoiler, err
}

// Accounts returns a number that changes with every commit that may have changed a user or a session, before the call of Update
// returns. Users and sessions that were read before may be cached while it stays the same.
func (s *Store) Accounts() uint64 { return s.accounts.Load() }

// errNothing keeps a batch of refusals from costing a commit.
var errNothing = fmt.Errorf("nothing was written")

func (s *Store) answer(writes []*write, err error) {
	if err == nil || errors.Is(err, errNothing) {
		return
	}
	for _, w := range writes {
		if w.err == nil {
			w.err = fmt.Errorf("commit: %w", err)
		}
	}
}

func without(writes []*write, out *write) []*write {
	kept := make([]*write, 0, len(writes)-1)
	for _, w := range writes {
		if w != out {
			kept = append(kept, w)
		}
	}
	return kept
}

// A PanicError is returned by Update when its function panicked. Other calls of Update are not affected.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic in transaction: %v", e.Value) }

// call runs a transaction's function. It turns a panic into an error: a DamagedError if a damaged page is the cause, as View does, and
// else a PanicError.
func (s *Store) call(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		switch v := recover(); {
		case v == nil:
		case kv.MeansDamage(v):
			err = s.kv.Damaged(fmt.Errorf("%v", v))
		default:
			err = &PanicError{v, debug.Stack()}
		}
	}()
	return fn(tx)
}

// tick returns the time of the next transaction: the machine's, or that of the last transaction if the clock was set back.
func (s *Store) tick() Time {
	for {
		last, now := s.last.Load(), int64(TimeOf(s.clock()))
		if now <= last {
			return Time(last)
		}
		if s.last.CompareAndSwap(last, now) {
			return Time(now)
		}
	}
}

// Now returns the time of the next transaction: the machine's, or a later one if the clock was set back.
func (s *Store) Now() Time { return s.tick() }

// A Commit tells an observer about one commit.
type Commit struct {
	Writes int           // calls of Update that wrote in it
	Took   time.Duration // from the first write until all is on disk
	Err    error         // why nothing was stored; nil if all is on disk
}

// WithObserver makes the store call fn after each commit, before the calls of Update return. fn must be quick and must not use the store.
func WithObserver(fn func(Commit)) Option { return func(s *Store) { s.health.observer = fn } }
