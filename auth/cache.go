package auth

import (
	"strings"
	"sync"
	"time"
)

const (
	cacheSize = 4096
	// A signature is checked again after this long, so that a key which its issuer has withdrawn
	// stops working well before the last of its tokens expires.
	cacheFor = 5 * time.Minute
)

// A cache remembers verified tokens in two generations: when the young one is full, it becomes the old
// one, and the old one, with all that was not asked for meanwhile, is dropped. The zero value is empty.
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
	c.add(strings.Clone(token), verified{p, until}) // token may be a piece of a whole request
}

func (c *cache) add(token string, v verified) {
	if c.young == nil || len(c.young) >= cacheSize/2 {
		c.old, c.young = c.young, map[string]verified{}
	}
	c.young[token] = v
}
