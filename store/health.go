package store

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// health has the state of the store's commits.
type health struct {
	observer func(Commit)
	began    atomic.Int64 // when the present commit began, in nanoseconds since 1970; 0 if there is none
	failed   atomic.Pointer[failure]
	probing  sync.Mutex
}

// A failure tells why the last commit did not reach the disk.
type failure struct {
	err error
	at  time.Time
}

// note records the result of a commit. It ignores commits that wrote nothing, from which nothing follows about the disk.
func (h *health) note(c Commit) {
	switch {
	case errors.Is(c.Err, errNothing):
		return
	case c.Err != nil:
		h.failed.Store(&failure{c.Err, time.Now()})
	default:
		h.failed.Store(nil)
	}
	if h.observer != nil {
		h.observer(c)
	}
}

// Committing returns how long the present commit has been running, or 0 if there is none.
func (s *Store) Committing() time.Duration {
	if began := s.health.began.Load(); began != 0 {
		return time.Since(time.Unix(0, began))
	}
	return 0
}

// probeEvery is the least time between a failed commit and a write that tries whether commits succeed again.
const probeEvery = time.Second

// Writable returns nil if the last commit reached the disk, and else why it did not. After a failure it tries a small write now and
// then, so that it returns nil as soon as the disk has room again.
func (s *Store) Writable() error {
	f := s.health.failed.Load()
	if f == nil || !s.health.probing.TryLock() {
		return f.cause()
	}
	defer s.health.probing.Unlock()
	if f = s.health.failed.Load(); f == nil || time.Since(f.at) < probeEvery {
		return f.cause()
	}
	_, err := s.Update(By{}, func(tx *Tx) error { // writes a value that is there already
		return tx.put(bucketMeta, metaSchema, bytes.Clone(tx.kv.Get(bucketMeta, metaSchema)))
	})
	return err
}

func (f *failure) cause() error {
	if f == nil {
		return nil
	}
	return f.err
}
