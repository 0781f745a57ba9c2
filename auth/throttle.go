package auth

import (
	"container/list"
	"crypto/sha256"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	accountFailures = 5  // before an account has to wait
	addressFailures = 20 // before an address has to wait: an office may share one
	longestWait     = 15 * time.Minute
	forgetAfter     = time.Hour
	usualFor        = 30 * 24 * time.Hour // after a good attempt from an address
	maxStreaks      = 10_000              // of accounts, and as many of addresses and of both together
)

// A Throttle slows the guessing of passwords down. After 5 failures in a row for one account, or 20
// from one address, the next attempt has to wait 1 second, then 2, 4, 8 … up to 15 minutes. An hour
// without a failure is a clean slate. It lives in memory, in a bounded part of it, and holds no e-mail
// and no address, only their hashes. It is safe for concurrent use.
//
// An attempt counts as failed from its Begin until its Succeed, so that attempts which run at the same
// time cannot all slip through on the same count. An attempt that was told to wait counts for nothing.
// Accounts are counted whether they exist or not; otherwise the waiting would tell.
//
// Whoever fails for somebody else makes that account wait, but not where it has signed in during the last 30 days: there
// it has failures of its own. Otherwise one attempt in 15 minutes would keep an administrator out for ever.
type Throttle struct {
	now                        func() time.Time
	mu                         sync.Mutex
	accounts, addresses, usual tally // usual is of accounts at the addresses where they have signed in
}

// NewThrottle returns a Throttle with a clean slate.
func NewThrottle(now func() time.Time) *Throttle {
	return &Throttle{
		now:      now,
		accounts: newTally(accountFailures, forgetAfter), addresses: newTally(addressFailures, forgetAfter),
		usual: newTally(accountFailures, usualFor),
	}
}

// Begin starts an attempt. It returns 0 if the password may now be checked, or how long to wait before
// asking again. account is the key of the e-mail's mailbox. address is the client's, with or without a
// port; IPv6 addresses count by their /64, which is what one subscriber has. What is no IP address (a
// Unix socket) is not counted.
func (t *Throttle) Begin(account, address string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, who, where := t.now(), digest(account), network(address)
	wait, both := t.accounts.wait(who, now), pair(who, where)
	usual := t.usual.find(both, now) != nil
	if usual {
		wait = min(wait, t.usual.wait(both, now))
	}
	if wait = max(wait, t.addresses.wait(where, now)); wait > 0 {
		return wait
	}
	t.accounts.fail(who, now)
	if usual {
		t.usual.fail(both, now)
	}
	if where != (streakKey{}) {
		t.addresses.fail(where, now)
	}
	return 0
}

// Succeed ends an attempt whose password was right: the account's failures are forgotten, and as many are
// taken off the address's. So the typing errors of an office that shares an address do not add up, while
// somebody with an account of their own cannot use it to wipe out their guesses at others.
func (t *Throttle) Succeed(account, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, who, where := t.now(), digest(account), network(address)
	forgiven := t.accounts.clear(who, now)
	t.addresses.forgive(where, forgiven, now)
	if where != (streakKey{}) {
		t.usual.clear(pair(who, where), now)
		t.usual.add(pair(who, where), now)
	}
}

// Forget clears an account's failures, as after an administrator's reset of its password.
func (t *Throttle) Forget(account string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.accounts.clear(digest(account), t.now())
}

// Locked reports whether an attempt for the account would have to wait now, wherever it came from but where the account has
// signed in before.
func (t *Throttle) Locked(account string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.accounts.wait(digest(account), t.now()) > 0
}

// A streakKey is a hash: short however long the text a client sent.
type streakKey [sha256.Size]byte

func digest(text string) streakKey { return sha256.Sum256([]byte(text)) }

func pair(account, address streakKey) streakKey {
	return sha256.Sum256(slices.Concat(account[:], address[:]))
}

// network is the key of an address, zero if it is none.
func network(address string) streakKey {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		withPort, err := netip.ParseAddrPort(address)
		if err != nil {
			return streakKey{}
		}
		addr = withPort.Addr()
	}
	addr = addr.Unmap()
	prefix, _ := addr.Prefix(min(addr.BitLen(), 64)) // an IPv4 address whole
	return digest(prefix.String())
}

// A tally counts failures in a row by key, and forgets the oldest first.
type tally struct {
	free    int           // failures that cost no wait
	keep    time.Duration // after the last of them, or after add
	streaks map[streakKey]*list.Element
	byAge   *list.List // of *streak, by last, oldest first
}

type streak struct {
	key      streakKey
	failures int
	last     time.Time
}

func newTally(free int, keep time.Duration) tally {
	return tally{free: free, keep: keep, streaks: map[streakKey]*list.Element{}, byAge: list.New()}
}

func (t *tally) wait(key streakKey, now time.Time) time.Duration {
	s := t.find(key, now)
	if s == nil || s.failures < t.free {
		return 0
	}
	pause := min(longestWait, time.Second<<min(s.failures-t.free, 10))
	return max(0, min(pause, s.last.Add(pause).Sub(now)))
}

func (t *tally) fail(key streakKey, now time.Time) {
	s := t.find(key, now)
	if s == nil {
		s = t.add(key, now)
	}
	s.failures++
	s.last = now
	t.byAge.MoveToBack(t.streaks[key])
}

// add begins a streak that is not there yet.
func (t *tally) add(key streakKey, now time.Time) *streak {
	if len(t.streaks) >= maxStreaks {
		t.drop(t.byAge.Front())
	}
	s := &streak{key: key, last: now}
	t.streaks[key] = t.byAge.PushBack(s)
	return s
}

// clear forgets a key and returns how many failures it had.
func (t *tally) clear(key streakKey, now time.Time) int {
	s := t.find(key, now)
	if s == nil {
		return 0
	}
	t.drop(t.streaks[key])
	return s.failures
}

func (t *tally) forgive(key streakKey, failures int, now time.Time) {
	s := t.find(key, now)
	if s == nil {
		return
	}
	if s.failures -= failures; s.failures <= 0 {
		t.drop(t.streaks[key])
	}
}

// find returns nil for a key that nothing has happened to for as long as the tally keeps.
func (t *tally) find(key streakKey, now time.Time) *streak {
	t.expire(now)
	if e, ok := t.streaks[key]; ok {
		return e.Value.(*streak)
	}
	return nil
}

func (t *tally) expire(now time.Time) {
	for e := t.byAge.Front(); e != nil && now.Sub(e.Value.(*streak).last) >= t.keep; e = t.byAge.Front() {
		t.drop(e)
	}
}

func (t *tally) drop(e *list.Element) {
	delete(t.streaks, t.byAge.Remove(e).(*streak).key)
}
