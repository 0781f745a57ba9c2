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
	addressFailures = 20 // before an address has to wait, which an office may share
	longestWait     = 15 * time.Minute
	forgetAfter     = time.Hour
	usualFor        = 30 * 24 * time.Hour // how long an address counts as usual after a successful attempt
	maxStreaks      = 10_000              // of accounts, of addresses, and of pairs of both
)

// A Throttle slows down those who guess passwords. After 5 failures in a row for one account, or 20 from one address, the next attempt has
// to wait 1 second, then 2, 4, 8 … up to 15 minutes. After an hour without a failure the count begins again at 0. A Throttle uses a bounded
// amount of memory, and stores only hashes of e-mail and network addresses. It is safe for concurrent use.
//
// An attempt counts as failed from its Begin until its Succeed, so that concurrent attempts cannot all use the same count. An attempt that
// has to wait does not count. Accounts that do not exist are counted too, so that nobody can find out which exist.
//
// Failures elsewhere do not make an account wait at an address where it has signed in during the last 30 days: these addresses have counts
// of their own. Otherwise one attempt in 15 minutes could lock an administrator out for ever.
type Throttle struct {
	now                        func() time.Time
	mu                         sync.Mutex
	accounts, addresses, usual tally // usual has pairs of an account and an address where it has signed in
}

// NewThrottle returns a Throttle without failures.
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

// Succeed ends an attempt with the right password. It clears the account's failures, and subtracts them from those of the address. So the
// typing errors in an office with one address do not add up, and nobody can clear guesses at other accounts by signing in to their own.
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

// Forget clears an account's failures, for example after a reset of its password.
func (t *Throttle) Forget(account string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.accounts.clear(digest(account), t.now())
}

// Locked reports whether an attempt for the account has to wait now, unless it comes from an address where the account has signed in
// before.
func (t *Throttle) Locked(account string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.accounts.wait(digest(account), t.now()) > 0
}

// A streakKey is a hash of a text of any length.
type streakKey [sha256.Size]byte

func digest(text string) streakKey { return sha256.Sum256([]byte(text)) }

func pair(account, address streakKey) streakKey {
	return sha256.Sum256(slices.Concat(account[:], address[:]))
}

// network returns the key of an address, or zero if it is not an IP address.
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
	prefix, _ := addr.Prefix(min(addr.BitLen(), 64)) // all 32 bits of an IPv4 address
	return digest(prefix.String())
}

// A tally counts failures in a row by key, and forgets the oldest first.
type tally struct {
	free    int           // failures without a wait
	keep    time.Duration // how long a streak is kept after its last failure
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

// add begins a new streak.
func (t *tally) add(key streakKey, now time.Time) *streak {
	if len(t.streaks) >= maxStreaks {
		t.drop(t.byAge.Front())
	}
	s := &streak{key: key, last: now}
	t.streaks[key] = t.byAge.PushBack(s)
	return s
}

// clear deletes the streak of a key and returns the number of its failures.
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

// find returns the streak of a key, or nil if there is none or it has expired.
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
