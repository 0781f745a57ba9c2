package httpapi

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// seats bound how many answers that take long are under way, altogether and for each user.
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

// take returns what gives the seat back, or an error that refuses one: 429 to a user who has enough, 503 when there are no more.
func (s *seats) take(user string) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.taken[user] >= s.each:
		return nil, &statusError{status: http.StatusTooManyRequests, retry: 30 * time.Second, detail: fmt.Sprintf("You have %d %s open: end one before you open another", s.each, s.what)}
	case s.total >= s.all:
		return nil, &statusError{status: http.StatusServiceUnavailable, retry: 30 * time.Second, detail: fmt.Sprintf("There are %d %s open, and the service has no more: try again later", s.all, s.what)}
	}
	s.taken[user]++
	s.total++
	return func() { s.leave(user) }, nil
}

func (s *seats) leave(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	if s.taken[user]--; s.taken[user] == 0 {
		delete(s.taken, user)
	}
}
