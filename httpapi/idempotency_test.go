package httpapi

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"crm/httpapi/wire"
)

// request sends a request of the fixture's user with additional headers, given as pairs.
func (f *fixture) request(method, path string, body any, headers ...string) *http.Request {
	f.t.Helper()
	r := newRequest(f.t, method, path, body)
	r.Header.Set("Authorization", "Bearer "+f.token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

// post sends a POST with an idempotency key.
func (f *fixture) post(path string, body any, key string) *answer {
	f.t.Helper()
	return f.do(f.request("POST", path, body, "Idempotency-Key", key))
}

// wantReplay checks that an answer is an earlier one again.
func (a *answer) wantReplay(first *answer) {
	a.t.Helper()
	a.want(first.status)
	if !bytes.Equal(a.body, first.body) {
		a.t.Errorf("body: got %s, want %s", a.body, first.body)
	}
	for header, want := range map[string]string{
		"Idempotency-Replayed": "true", "Location": first.header.Get("Location"), "ETag": first.header.Get("ETag"), "Content-Type": "application/json",
	} {
		if got := a.header.Get(header); got != want {
			a.t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}

// wantNew checks that an answer is no replay.
func (a *answer) wantNew(status int) *answer {
	a.t.Helper()
	if got := a.header.Get("Idempotency-Replayed"); got != "" {
		a.t.Errorf("Idempotency-Replayed: got %q, want none", got)
	}
	return a.want(status)
}

func TestRetries(t *testing.T) {
	f := newFixture(t)
	customer, other, third := f.storeCustomer(nil), f.storeCustomer(nil), f.storeCustomer(nil)
	segment := map[string]any{"name": "VIPs", "criteria": only("tags", "VIP")}
	followUp := map[string]any{"follow_up_required": true}
	due, done := f.logInteraction(customer, followUp), f.logInteraction(customer, followUp)
	type request struct {
		path string
		body any
	}
	requests := map[string]struct{ first, different request }{
		"/customers":    {request{"/customers", ahmed()}, request{"/customers/", changed(ahmed(), map[string]any{"notes": "x"})}},
		"/interactions": {request{"/interactions", map[string]any{"customer_id": customer, "channel": "sms", "summary": "x"}}, request{"/interactions", "{}"}},
		"/feedback":     {request{"/feedback", map[string]any{"customer_id": customer, "service_type": "Tour", "rating": 5}}, request{"/feedback", "{}"}},
		"/segments":     {request{"/segments", segment}, request{"/segments", "{ }"}},
		"/segments/customer/{customer_id}/assign": {
			request{"/segments/customer/" + customer + "/assign", nil}, request{"/segments/customer/" + other + "/assign", nil}},
		"/customers/{customer_id}/erase": {
			request{"/customers/" + third + "/erase", nil}, request{"/customers/" + other + "/erase", nil}},
		"/segments/recalculate": {request{"/segments/recalculate", nil}, request{}},
		"/customers/tags": {
			request{"/customers/tags", map[string]any{"ids": []string{customer}, "add": []string{"Desert"}}}, request{"/customers/tags", "{}"}},
		"/interactions/{interaction_id}/complete": {
			request{"/interactions/" + done + "/complete", nil}, request{"/interactions/" + due + "/complete", nil}},
		"/interactions/{interaction_id}/snooze": {
			request{"/interactions/" + due + "/snooze", map[string]any{"until": "2026-12-24"}}, request{"/interactions/" + due + "/snooze", "{}"}},
	}
	for i := range routes {
		rt := &routes[i]
		if !rt.keyed() {
			continue
		}
		f.run(rt.path, func(t *testing.T) {
			r, ok := requests[rt.path]
			if !ok {
				t.Fatal("no request to try the route with")
			}
			first := f.post(base+r.first.path, r.first.body, "one key for all routes")
			first.wantErrors("header.Idempotency-Key")
			before := f.commits.Load()
			first = f.post(base+r.first.path, r.first.body, "one-key-for-all-routes")
			if first.wantNew(first.status); first.status >= 300 {
				t.Fatalf("status: got %d, want 2xx; body %s", first.status, first.body)
			}
			if got := f.commits.Load() - before; got != 1 {
				t.Errorf("change and answer came to the disk in %d commits, want both in 1: a crash keeps both or none", got)
			}
			f.pass(time.Second)
			seq := f.store.Seq()
			f.post(version+r.first.path+"/", r.first.body, `"one-key-for-all-routes"`).wantReplay(first)
			if r.different != (request{}) {
				f.post(base+r.different.path, r.different.body, "one-key-for-all-routes").wantErrors("header.Idempotency-Key")
			}
			f.api = f.newAPI() // as after a start
			f.post(base+r.first.path, r.first.body, "one-key-for-all-routes").wantReplay(first)
			if got := f.store.Seq(); got != seq {
				t.Errorf("the log grew from %d to %d", seq, got)
			}
			was := f.token
			defer func() { f.token = was }()
			f.token = f.tokenFor("somebody else", "*:*:*")
			f.post(base+r.first.path, r.first.body, "one-key-for-all-routes").wantNew(f.post(base+r.first.path, r.first.body, "another-key").status)
			f.token = f.tokenFor(testUser, everyPermissionBut(rt.permission)...)
			f.post(base+r.first.path, r.first.body, "one-key-for-all-routes").wantNew(http.StatusForbidden)
		})
	}
}

// Every POST under these is safe to retry, but for the preview of a segment: it changes nothing, so that repeating it does no harm, and it
// shows customers, of whom no copy may be stored.
func TestEveryPostIsKeyed(t *testing.T) {
	for i := range routes {
		rt := &routes[i]
		under, _, _ := strings.Cut(strings.TrimPrefix(rt.path, "/"), "/")
		want := rt.method == "POST" && slices.Contains([]string{"customers", "interactions", "feedback", "segments"}, under) && rt.path != "/segments/preview"
		if got := rt.keyed(); got != want {
			t.Errorf("%s %s: keyed: got %v, want %v", rt.method, rt.path, got, want)
		}
		op := document().Paths.Value(contractPath(rt.full()))
		if documented := op != nil && op.GetOperation(rt.method).Parameters.GetByInAndName("header", "Idempotency-Key") != nil; documented != want {
			t.Errorf("%s %s: openapi.yaml has an Idempotency-Key: %v, want %v", rt.method, rt.path, documented, want)
		}
	}
}

// The first answer comes again whatever has happened since, for a day.
func TestRetriesForADay(t *testing.T) {
	f := newFixture(t)
	first := f.post("/api/v1/customers", ahmed(), "k").wantNew(http.StatusCreated)
	f.send("PUT", first.header.Get("Location"), map[string]any{"email": "moved@example.com", "is_active": false}).want(http.StatusOK)
	f.later(24*time.Hour - time.Millisecond)
	f.post("/api/v1/customers", ahmed(), "k").wantReplay(first)
	f.later(time.Millisecond)
	second := f.post("/api/v1/customers", ahmed(), "k").wantNew(http.StatusCreated)
	if first.str("id") == second.str("id") {
		t.Error("the same customer a day later")
	}
	f.post("/api/v1/customers", ahmed(), "k").wantReplay(second)
}

// An erasure deletes the stored answers about the person, also those about deleted records.
func TestErasedAreNotReplayed(t *testing.T) {
	f := newFixture(t)
	customer := f.post("/v1/customers", ahmed(), "k").want(http.StatusCreated).str("id")
	followUp := map[string]any{"customer_id": customer, "channel": "sms", "summary": "Ahmed", "follow_up_required": true}
	due, gone := f.post("/v1/interactions", followUp, "k"), f.post("/v1/interactions", followUp, "gone")
	requests := []struct {
		name, path, key string
		body            any
	}{
		{"the customer", "/customers", "k", ahmed()},
		{"an interaction", "/interactions", "k", followUp},
		{"a deleted one", "/interactions", "gone", followUp},
		{"feedback", "/feedback", "k", map[string]any{"customer_id": customer, "service_type": "Tour", "rating": 5, "comments": "Ahmed"}},
		{"a follow-up later", "/interactions/" + due.str("id") + "/snooze", "k", map[string]any{"until": "2026-12-24"}},
		{"a follow-up done", "/interactions/" + due.str("id") + "/complete", "k", nil},
		{"segments", "/segments/customer/" + customer + "/assign", "k", nil},
	}
	for _, r := range requests {
		first := f.post(base+r.path, r.body, r.key)
		f.post(base+r.path, r.body, r.key).wantReplay(first)
	}
	f.send("DELETE", "/v1/interactions/"+gone.str("id"), nil).want(http.StatusOK)
	f.send("POST", "/v1/customers/"+customer+"/erase", nil).want(http.StatusOK)
	for _, r := range requests {
		f.run(r.name, func(t *testing.T) {
			got := f.post(base+r.path, r.body, r.key)
			got.wantNew(got.status)
		})
	}
}

// A refused request was not carried out, so its key can be used again, also with a corrected body.
func TestRetriesOfRefusals(t *testing.T) {
	f := newFixture(t)
	f.post("/api/v1/customers", "{}", "k").wantErrors("body.contact_type", "body.email", "body.phone")
	f.post("/api/v1/customers", "{", "k").want(http.StatusBadRequest)
	taken := f.storeCustomer(nil)
	email := f.send("GET", "/api/v1/customers/"+taken, nil).str("email")
	f.post("/api/v1/customers", changed(ahmed(), map[string]any{"email": email}), "k").wantNew(http.StatusBadRequest)
	first := f.post("/api/v1/customers", ahmed(), "k").wantNew(http.StatusCreated)
	f.post("/api/v1/customers", ahmed(), "k").wantReplay(first)
	f.post("/api/v1/interactions", map[string]any{"customer_id": testUser, "channel": "sms", "summary": "x"}, "k").wantNew(http.StatusNotFound)
}

func TestRetriesAndLimits(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Limits.Customers = 2 })
	first := f.post("/api/v1/customers", ahmed(), "k").wantNew(http.StatusCreated)
	for range 5 {
		f.post("/api/v1/customers", ahmed(), "k").wantReplay(first)
	}
	f.newCustomer(1).want(http.StatusCreated) // the retries did not count
	f.newCustomer(2).want(http.StatusTooManyRequests)
	f.post("/api/v1/customers", ahmed(), "k").wantReplay(first)
	body := changed(ahmed(), map[string]any{"email": "late@example.com"})
	f.post("/api/v1/customers", body, "later").wantNew(http.StatusTooManyRequests)
	f.later(time.Minute)
	f.post("/api/v1/customers", body, "later").wantNew(http.StatusCreated)
}

// A pausing writer blocks until the test releases it.
type pausing struct {
	http.ResponseWriter
	begun, goOn chan struct{}
}

func (w *pausing) Write(b []byte) (int, error) {
	close(w.begun)
	<-w.goOn
	return w.ResponseWriter.Write(b)
}

func TestRetryOfARunningRequest(t *testing.T) {
	f := newFixture(t)
	w := &pausing{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	done := make(chan struct{})
	r := f.request("POST", "/api/v1/customers", ahmed(), "Idempotency-Key", "k")
	go func() { defer close(done); f.api.ServeHTTP(w, r) }()
	<-w.begun
	for _, body := range []any{ahmed(), "{}"} {
		got := f.post("/api/v1/customers", body, "k").wantNew(http.StatusConflict)
		if got.wantProblem(409, got.str("detail")); got.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After: got %q, want 1", got.header.Get("Retry-After"))
		}
	}
	f.post("/api/v1/customers", ahmed(), "other").wantNew(http.StatusBadRequest) // the e-mail is taken
	close(w.goOn)
	<-done
	if got := f.post("/api/v1/customers", ahmed(), "k").want(http.StatusCreated); got.header.Get("Idempotency-Replayed") != "true" {
		t.Error("no replay after the first was done")
	}
}

// A handler that panics releases its key.
func TestRetryAfterPanic(t *testing.T) {
	f := newFixture(t)
	handler := f.api.handler
	wrapped, err := f.api.wrap(f.api.serve(resource{"POST": {"POST", "/customers", "crm:create:customers", true, func(*API, *call) error { panic("x") }}}))
	if err != nil {
		t.Fatal(err)
	}
	f.api.handler = wrapped
	f.post("/api/v1/customers", ahmed(), "k").want(http.StatusInternalServerError)
	f.api.handler = handler
	f.post("/api/v1/customers", ahmed(), "k").wantNew(http.StatusCreated)
}

func TestManyRetriesAtOnce(t *testing.T) {
	f := newFixture(t)
	body := map[string]any{"customer_id": f.storeCustomer(nil), "channel": "sms", "summary": "x"}
	answers := make([]*httptest.ResponseRecorder, 32)
	var wg sync.WaitGroup
	for i := range answers {
		answers[i] = httptest.NewRecorder()
		r := f.request("POST", "/api/v1/interactions", body, "Idempotency-Key", "k")
		wg.Go(func() { f.api.ServeHTTP(answers[i], r) })
	}
	wg.Wait()
	made := 0
	for _, a := range answers {
		if a.Code == http.StatusCreated && a.Header().Get("Idempotency-Replayed") == "" {
			made++
		} else if a.Code != http.StatusConflict && a.Header().Get("Idempotency-Replayed") != "true" {
			t.Errorf("got %d: %s", a.Code, a.Body)
		}
	}
	if total := f.send("GET", "/api/v1/interactions", nil).num("total"); made != 1 || total != 1 {
		t.Errorf("got %d answers of new interactions and %v of them, want 1 and 1", made, total)
	}
}

func TestIdempotencyKeys(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name  string
		lines []string
		ok    bool
	}{
		{"UUID", []string{"8e03978e-40d5-43dd-bc93-6894a57f9324"}, true},
		{"in quotation marks", []string{`"8e03978e"`}, true},
		{"one character", []string{"k"}, true},
		{"signs", []string{`!#$%&'()*+,-./:;<=>?@[\]^_{|}~`}, true},
		{"255 characters", []string{strings.Repeat("k", 255)}, true},
		{"white space around", []string{"  k\t"}, true},
		{"256 characters", []string{strings.Repeat("k", 256)}, false},
		{"empty", []string{""}, false},
		{"empty in quotation marks", []string{`""`}, false},
		{"one quotation mark", []string{`"`}, false},
		{"open quotation mark", []string{`"k`}, false},
		{"space inside", []string{"a b"}, false},
		{"not ASCII", []string{"clé"}, false},
		{"control character", []string{"a\x7f"}, false},
		{"two", []string{"a", "b"}, false},
	}
	for _, test := range tests {
		f.run(test.name, func(*testing.T) {
			r := f.request("POST", "/api/v1/segments/recalculate", nil)
			r.Header["Idempotency-Key"] = test.lines
			if got := f.do(r); test.ok {
				got.want(http.StatusOK)
			} else {
				got.wantErrors("header.Idempotency-Key")
			}
		})
	}
}

// What is stored of a request cannot be compared with guesses of its body by those who do not know the key.
func TestRetriesKeepNoBody(t *testing.T) {
	rt := &route{method: "POST", path: "/feedback"}
	c := &call{body: &wire.Body{Raw: []byte(`{"customer_id":"01890a5d-ac96-774b-bcce-b302099a8057","is_anonymous":true}`)}}
	one, other := c.retryOf(rt, "one"), c.retryOf(rt, "other")
	if bytes.Equal(one.request, other.request) || one.key == other.key {
		t.Error("the same body has the same hash under two keys")
	}
}
