package httpapi

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/httpapi/wire"
)

const frontend = "https://app.example.com"

func withOrigins(c *Config) { c.Origins = []string{frontend, "http://intranet:8080"} }

// preflight asks what a page of origin may send.
func (f *fixture) preflight(path, origin, method, headers string) *answer {
	f.t.Helper()
	r := newRequest(f.t, "OPTIONS", path, nil)
	r.Header.Set("Origin", origin)
	r.Header.Set("Access-Control-Request-Method", method)
	if headers != "" {
		r.Header.Set("Access-Control-Request-Headers", headers)
	}
	return f.do(r)
}

// listed returns the lower-case members of a header that is a list.
func (a *answer) listed(header string) (list []string) {
	for _, line := range a.header.Values(header) {
		for item := range strings.SplitSeq(line, ",") {
			list = append(list, strings.ToLower(strings.TrimSpace(item)))
		}
	}
	return list
}

// wantOrigin checks whether an answer may be read by pages of origin; not at all when it is empty.
func (a *answer) wantOrigin(origin string) *answer {
	a.t.Helper()
	if got := a.header.Get("Access-Control-Allow-Origin"); got != origin {
		a.t.Errorf("Access-Control-Allow-Origin: got %q, want %q", got, origin)
	}
	credentials := ""
	if origin != "" {
		credentials = "true"
	}
	if got := a.header.Get("Access-Control-Allow-Credentials"); got != credentials {
		a.t.Errorf("Access-Control-Allow-Credentials: got %q, want %q", got, credentials)
	}
	if !slices.Contains(a.listed("Vary"), "origin") {
		a.t.Errorf("Vary: got %q, want Origin in it", a.header.Values("Vary"))
	}
	return a
}

func TestPreflight(t *testing.T) {
	f := newFixture(t, withOrigins)
	sent := []string{"authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "last-event-id", "x-request-id"}
	for i := range routes {
		rt := &routes[i]
		for _, path := range []string{rt.example(), strings.TrimSuffix(rt.example(), "/") + "/"} {
			f.run(rt.method+path, func(t *testing.T) {
				got := f.preflight(path, frontend, rt.method, strings.Join(sent, ",")).wantOrigin(frontend)
				if got.status != http.StatusNoContent && got.status != http.StatusOK {
					t.Errorf("status: got %d, want 204 or 200", got.status)
				}
				if methods := got.listed("Access-Control-Allow-Methods"); !slices.Contains(methods, strings.ToLower(rt.method)) {
					t.Errorf("Access-Control-Allow-Methods: got %v, want %s in it", methods, rt.method)
				}
				for _, header := range sent {
					if headers := got.listed("Access-Control-Allow-Headers"); !slices.Contains(headers, header) {
						t.Errorf("Access-Control-Allow-Headers: got %v, want %s in it", headers, header)
					}
				}
				if got.header.Get("Access-Control-Max-Age") == "" || len(got.body) > 0 {
					t.Errorf("max age, body: got %q, %q", got.header.Get("Access-Control-Max-Age"), got.body)
				}
			})
		}
	}
}

func TestPreflightOfAWrongMethod(t *testing.T) {
	f := newFixture(t, withOrigins)
	for _, method := range []string{"TRACE", "CONNECT", "FOO"} {
		f.preflight("/api/v1/customers/", frontend, method, "").wantOrigin("")
	}
}

func TestOrigins(t *testing.T) {
	configured := []string{frontend, "http://intranet:8080"}
	tests := []struct {
		name      string
		origins   []string
		localhost bool
		origin    string
		allowed   bool
	}{
		{"the first", configured, false, frontend, true},
		{"the second, with its port", configured, false, "http://intranet:8080", true},
		{"other port", configured, false, "http://intranet:8081", false},
		{"other scheme", configured, false, "http://app.example.com", false},
		{"subdomain", configured, false, "https://x.app.example.com", false},
		{"longer", configured, false, "https://app.example.com.evil.example", false},
		{"null, of a file or a sandbox", configured, false, "null", false},
		{"localhost is not allowed by itself", configured, false, "http://localhost:3000", false},
		{"no configuration", nil, false, frontend, false},
		{"no configuration, localhost", nil, false, "http://localhost", false},
		{"localhost", nil, true, "http://localhost", true},
		{"localhost with any port", nil, true, "http://localhost:5173", true},
		{"localhost over TLS", nil, true, "https://localhost:8443", true},
		{"loopback address", nil, true, "http://127.0.0.1:3000", true},
		{"loopback address of IPv6", nil, true, "http://[::1]:3000", true},
		{"not quite localhost", nil, true, "http://localhost.evil.example", false},
		{"user localhost", nil, true, "http://localhost@evil.example", false},
		{"a file", nil, true, "file://localhost", false},
		{"a user at localhost", nil, true, "http://somebody@localhost:3000", false},
		{"a path at localhost", nil, true, "http://localhost:3000/", false},
		{"a query at localhost", nil, true, "http://localhost:3000?a", false},
		{"other origin in the demo", nil, true, frontend, false},
		{"both", configured, true, frontend, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, func(c *Config) { c.Origins, c.Localhost = test.origins, test.localhost })
			want := ""
			if test.allowed {
				want = test.origin
			}
			f.preflight("/api/v1/customers/", test.origin, "POST", "authorization").wantOrigin(want)
			r := newRequest(t, "GET", "/", nil)
			r.Header.Set("Origin", test.origin)
			f.do(r).want(http.StatusOK).wantOrigin(want)
		})
	}
}

func TestOriginsThatCannotBeAllowed(t *testing.T) {
	f := newFixture(t)
	for _, origin := range []string{"*", "", "null", "app.example.com", "https://", "https://app.example.com/", "https://app.example.com/x", "://"} {
		_, err := New(Config{Store: f.store, Index: f.index, Issuer: f.api.Issuer, Verifier: f.api.Verifier, Origins: []string{frontend, origin}})
		if err == nil || !strings.Contains(err.Error(), `"`+origin+`"`) {
			t.Errorf("origin %q: got error %v, want one that names it", origin, err)
		}
	}
}

// Pages can read every answer, refusals too, and the headers that they need.
func TestCORSOfAnswers(t *testing.T) {
	f := newFixture(t, withOrigins, func(c *Config) { c.Limits.Customers = 1 })
	id := f.newCustomer(0).want(http.StatusCreated).str("id")
	over := ahmed()
	over["email"] = "second@example.com"
	tests := []struct {
		name         string
		method, path string
		token        string
		body         any
		status       int
		exposed      []string // headers that the answer has
	}{
		{"read", "GET", "/api/v1/customers/" + id, f.token, nil, 200, []string{"ETag"}},
		{"no token", "GET", "/api/v1/customers", "", nil, 401, []string{"WWW-Authenticate"}},
		{"no permission", "GET", "/api/v1/customers", f.tokenFor(testUser), nil, 403, nil},
		{"unknown id", "GET", "/api/v1/customers/" + testUser, f.token, nil, 404, nil},
		{"unknown path", "GET", "/api/v1/nothing", f.token, nil, 404, nil},
		{"wrong method", "PATCH", "/api/v1/customers", f.token, "{}", 405, nil},
		{"too large", "POST", "/api/v1/customers", f.token, strings.Repeat(" ", maxBody+1), 413, nil},
		{"broken rules", "POST", "/api/v1/customers", f.token, "{}", 422, nil},
		{"over the limit", "POST", "/api/v1/customers", f.token, over, 429, []string{"Retry-After", "RateLimit", "RateLimit-Policy"}},
		{"segment", "POST", "/api/v1/segments", f.token, map[string]any{"name": "All", "criteria": map[string]any{}}, 201, []string{"Location"}},
		{"head", "HEAD", "/api/v1/customers/" + id, f.token, nil, 200, []string{"ETag"}},
		{"file", "GET", "/api/v1/customers/export.csv", f.token, nil, 200, []string{"Content-Disposition"}},
		{"first", "POST", "/api/v1/segments/recalculate", f.token, nil, 200, nil},
		{"replay", "POST", "/api/v1/segments/recalculate", f.token, nil, 200, []string{"Idempotency-Replayed"}},
	}
	for _, test := range tests {
		f.run(test.name, func(t *testing.T) {
			r := newRequest(t, test.method, test.path, test.body)
			r.Header.Set("Idempotency-Key", "k")
			r.Header.Set("Origin", frontend)
			if test.token != "" {
				r.Header.Set("Authorization", "Bearer "+test.token)
			}
			got := f.do(r).want(test.status).wantOrigin(frontend)
			exposed := got.listed("Access-Control-Expose-Headers")
			for _, header := range append(test.exposed, "X-Request-ID") {
				if got.header.Get(header) == "" || !slices.Contains(exposed, strings.ToLower(header)) {
					t.Errorf("%s: got %q, exposed %v", header, got.header.Get(header), exposed)
				}
			}
		})
	}
}

func TestCORSOfFaults(t *testing.T) {
	f := newFixture(t, withOrigins)
	for name, handle := range map[string]func(*API, *call) error{
		"error": func(*API, *call) error { return errors.New("secret cause") },
		"panic": func(*API, *call) error { panic("secret cause") },
		"later": func(*API, *call) error { return &wire.Refusal{Reason: wire.Busy, Detail: "Later", Retry: time.Second} },
	} {
		f.run(name, func(t *testing.T) {
			f.only(handle)
			r := newRequest(t, "GET", "/api/v1/customers", nil)
			r.Header.Set("Origin", frontend)
			if got := f.do(r).wantOrigin(frontend); got.status < 500 {
				t.Errorf("status: got %d", got.status)
			}
		})
	}
}

// only makes handle the answer to every GET, with everything around it as in New.
func (f *fixture) only(handle func(*API, *call) error) {
	f.t.Helper()
	handler, err := f.api.wrap(f.api.serve(resource{"GET": {"GET", "/customers", open, false, handle}}))
	if err != nil {
		f.t.Fatal(err)
	}
	f.api.handler = handler
}
