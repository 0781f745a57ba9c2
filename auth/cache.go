package auth

import (
	"strings"
	"sync"
	"time"
)

const (
	cacheSize = 4096
	// cacheFor is how long a verified token is cached. A key that its issuer has withdrawn stops working after that time.
	cacheFor = 5 * time.Minute
)

// A cache has verified tokens in two generations. When the young generation is full, it becomes the old one, and the old one is dropped,
// with all tokens that were not used meanwhile. The zero value is an empty cache.
type cache struct {
	mu         sync.Mutex
	young, old map[string]verified
}

type verified struct {
	Principal
	until time.Time
}

func (c *cache) get(token string, now time.Time) (Principal, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.young[token]
	if !ok {
		if v, ok = c.old[token]; ok && now.Before(v.until) {
			c.add(token, v)
		}
	}
	return v.Principal, ok && now.Before(v.until)
}

func (c *cache) put(token string, p Principal, now time.Time) {
	until := now.Add(cacheFor)
	if p.Expires.Before(until) {
		until = p.Expires
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(strings.Clone(token), verified{p, until}) // token may be part of a larger string
}

func (c *cache) add(token string, v verified) {
	if c.young == nil || len(c.young) >= cacheSize/2 {
		c.old, c.young = c.young, map[string]verified{}
	}
	c.young[token] = v
}
