package httpapi

import (
	"fmt"
	"sync"
	"time"

	"crm/httpapi/wire"
	"crm/store"
)

// A quota limits how much all users, and each user, may use at a time of something that long requests need. It is a weighted semaphore
// that also counts by user.
type quota struct {
	name      string             // in problem documents: "event_streams"
	amount    func(n int) string // in sentences: "16 event streams"
	all, each int

	mu    sync.Mutex
	used  map[string]int // by user; entries of 0 are removed
	total int
}

func newQuota(name string, amount func(n int) string, all, each int) *quota {
	return &quota{name: name, amount: amount, all: all, each: each, used: make(map[string]int)}
}

// numberOf returns a function for the amount of something that is counted.
func numberOf(what string) func(n int) string {
	return func(n int) string { return fmt.Sprintf("%d %s", n, what) }
}

// acquire reserves n for a user until release. It returns 429 if the user has too much already, and 503 if all users together have. A user
// who has nothing gets any n, even one above the limits, which could otherwise never be granted.
func (q *quota) acquire(user string, n int) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.used[user] > 0 && q.used[user]+n > q.each:
		return q.refuse(wire.Quota, q.each, "At most %s at a time are allowed for each user: wait until one has ended, then try again")
	case q.total > 0 && q.total+n > q.all:
		return q.refuse(wire.Busy, q.all, "At most %s at a time are allowed, and others are using them: try again later")
	}
	q.used[user] += n
	q.total += n
	return nil
}

func (q *quota) refuse(reason wire.Reason, most int, format string) error {
	return &wire.Refusal{
		Reason: reason, Retry: 30 * time.Second,
		Detail: fmt.Sprintf(format, q.amount(most)), Params: store.Facts{"quota": q.name, "most": most},
	}
}

func (q *quota) release(user string, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.total -= n
	if q.used[user] -= n; q.used[user] == 0 {
		delete(q.used, user)
	}
}
