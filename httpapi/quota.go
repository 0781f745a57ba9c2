package httpapi

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"crm/httpapi/wire"
)

// seats bound what requests that may take long hold meanwhile, altogether and for each user.
type seats struct {
	what      string // in sentences: "event streams"
	all, each int

	mu    sync.Mutex
	taken map[string]int // by user; 0 is left out
	total int
}

func newSeats(what string, all, each int) *seats {
	return &seats{what: what, all: all, each: each, taken: make(map[string]int)}
}

// take takes n seats, which leave gives back, or returns an error that refuses them: 429 to a user who has enough, 503 when there are
// no more. A user who has none gets them however many they are, for nobody could ever give them otherwise.
func (s *seats) take(user string, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.taken[user] > 0 && s.taken[user]+n > s.each:
		return &wire.StatusError{Status: http.StatusTooManyRequests, Retry: 30 * time.Second, Detail: fmt.Sprintf("You may have %d %s open at a time: end one before you open another", s.each, s.what)}
	case s.total > 0 && s.total+n > s.all:
		return &wire.StatusError{Status: http.StatusServiceUnavailable, Retry: 30 * time.Second, Detail: fmt.Sprintf("There may be %d %s open at a time, and the service has no more: try again later", s.all, s.what)}
	}
	s.taken[user] += n
	s.total += n
	return nil
}

func (s *seats) leave(user string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total -= n
	if s.taken[user] -= n; s.taken[user] == 0 {
		delete(s.taken, user)
	}
}
