package store

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"crm/store/kv"
	"crm/store/zone"
)

// By says on whose behalf a transaction runs.
type By struct {
	Actor     string // the subject of a token, or the name of a command
	RequestID string
	Remote    string // the client's address, for the log of sign-ins; empty otherwise
	// Admit is asked once, after every check and before the first write; its error refuses the transaction.
	// Limits belong here: they count only what would have been carried out.
	Admit func() error
}

// Tx is a transaction: all of it is kept or nothing. It must not be used after its function has returned.
type Tx struct {
	kv      *kv.Tx
	by      By
	ids     *IDSource
	now     Time
	seq     uint64
	wrote   bool
	skipped *skipped // what cannot be read; nil notes nothing
	// accounts: a user or a session was written
	accounts bool
	zone     *zone.Zone
	batch    *ID // that the changes belong to; nil for none
}

// Now is the transaction's one time. It never runs backwards, whatever the machine's clock does.
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

// begin stands before every write to a bucket and asks Admit at the first.
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

// write is one call of Update on its way through the committer.
type write struct {
	by   By
	fn   func(*Tx) error
	seq  uint64
	err  error
	done chan struct{}
}

// maxBatch bounds how many writes share a commit, and so how long each waits for the others.
const maxBatch = 512

// Update runs fn in a write transaction and returns when it is on disk, or with fn's error and nothing written.
// Many calls share one commit, so fn may run more than once and must set its results anew each time.
// It checks first and writes after: a function that fails after its first write makes the others run again without it.
// The result is the log's sequence with fn's changes.
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

// once makes Admit remember its answer: a function may run again, a limit counts it once.
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

// commitLoop is the only writer. It takes what waits and commits it together; nobody waits for a timer.
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

// commit runs a batch until one run of it holds, answers everyone, and tells the followers.
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

// try runs the writes in one transaction. A write that failed after it had written spoils the transaction and is returned.
func (s *Store) try(writes []*write) (spoiler *write, err error) {
	var seq uint64
	began, wrote, accounts := time.Now(), 0, false
	err = s.kv.Update(func(pairs *kv.Tx) error {
		seq = (&Tx{kv: pairs}).Seq() // the file's own: a commit that failed at its very end may be in it all the same
		for _, w := range writes {
			tx := &Tx{kv: pairs, by: w.by, ids: &s.ids, now: s.tick(), seq: seq, zone: s.zone, skipped: &s.skipped}
			w.err = s.call(w.fn, tx)
			if w.err != nil && tx.wrote {
				spoiler = w
				return w.err
			}
			seq, w.seq = tx.seq, tx.seq
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
		s.publish(seq)
	}
	return spoiler, err
}

// Accounts is a number that changes with every commit that may have changed a user or a session, before its Update
// returns: what was read of them before is good while it stays the same.
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

// A PanicError is what Update returns when its function panicked: the committer serves others and lives on.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic in transaction: %v", e.Value) }

// call runs a transaction's function. What it panics with over a damaged page says so, as in a view.
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

// tick is the time of the next transaction: the machine's, or the last one's where that ran backwards.
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

// Now is the time that the next transaction has: the machine's, or later where that ran backwards.
func (s *Store) Now() Time { return s.tick() }

// publish makes a committed sequence known to those who follow the log.
func (s *Store) publish(seq uint64) {
	s.follow.Lock()
	defer s.follow.Unlock()
	s.seq.Store(seq)
	close(s.changed)
	s.changed = make(chan struct{})
}

// Seq is the sequence of the newest committed change.
func (s *Store) Seq() uint64 { return s.seq.Load() }

// Changed is the newest committed sequence and a channel that is closed at the next commit.
func (s *Store) Changed() (uint64, <-chan struct{}) {
	s.follow.Lock()
	defer s.follow.Unlock()
	return s.seq.Load(), s.changed
}

// A Commit is one transaction of the committer, as an observer is told of it.
type Commit struct {
	Writes int           // calls of Update that wrote in it
	Took   time.Duration // from the first of them until it is on disk
	Err    error         // why nothing of it is kept; nil when all is on disk
}

// WithObserver calls fn after each commit, before those who wait for it go on: fn must be quick and must not use the store.
func WithObserver(fn func(Commit)) Option { return func(s *Store) { s.health.observer = fn } }
