package httpapi

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// While a slow client receives a large answer, its user may have more large answers up to the quota. Other users have their own quotas, and
// small answers do not count.
func TestQuotaOfLargeAnswers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.storeCustomer(map[string]any{"notes": strings.Repeat("☺", 10_000)})
	f.logInteraction(id, nil)
	other := f.tokenFor("another subject", "*:*:*")
	paths := []string{"/v1/customers", "/v1/interactions?include=customers", "/v1/customers/" + id, "/v1/customers/" + id + "/summary", "/v1/customers/" + id + "/export"}
	for _, path := range paths {
		f.run(path, func(t *testing.T) {
			quota := f.api.answers
			all, each := quota.all, quota.each
			defer func() { quota.all, quota.each = all, each }()
			w := &failing{httptest.NewRecorder(), 1, func() {
				f.send("GET", path, nil).want(http.StatusOK)
				f.sendWith(other, "GET", path, nil).want(http.StatusOK)
				quota.each = 40
				refused := f.send("GET", path, nil).want(http.StatusTooManyRequests).wantDetail("At most 40 KiB of large answers at a time are allowed for each user: wait until one has ended, then try again")
				if refused.header.Get("Retry-After") == "" {
					t.Error("no Retry-After")
				}
				f.sendWith(other, "GET", path, nil).want(http.StatusOK)
				f.send("GET", "/v1/segments", nil).want(http.StatusOK)
				f.sendWith("", "GET", "/openapi.json", nil).want(http.StatusOK)
				quota.all = 40
				f.sendWith(other, "GET", path, nil).want(http.StatusServiceUnavailable)
			}, nil}
			f.api.ServeHTTP(w, f.request("GET", path, nil))
			f.send("GET", path, nil).want(http.StatusOK)
			if len(quota.used) > 0 || quota.total > 0 {
				t.Errorf("got %v used, want none", quota.used)
			}
		})
	}
}

// A body that is read piece by piece, with something in between.
type interrupted struct {
	io.Reader
	then func()
}

func (r *interrupted) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b[:min(len(b), 1<<10)])
	if err == io.EOF && r.then != nil {
		r.then()
		r.then = nil
	}
	return n, err
}

// Large bodies that are not completed keep their user from sending more of them, but nobody from anything else.
func TestQuotaOfLargeBodies(t *testing.T) {
	f := newFixture(t)
	other := f.tokenFor("another subject", "*:*:*")
	large := strings.Repeat(" ", largeBody-2) + "{}"
	quota := f.api.bodies
	quota.all, quota.each = 2, 1
	r := f.request("POST", "/v1/customers", nil)
	r.Body = io.NopCloser(&interrupted{strings.NewReader(large), func() {
		f.send("POST", "/v1/customers", large).want(http.StatusTooManyRequests)
		f.send("POST", "/v1/customers", large[1:]).want(http.StatusUnprocessableEntity)
		f.sendWith(other, "POST", "/v1/customers", large).want(http.StatusUnprocessableEntity)
		quota.all = 1
		f.sendWith(other, "POST", "/v1/customers", large).want(http.StatusServiceUnavailable)
		f.sendWith(other, "POST", "/v1/customers", large[1:]).want(http.StatusUnprocessableEntity)
	}})
	f.do(r).want(http.StatusUnprocessableEntity)
	f.send("POST", "/v1/customers", large).want(http.StatusUnprocessableEntity)
	f.send("POST", "/v1/customers", large+strings.Repeat("x", maxBody)).want(http.StatusRequestEntityTooLarge)
	f.send("POST", "/v1/customers", strings.Repeat("[", largeBody)).want(http.StatusBadRequest)
	if len(quota.used) > 0 || quota.total > 0 {
		t.Errorf("got %v used, want none", quota.used)
	}
}

// Without a token a body may be no larger than what signing in takes.
func TestBodiesOfStrangers(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/v1/auth/login", "/v1/auth/refresh"} {
		body := `{"email":"fatima@example.com","password":"x","refresh_token":"x"}`
		body += strings.Repeat(" ", maxOpenBody-len(body))
		f.sendWith("", "POST", path, body).want(http.StatusUnauthorized)
		f.sendWith("", "POST", path, body+" ").want(http.StatusRequestEntityTooLarge).wantDetail("Body is larger than 8 KiB")
	}
}

func TestPackedBodies(t *testing.T) {
	f := newFixture(t)
	for coding, status := range map[string]int{"gzip": 415, "zstd": 415, "identity, gzip": 415, "identity": 422, "": 422} {
		got := f.do(f.request("POST", "/v1/customers", "{}", "Content-Encoding", coding)).want(status)
		if status == 415 {
			got.wantDetail("Content-Encoding must be left out: bodies are read as they are")
		}
	}
}
