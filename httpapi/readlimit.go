package httpapi

import (
	"maps"
	"sync"
	"time"

	"crm/auth"
	"crm/httpapi/wire"
)

// A readLimit keeps those who may not export customers from taking whole lists page by page: customers on pages after the first count.
// A page that a user read a short time ago is free, so that a console may show it again whenever something changes.
type readLimit struct {
	*limiter

	mu   sync.Mutex
	read map[readPage]time.Time
}

// A readPage is a page of a list, as a user asked for it.
type readPage struct{ user, url string }

const (
	readAgain    = 10 * time.Minute // how long a page is free
	maxReadPages = 10_000           // how many are remembered until the old ones are removed
)

func newReadLimit(quota int, clock func() time.Time) *readLimit {
	return &readLimit{limiter: newLimiter("reads", "customers on further pages of lists", quota, clock), read: make(map[readPage]time.Time)}
}

// readCustomers counts n customers that the answer is about to have. It returns an error when they are too many.
func (a *API) readCustomers(c *call, p wire.Paging, n int) error {
	l := a.limits.reads
	if p.Page == 1 || n == 0 || l.quota == 0 || auth.Allows(c.caller.permissions, "crm:export:customers") {
		return nil
	}
	page := readPage{c.caller.subject, c.r.URL.RequestURI()}
	if l.wasRead(page) {
		return nil
	}
	if err := l.take(page.user, n); err != nil {
		return err
	}
	l.note(page)
	return nil
}

// wasRead reports whether a page was read a short time ago.
func (l *readLimit) wasRead(p readPage) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	last, there := l.read[p]
	return there && l.clock().Sub(last) < readAgain
}

// note remembers that a page is read now, unless there are too many to remember.
func (l *readLimit) note(p readPage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	if len(l.read) >= maxReadPages {
		maps.DeleteFunc(l.read, func(_ readPage, at time.Time) bool { return now.Sub(at) >= readAgain })
	}
	if len(l.read) < maxReadPages {
		l.read[p] = now
	}
}
