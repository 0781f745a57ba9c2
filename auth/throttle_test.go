package auth_test

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crm/auth"
)

const (
	office = "198.51.100.7"
	email  = "amina@example.com"
)

// A steppedClock stands still until it is moved.
type steppedClock struct{ at time.Time }

func (c *steppedClock) now() time.Time { return c.at }

func begin(t *testing.T, throttle *auth.Throttle, account, address string, want time.Duration) {
	t.Helper()
	if got := throttle.Begin(account, address); got != want {
		t.Fatalf("Begin(%q, %q) = %v, want %v", account, address, got, want)
	}
}

func TestWaitDoubles(t *testing.T) {
	clock := &steppedClock{noon}
	throttle := auth.NewThrottle(clock.now)
	for range 5 {
		begin(t, throttle, email, "", 0)
	}
	want := time.Second
	for range 14 {
		begin(t, throttle, email, "", want)
		begin(t, throttle, email, "", want) // being told to wait is no failure
		if !throttle.Locked(email) {
			t.Fatalf("not locked while the wait is %v", want)
		}
		clock.at = clock.at.Add(want - 1)
		begin(t, throttle, email, "", 1)
		clock.at = clock.at.Add(1)
		if throttle.Locked(email) {
			t.Fatalf("still locked after %v", want)
		}
		begin(t, throttle, email, "", 0)
		want = min(2*want, 15*time.Minute)
	}
	begin(t, throttle, "other@example.com", "", 0)
}

func TestSucceedForgetsTheAccount(t *testing.T) {
	throttle := auth.NewThrottle((&steppedClock{noon}).now)
	for range 10 {
		for range 4 {
			begin(t, throttle, email, "", 0)
		}
		throttle.Succeed(email, "")
	}
}

// A client without an address is not remembered as usual.
func TestNoAddressIsUsual(t *testing.T) {
	throttle := auth.NewThrottle((&steppedClock{noon}).now)
	throttle.Succeed(email, "@")
	for range 5 {
		begin(t, throttle, email, office, 0)
	}
	begin(t, throttle, email, "@", time.Second)
}

func TestForget(t *testing.T) {
	throttle := auth.NewThrottle((&steppedClock{noon}).now)
	for range 5 {
		begin(t, throttle, email, "", 0)
	}
	throttle.Forget(email)
	if throttle.Locked(email) {
		t.Error("locked after Forget")
	}
	throttle.Forget("nobody@example.com")
}

func TestFailuresAreForgottenAfterAnHour(t *testing.T) {
	for _, test := range []struct {
		name    string
		pause   time.Duration
		allowed int // attempts until the next wait
	}{
		{"just under an hour", time.Hour - 1, 1},
		{"an hour", time.Hour, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			clock := &steppedClock{noon}
			throttle := auth.NewThrottle(clock.now)
			for range 5 {
				begin(t, throttle, email, "", 0)
			}
			clock.at = clock.at.Add(test.pause)
			got := 0
			for ; throttle.Begin(email, "") == 0; got++ {
			}
			if got != test.allowed {
				t.Errorf("%d attempts, want %d", got, test.allowed)
			}
		})
	}
}

func TestAddressHasTwentyFailures(t *testing.T) {
	for _, test := range []struct {
		name       string
		from, then string
		want       time.Duration
	}{
		{"same", office, office, time.Second},
		{"same, other port", office + ":4711", office + ":80", time.Second},
		{"another", office, "198.51.100.8", 0},
		{"IPv4 in IPv6", office, "::ffff:" + office, time.Second},
		{"IPv6 of one subscriber", "2001:db8:1:2::3", "[2001:db8:1:2:ffff::]:443", time.Second},
		{"IPv6 of a neighbour", "2001:db8:1:2::3", "2001:db8:1:3::3", 0},
		{"no IP address", "@", "@", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			throttle := auth.NewThrottle((&steppedClock{noon}).now)
			for i := range 20 {
				begin(t, throttle, fmt.Sprint("guess", i), test.from, 0)
			}
			begin(t, throttle, email, test.then, test.want)
			if throttle.Locked(email) {
				t.Error("the account is locked, although only the address has to wait")
			}
		})
	}
}

// Guesses from elsewhere do not keep users out at the address where they usually sign in. At that address, five failures cost a wait as
// everywhere.
func TestGuessesElsewhereDoNotLockOut(t *testing.T) {
	const elsewhere = "203.0.113.9"
	clock := &steppedClock{noon}
	throttle := auth.NewThrottle(clock.now)
	begin(t, throttle, email, office, 0)
	throttle.Succeed(email, office)
	for range 30 * 24 {
		for throttle.Begin(email, elsewhere) == 0 { // whenever it may
		}
		clock.at = clock.at.Add(time.Hour - time.Second)
	}
	for throttle.Begin(email, elsewhere) == 0 {
	}
	if !throttle.Locked(email) {
		t.Error("not locked for others")
	}
	for range 5 {
		begin(t, throttle, email, office, 0)
	}
	begin(t, throttle, email, office, time.Second)
	throttle.Forget(email) // there too
	begin(t, throttle, email, office, 0)
	throttle.Succeed(email, office)
	for range 5 {
		begin(t, throttle, email, "203.0.113.10", 0) // the good attempt was good for all
	}
	begin(t, throttle, email, "203.0.113.10", time.Second)
	begin(t, throttle, email, office, 0)
	begin(t, throttle, "other@example.com", office, 0)

	clock.at = clock.at.Add(30*24*time.Hour - 1)
	for throttle.Begin(email, elsewhere) == 0 {
	}
	begin(t, throttle, email, office, 0)
	clock.at = clock.at.Add(30 * 24 * time.Hour)
	for throttle.Begin(email, elsewhere) == 0 {
	}
	begin(t, throttle, email, office, time.Second)
}

func TestClockSetBackDoesNotLockForADay(t *testing.T) {
	clock := &steppedClock{noon}
	throttle := auth.NewThrottle(clock.now)
	for range 5 {
		begin(t, throttle, email, "", 0)
	}
	clock.at = noon.Add(-24 * time.Hour)
	begin(t, throttle, email, "", time.Second)
}

// The failures of people who mistype twice and then sign in do not count against their colleagues.
func TestOfficeOfForgetfulPeople(t *testing.T) {
	throttle := auth.NewThrottle((&steppedClock{noon}).now)
	for i := range 100 {
		person := fmt.Sprint("person", i)
		for range 3 {
			begin(t, throttle, person, office, 0)
		}
		throttle.Succeed(person, office)
	}
}

// Somebody who has an account of their own logs in between guesses at others.
func TestOwnAccountDoesNotWipeOutGuesses(t *testing.T) {
	throttle := auth.NewThrottle((&steppedClock{noon}).now)
	for i := range 20 {
		begin(t, throttle, "insider@example.com", office, 0)
		throttle.Succeed("insider@example.com", office)
		begin(t, throttle, fmt.Sprint("guess", i), office, 0)
	}
	begin(t, throttle, "insider@example.com", office, time.Second)
}

func TestConcurrentAttemptsShareTheCount(t *testing.T) {
	throttle := auth.NewThrottle((&steppedClock{noon}).now)
	var all sync.WaitGroup
	var admitted atomic.Int32
	for range 100 {
		all.Go(func() {
			if throttle.Begin(email, office) == 0 {
				admitted.Add(1)
			}
		})
	}
	all.Wait()
	if got := admitted.Load(); got != 5 {
		t.Errorf("%d attempts admitted at once, want 5", got)
	}
}

func TestThrottleForgetsTheOldestFirst(t *testing.T) {
	throttle := auth.NewThrottle((&steppedClock{noon}).now)
	for _, account := range []string{"old but refreshed", "oldest"} {
		for range 4 {
			begin(t, throttle, account, "", 0)
		}
	}
	for i := range 9_998 {
		begin(t, throttle, strconv.Itoa(i), "", 0)
	}
	begin(t, throttle, "old but refreshed", "", 0)
	begin(t, throttle, "one too many", "", 0)
	if !throttle.Locked("old but refreshed") {
		t.Error("a recent failure was forgotten")
	}
	begin(t, throttle, "oldest", "", 0) // its fifth, had it not been forgotten
	if throttle.Locked("oldest") {
		t.Error("more than 10,000 accounts are remembered")
	}
}
