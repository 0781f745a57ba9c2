package httpapi

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

func withLimits(c *Config) { c.Limits = DefaultLimits }

// newCustomer sends a create body whose e-mail nobody else has.
func (f *fixture) newCustomer(n int) *answer {
	f.t.Helper()
	body := ahmed()
	body["email"] = "ahmed" + strconv.Itoa(n) + "@example.com"
	return f.send("POST", "/api/v1/customers/", body)
}

// wantOver checks a refusal over a limit.
func (a *answer) wantOver(name, what string, quota, wait int) {
	a.t.Helper()
	a.want(http.StatusTooManyRequests)
	a.wantDetail(fmt.Sprintf("Rate limit exceeded: at most %d %s per minute; try again in %d s", quota, what, wait))
	for header, want := range map[string]string{
		"Retry-After": strconv.Itoa(wait), "RateLimit": fmt.Sprintf("%q;r=0;t=%d", name, wait), "RateLimit-Policy": fmt.Sprintf("%q;q=%d;w=60", name, quota),
	} {
		if got := a.header.Get(header); got != want {
			a.t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}

func TestCustomerLimit(t *testing.T) {
	f := newFixture(t, withLimits)
	for i := range 20 {
		f.newCustomer(i).want(http.StatusCreated)
	}
	f.newCustomer(20).wantOver("customers", "new customers", 20, 3)
	if total := f.send("GET", "/api/v1/customers", nil).want(http.StatusOK).num("total"); total != 20 {
		t.Errorf("customers: got %v, want 20", total)
	}
	t.Run("another user is not affected", func(t *testing.T) {
		was := f.token
		defer func() { f.token = was }()
		f.token = f.tokenFor("01890a5d-ac96-774b-bcce-b302099a8058", "*:*:*")
		f.newCustomer(20).want(http.StatusCreated)
	})
	t.Run("another token of the same user is", func(t *testing.T) {
		was := f.token
		defer func() { f.token = was }()
		f.token = f.tokenFor(testUser, "crm:create:customers")
		f.newCustomer(21).want(http.StatusTooManyRequests)
	})
	t.Run("capacity comes back gradually", func(t *testing.T) {
		f.pass(2 * time.Second)
		f.newCustomer(21).wantOver("customers", "new customers", 20, 1)
		f.pass(time.Second)
		f.newCustomer(21).want(http.StatusCreated)
		f.newCustomer(22).wantOver("customers", "new customers", 20, 3)
		f.pass(9 * time.Second)
		for i := range 3 {
			f.newCustomer(30 + i).want(http.StatusCreated)
		}
		f.newCustomer(40).want(http.StatusTooManyRequests)
	})
	t.Run("no more than the whole of it", func(t *testing.T) {
		f.pass(24 * time.Hour)
		f.token = f.tokenFor(testUser, "*:*:*")
		for i := range 20 {
			f.newCustomer(100 + i).want(http.StatusCreated)
		}
		f.newCustomer(120).want(http.StatusTooManyRequests)
	})
}

// The limit is per user: it is the same for several sign-ins, and for any other token of the user.
func TestLimitIsTheUsers(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Limits.Customers = 2 })
	f.addStaff("fatima@example.com", "agent")
	for i := range 3 {
		f.token, _ = f.signIn("fatima@example.com")
		f.newCustomer(i).want(map[bool]int{true: 201, false: 429}[i < 2])
	}
}

func TestRefusedRequestsDoNotCount(t *testing.T) {
	f := newFixture(t, withLimits)
	f.newCustomer(0).want(http.StatusCreated)
	good := f.token
	tests := []struct {
		name   string
		send   func() *answer
		status int
	}{
		{"no token", func() *answer { return f.sendWith("", "POST", "/api/v1/customers", ahmed()) }, 401},
		{"no permission", func() *answer { return f.sendWith(f.tokenFor(testUser), "POST", "/api/v1/customers", ahmed()) }, 403},
		{"not JSON", func() *answer { return f.send("POST", "/api/v1/customers", "{") }, 400},
		{"e-mail taken", func() *answer { return f.newCustomer(0) }, 400},
		{"rules broken", func() *answer { return f.send("POST", "/api/v1/customers", "{}") }, 422},
		{"no object", func() *answer { return f.send("POST", "/api/v1/customers", "[]") }, 422},
		{"wrong method", func() *answer { return f.send("PUT", "/api/v1/customers", ahmed()) }, 405},
	}
	for _, test := range tests {
		f.run(test.name, func(*testing.T) {
			for range 25 {
				test.send().want(test.status)
			}
		})
	}
	f.token = good
	for i := 1; i < 20; i++ {
		f.newCustomer(i).want(http.StatusCreated)
	}
	f.newCustomer(20).want(http.StatusTooManyRequests)
	for _, test := range tests { // and they keep their answers when the limit is reached: it comes last
		f.run(test.name+", over the limit", func(*testing.T) { test.send().want(test.status) })
	}
}

// A refusal over the limit does not push the next place further away.
func TestRefusalsOverTheLimitDoNotCount(t *testing.T) {
	f := newFixture(t, withLimits)
	for i := range 20 {
		f.newCustomer(i).want(http.StatusCreated)
	}
	for range 50 {
		f.newCustomer(20).wantOver("customers", "new customers", 20, 3)
	}
	f.pass(3 * time.Second)
	f.newCustomer(20).want(http.StatusCreated)
}

func TestUpdatesAreNotLimited(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Limits.Customers = 1 })
	id := f.newCustomer(0).want(http.StatusCreated).str("id")
	for i := range 5 {
		f.send("PUT", "/api/v1/customers/"+id, map[string]any{"notes": strconv.Itoa(i)}).want(http.StatusOK)
	}
	f.newCustomer(1).wantOver("customers", "new customers", 1, 60)
}

func TestInteractionLimit(t *testing.T) {
	t.Parallel()
	f := newFixture(t, withLimits)
	customer := f.newCustomer(0).want(http.StatusCreated).str("id")
	other := f.newCustomer(1).want(http.StatusCreated).str("id")
	create := func(customer string) *answer {
		return f.send("POST", "/api/v1/interactions/", map[string]any{"customer_id": customer, "channel": "phone", "summary": "Atlas tour"})
	}
	for range 3 {
		create(testUser).want(http.StatusNotFound).wantDetail("Customer not found")
		f.send("POST", "/api/v1/interactions/", map[string]any{"customer_id": customer, "channel": "pigeon"}).want(http.StatusUnprocessableEntity)
	}
	for i := range 100 {
		create([]string{customer, other}[i%2]).want(http.StatusCreated)
	}
	create(customer).wantOver("interactions", "new interactions", 100, 1)
	create(testUser).want(http.StatusNotFound)
	f.pass(600 * time.Millisecond)
	create(customer).want(http.StatusCreated)
	create(customer).want(http.StatusTooManyRequests)
	f.newCustomer(2).want(http.StatusCreated)
}

func TestFeedbackLimit(t *testing.T) {
	f := newFixture(t, withLimits)
	customer := f.newCustomer(0).want(http.StatusCreated).str("id")
	other := f.newCustomer(1).want(http.StatusCreated).str("id")
	create := func(customer string, anonymous bool) *answer {
		return f.send("POST", "/api/v1/feedback/", map[string]any{"customer_id": customer, "service_type": "Tour", "rating": 5, "is_anonymous": anonymous})
	}
	for range 12 {
		create(testUser, false).want(http.StatusNotFound).wantDetail("Customer not found")
		f.send("POST", "/api/v1/feedback/", map[string]any{"customer_id": customer, "service_type": "Tour", "rating": 6}).wantErrors("body.rating")
	}
	for i := range 10 {
		create(customer, i%2 == 0).want(http.StatusCreated)
	}
	create(customer, false).wantOver("feedback", "feedback of one customer", 10, 6)
	create(customer, true).want(http.StatusTooManyRequests)
	f.token = f.tokenFor("01890a5d-ac96-774b-bcce-b302099a8058", "*:*:*")
	create(customer, false).want(http.StatusTooManyRequests)
	create(other, false).want(http.StatusCreated)
	f.pass(6 * time.Second)
	create(customer, true).want(http.StatusCreated)
	create(customer, false).want(http.StatusTooManyRequests)
}

func TestLimitsSwitchedOff(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Limits = Limits{} })
	for i := range 40 {
		f.newCustomer(i).want(http.StatusCreated)
	}
	id := f.newCustomer(40).want(http.StatusCreated).str("id")
	for range 20 {
		f.send("POST", "/api/v1/feedback/", map[string]any{"customer_id": id, "service_type": "Tour", "rating": 5}).want(http.StatusCreated)
	}
}

func TestLimitOfManyAtOnce(t *testing.T) {
	f := newFixture(t, withLimits)
	statuses := make([]int, 60)
	var wg sync.WaitGroup
	for i := range statuses {
		wg.Go(func() { statuses[i] = f.newCustomer(i).status })
	}
	wg.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	if count[201] != 20 || count[429] != 40 {
		t.Errorf("statuses: got %v, want 20 of 201 and 40 of 429", count)
	}
}

// Of many concurrent requests with the same e-mail, one creates the customer, and the others do not count towards the limit.
func TestLimitAndDuplicatesAtOnce(t *testing.T) {
	f := newFixture(t, withLimits)
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() { f.newCustomer(0) })
	}
	wg.Wait()
	for i := 1; i < 20; i++ {
		f.newCustomer(i).want(http.StatusCreated)
	}
	f.newCustomer(20).want(http.StatusTooManyRequests)
}

func TestLimiterForgetsIdleKeys(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	l := newLimiter("customers", "new customers", 20, func() time.Time { return now })
	for i := range minPrune {
		admit, _ := l.admit(strconv.Itoa(i))
		if err := admit(); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Minute)
	admit, _ := l.admit("one more")
	if err := admit(); err != nil || len(l.buckets) != 1 {
		t.Errorf("err, keys: got %v, %d, want nil, 1", err, len(l.buckets))
	}
}

// A transaction that fails later does not count, even if the clock has moved on meanwhile.
func TestLimiterGivesPlacesBack(t *testing.T) {
	for _, took := range []time.Duration{0, time.Millisecond, 2 * time.Second} {
		t.Run(took.String(), func(t *testing.T) {
			now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
			l := newLimiter("customers", "new customers", 1, func() time.Time { return now })
			admit, undo := l.admit("fatima")
			if err := admit(); err != nil {
				t.Fatal(err)
			}
			now = now.Add(took)
			undo()
			again, _ := l.admit("fatima")
			if err := again(); err != nil {
				t.Errorf("after the place was given back: got %v, want nil", err)
			}
			more, _ := l.admit("fatima")
			if more() == nil {
				t.Error("one place was given back twice")
			}
		})
	}
}
