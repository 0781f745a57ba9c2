package store

import "slices"

// An Event is an entry of the log as its followers get it: with the record that the change left.
type Event struct {
	Change
	Record
}

// A Record is what a row decodes to; at most one of the pointers is set. Followers share it and must not change it.
type Record struct {
	Customer    *Customer // LastInteraction is not set
	Interaction *Interaction
	Feedback    *Feedback
}

// maxEvents bounds how many events the store keeps for its followers. One that is further behind reads the log.
const maxEvents = 512

// addEvent keeps an entry of the log for the followers. If a transaction has very many entries, it drops the later ones.
func (tx *Tx) addEvent(c *Change, r Record) {
	if len(tx.events) <= maxEvents {
		tx.events = append(tx.events, Event{*c, r})
	}
}

// publish makes committed changes known to those who follow the log. seq is the newest; events are those since the last call, or some of
// them. An erasure removes all events, because they may contain what was blanked in the log.
func (s *Store) publish(seq uint64, events []Event) {
	s.follow.Lock()
	defer s.follow.Unlock()
	known := s.seq.Load()+uint64(len(events)) == seq && len(events) <= maxEvents
	if !known || slices.ContainsFunc(events, func(e Event) bool { return e.Op == OpErase }) {
		s.events = nil
	} else {
		s.events = append(s.events, events...)
		s.events = s.events[max(0, len(s.events)-maxEvents):]
	}
	s.seq.Store(seq)
	close(s.changed)
	s.changed = make(chan struct{})
}

// Events returns what was committed after a sequence, oldest first, with the records as each change left them. ok is false if the store no
// longer has all of it, as after a start. The caller must then read the log, with Changes. The slice must not be changed.
func (s *Store) Events(after uint64) (list []Event, ok bool) {
	s.follow.Lock()
	defer s.follow.Unlock()
	n := s.seq.Load() - after
	if after > s.seq.Load() || n > uint64(len(s.events)) {
		return nil, false
	}
	return s.events[len(s.events)-int(n):], true
}

// Seq returns the sequence of the newest committed change.
func (s *Store) Seq() uint64 { return s.seq.Load() }

// Changed returns the newest committed sequence, and a channel that is closed at the next commit.
func (s *Store) Changed() (uint64, <-chan struct{}) {
	s.follow.Lock()
	defer s.follow.Unlock()
	return s.seq.Load(), s.changed
}
