package httpapi

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"crm/httpapi/wire"
)

// A limiter allows each key a number of requests per minute. Capacity comes back gradually (a token bucket).
type limiter struct {
	name  string // in RateLimit-Policy
	what  string // in sentences: "new customers"
	quota int    // per minute; 0 for no limit
	clock func() time.Time

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
	pruneAt int // the number of keys at which those with a full bucket are removed
}

func newLimiter(name, what string, quota int, clock func() time.Time) *limiter {
	return &limiter{name: name, what: what, quota: quota, clock: clock, buckets: make(map[string]*rate.Limiter), pruneAt: minPrune}
}

const minPrune = 10_000

func (l *limiter) bucket(key string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= l.pruneAt {
			l.prune(now)
			l.pruneAt = max(minPrune, 2*len(l.buckets))
		}
		b = rate.NewLimiter(rate.Limit(float64(l.quota)/60), l.quota)
		l.buckets[key] = b
	}
	return b
}

func (l *limiter) prune(now time.Time) {
	for key, b := range l.buckets {
		if b.TokensAt(now) >= float64(l.quota) {
			delete(l.buckets, key)
		}
	}
}

// admit returns a function that a transaction calls before its first write, and a function that undoes it if the transaction fails later.
func (l *limiter) admit(key string) (admit func() error, undo func()) {
	if l == nil || l.quota == 0 {
		return nil, func() {}
	}
	var (
		token *rate.Reservation
		now   time.Time
	)
	admit = func() (err error) {
		now = l.clock()
		token, err = l.reserve(key, 1, now)
		return err
	}
	undo = func() {
		if token != nil {
			token.CancelAt(now) // with the time of the reservation, since a reservation in the past cannot be canceled
		}
	}
	return admit, undo
}

// take counts n at once, or refuses all of them. n must not be more than the quota.
func (l *limiter) take(key string, n int) error {
	_, err := l.reserve(key, n, l.clock())
	return err
}

// reserve counts n for a key, or returns the refusal.
func (l *limiter) reserve(key string, n int, now time.Time) (*rate.Reservation, error) {
	token := l.bucket(key, now).ReserveN(now, n)
	wait := token.DelayFrom(now)
	if wait == 0 {
		return token, nil
	}
	token.CancelAt(now)
	return nil, wire.OverLimit(wire.RateLimit, l.name, fmt.Sprintf("Rate limit exceeded: at most %d %s per minute", l.quota, l.what), l.quota, wait)
}

// tooManyLogins returns the refusal for an account, or an address, with too many failed attempts.
func tooManyLogins(wait time.Duration) error {
	return wire.OverLimit(wire.FailedLogins, "login", "Too many failed attempts to sign in", 5, wait)
}
