package store

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// health is what the store remembers of its commits.
type health struct {
	observer func(Commit)
	began    atomic.Int64 // of the commit under way, nanoseconds since 1970; 0 when there is none
	failed   atomic.Pointer[failure]
	probing  sync.Mutex
}

// A failure is why the last commit did not reach the disk.
type failure struct {
	err error
	at  time.Time
}

// note takes down how a commit ended. Batches that wrote nothing say nothing of the disk.
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

// Committing is how long the commit under way has been running, 0 when there is none.
func (s *Store) Committing() time.Duration {
	if began := s.health.began.Load(); began != 0 {
		return time.Since(time.Unix(0, began))
	}
	return 0
}

// probeEvery is the least time between a commit that failed and a write that tries whether others would.
const probeEvery = time.Second

// Writable is nil when the last commit reached the disk, and otherwise why it did not. Then it tries a small write now and
// then, so that it becomes nil by itself when there is room again.
func (s *Store) Writable() error {
	f := s.health.failed.Load()
	if f == nil || !s.health.probing.TryLock() {
		return f.cause()
	}
	defer s.health.probing.Unlock()
	if f = s.health.failed.Load(); f == nil || time.Since(f.at) < probeEvery {
		return f.cause()
	}
	_, err := s.Update(By{}, func(tx *Tx) error { // what is there already
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
