package httpapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"crm/auth"
	"crm/httpapi/wire"
	"crm/index"
	"crm/store"
)

// withLog writes the API's log to buf.
func withLog(buf *bytes.Buffer) func(*Config) {
	return func(c *Config) { c.Log = slog.New(slog.NewJSONHandler(buf, nil)) }
}

// lastLine returns the newest line of a log.
func lastLine(t testing.TB, buf *bytes.Buffer) map[string]any {
	t.Helper()
	lines := bytes.Split(bytes.TrimSpace(buf.Bytes()), []byte("\n"))
	var line map[string]any
	if err := json.Unmarshal(lines[len(lines)-1], &line); err != nil {
		t.Fatalf("log: %v in %s", err, buf)
	}
	return line
}

func TestFaultsLeakNothing(t *testing.T) {
	for name, handle := range map[string]func(*API, *call) error{
		"error":             func(*API, *call) error { return errors.New("secret cause") },
		"wrapped error":     func(*API, *call) error { return fmt.Errorf("/srv/crm/crm.db: %w", errors.New("secret cause")) },
		"panic":             func(*API, *call) error { panic("secret cause") },
		"panic of an error": func(*API, *call) error { panic(errors.New("secret cause")) },
		"panic in a transaction": func(a *API, c *call) error {
			return a.update(c, func(*store.Tx) error { panic("secret cause") })
		},
		"unknown to JSON": func(_ *API, c *call) error { return c.respond(map[string]any{"secret cause": func() {}}) },
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			f := newFixture(t, withLog(&log))
			f.only(handle)
			r := newRequest(t, "GET", "/api/v1/customers", nil)
			r.Header.Set("X-Request-ID", "of-the-client.1")
			got := f.do(r).wantProblem(http.StatusInternalServerError, "Internal server error")
			if bytes.Contains(got.body, []byte("secret")) || bytes.Contains(got.body, []byte("goroutine")) || bytes.Contains(got.body, []byte("json")) {
				t.Errorf("the answer speaks of the program's insides: %s", got.body)
			}
			line := lastLine(t, &log)
			if line["id"] != "of-the-client.1" || line["level"] != "ERROR" || line["status"] != 500.0 || line["err"] == nil {
				t.Errorf("log: got %v", line)
			}
			if name != "unknown to JSON" && !strings.Contains(fmt.Sprint(line["err"]), "secret cause") {
				t.Errorf("cause in the log: got %v", line["err"])
			}
			if stack, _ := line["stack"].(string); strings.HasPrefix(name, "panic") && !strings.Contains(stack, "faults_test.go") {
				t.Errorf("stack in the log: got %q", stack)
			}
		})
	}
}

// The service answers other requests after a panic, and a transaction that panics stores nothing.
func TestLifeAfterPanic(t *testing.T) {
	f := newFixture(t)
	handler := f.api.handler
	f.only(func(a *API, c *call) error {
		return a.update(c, func(tx *store.Tx) error {
			if err := tx.CreateUser(&store.User{Email: "ghost@example.com"}, nil); err != nil {
				return err
			}
			panic("after the first write")
		})
	})
	f.send("GET", "/api/v1/customers", nil).want(http.StatusInternalServerError)
	f.api.handler = handler
	f.addStaff("ghost@example.com", "agent")
}

// If a handler panics after a part of the answer was sent, the connection is closed, and the log has the cause.
func TestPanicAfterTheAnswerBegan(t *testing.T) {
	var log bytes.Buffer
	f := newFixture(t, withLog(&log))
	f.only(func(_ *API, c *call) error {
		c.w.WriteHeader(http.StatusOK)
		panic("secret cause")
	})
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("panic: got %v, want %v", err, http.ErrAbortHandler)
		}
		if !strings.Contains(log.String(), "secret cause") {
			t.Errorf("log: got %q, want the cause in it", log.String())
		}
	}()
	f.api.ServeHTTP(httptest.NewRecorder(), newRequest(t, "GET", "/api/v1/customers", nil))
	t.Error("no panic")
}

func TestStatusOfErrors(t *testing.T) {
	tests := []struct {
		err    error
		status int
		retry  string
	}{
		{index.ErrBehind, 503, "1"},
		{store.ErrClosed, 503, "5"},
		{store.ErrFull, 507, "60"},
		{store.ErrGone, 503, "60"},
		{store.ErrUnsafe, 503, "60"},
		{store.ErrEmailTaken, 400, ""},
		{store.ErrSegmentNameTaken, 400, ""},
		{store.NotFoundError{Kind: store.KindSegment}, 404, ""},
		{store.Invalid{{Field: "tags.3", Msg: "Too long", Type: "string_too_long"}}, 422, ""},
		{auth.ErrToken, 401, ""},
		{wire.OverLimit(wire.RateLimit, "customers", "new customers", 20, 1500*time.Millisecond), 429, "2"},
		{errors.New("anything else"), 500, ""},
	}
	for _, test := range tests {
		t.Run(test.err.Error(), func(t *testing.T) {
			f := newFixture(t)
			f.only(func(*API, *call) error { return fmt.Errorf("commit: %w", test.err) })
			got := f.send("GET", "/api/v1/customers", nil)
			got.wantProblem(test.status, got.str("detail"))
			if h := got.header.Get("Retry-After"); h != test.retry {
				t.Errorf("Retry-After: got %q, want %q", h, test.retry)
			}
			if strings.Contains(string(got.body), "commit:") {
				t.Errorf("got %s, want nothing of the wrapping", got.body)
			}
		})
	}
}

// Until the index has been loaded, lists are a 503 and the rest works.
func TestIndexBehind(t *testing.T) {
	f := newFixture(t)
	customer := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	segment := f.send("POST", "/api/v1/segments", map[string]any{"name": "All", "criteria": map[string]any{}}).want(http.StatusCreated).str("id")
	behind := index.New(f.store, t.TempDir(), index.Options{Wait: time.Millisecond})
	f.api = f.newAPI(func(c *Config) { c.Index = behind })
	for _, path := range []string{
		"/customers", "/customers?query=hassan", "/interactions", "/interactions/stats", "/interactions/customer/" + customer,
		"/feedback", "/feedback/stats", "/feedback/customer/" + customer, "/segments", "/segments/" + segment, "/segments/" + segment + "/customers",
	} {
		f.run(path, func(t *testing.T) {
			got := f.send("GET", base+path, nil)
			got.wantProblem(http.StatusServiceUnavailable, got.str("detail"))
			if h := got.header.Get("Retry-After"); h != "1" {
				t.Errorf("Retry-After: got %q, want 1", h)
			}
		})
	}
	for _, path := range []string{"/customers/" + customer, "/customers/" + customer + "/summary", "/users", "/roles", "/auth/permissions"} {
		f.run(path, func(*testing.T) { f.send("GET", base+path, nil).want(http.StatusOK) })
	}
	f.send("GET", base+"/customers?page=0", nil).wantErrors("query.page")
	f.newCustomer(1).want(http.StatusCreated)
	health := f.send("GET", "/health", nil).want(http.StatusServiceUnavailable)
	if health.str("status") != "starting" || health.header.Get("Retry-After") != "1" {
		t.Errorf("health: got %s, Retry-After %q", health.body, health.header.Get("Retry-After"))
	}
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error)
	go func() { stopped <- behind.Run(ctx) }()
	for behind.Wait(ctx, f.store.Seq()) != nil && ctx.Err() == nil {
	}
	if got := f.send("GET", "/health", nil).want(http.StatusOK); got.str("status") != "healthy" || got.str("service") != "crm" || got.str("version") != "test" {
		t.Errorf("health: got %s", got.body)
	}
	f.send("GET", base+"/customers", nil).want(http.StatusOK)
	if stop(); <-stopped != nil {
		t.Error("the index ended with an error")
	}
}

// A refused request has changed nothing: whoever tries again later is not told that the name is taken.
func TestRefusedWhileIndexIsBehind(t *testing.T) {
	f := newFixture(t)
	segment := f.send("POST", "/api/v1/segments", map[string]any{"name": "All", "criteria": map[string]any{}}).want(http.StatusCreated).str("id")
	f.api = f.newAPI(func(c *Config) {
		c.Index = index.New(f.store, t.TempDir(), index.Options{Wait: time.Millisecond})
	})
	for name, send := range map[string]func() *answer{
		"create": func() *answer {
			return f.send("POST", "/api/v1/segments", map[string]any{"name": "More", "criteria": map[string]any{}})
		},
		"update": func() *answer {
			return f.send("PUT", "/api/v1/segments/"+segment, map[string]any{"description": "Changed"})
		},
	} {
		f.run(name, func(t *testing.T) {
			before := f.store.Seq()
			got := send()
			if after := f.store.Seq(); got.status >= 400 && after != before {
				t.Errorf("got %d, but the change was made; body %s", got.status, got.body)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	var log bytes.Buffer
	f := newFixture(t, withLog(&log))
	made := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for name, test := range map[string]struct {
		id   string
		kept bool
	}{
		"UUID": {testUser, true}, "word": {"web-1.2_3:4", true}, "64 characters": {strings.Repeat("a", 64), true},
		"none": {"", false}, "65 characters": {strings.Repeat("a", 65), false}, "spaces": {"a b", false},
		"forged line": {"a\nlevel=ERROR", false}, "accent": {"é", false}, "markup": {"<script>", false},
	} {
		f.run(name, func(t *testing.T) {
			r := newRequest(t, "GET", "/nothing", nil)
			r.Header["X-Request-Id"] = []string{test.id}
			got := f.do(r).wantProblem(http.StatusNotFound, "Not found")
			id := got.header.Get("X-Request-ID")
			if test.kept && id != test.id || !test.kept && !made.MatchString(id) {
				t.Errorf("X-Request-ID: got %q of %q", id, test.id)
			}
			if line := lastLine(t, &log); line["id"] != id || line["status"] != 404.0 || line["method"] != "GET" || line["level"] != "INFO" {
				t.Errorf("log: got %v", line)
			}
		})
	}
}

// The log names routes and users, and nothing of customers.
func TestLogHasNoPersonalData(t *testing.T) {
	var log bytes.Buffer
	f := newFixture(t, withLog(&log))
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusBadRequest)
	f.send("GET", "/api/v1/customers?query=hassan&page=x", nil).want(http.StatusUnprocessableEntity)
	f.send("GET", "/api/v1/customers/"+id, nil).want(http.StatusOK)
	line := lastLine(t, &log)
	for field, want := range map[string]any{"route": "/api/v1/customers/{customer_id}", "user": testUser, "status": 200.0, "remote": "192.0.2.1"} {
		if line[field] != want {
			t.Errorf("%s: got %v, want %v", field, line[field], want)
		}
	}
	for _, word := range []string{"assan", "Ahmed", "612345678", f.token} {
		if strings.Contains(log.String(), word) {
			t.Errorf("the log has %q: %s", word, log.String())
		}
	}
}

func TestCompression(t *testing.T) {
	f := newFixture(t)
	for i := range 60 {
		body := ahmed()
		body["email"], body["notes"] = strconv.Itoa(i)+"@example.com", strings.Repeat("Atlas ", 100)
		f.send("POST", "/api/v1/customers", body).want(http.StatusCreated)
	}
	get := func(path, encoding string) *answer {
		r := newRequest(t, "GET", path, nil)
		r.Header.Set("Authorization", "Bearer "+f.token)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		f.api.ServeHTTP(w, r)
		return (&answer{t, w.Code, w.Header(), w.Body.Bytes()}).want(http.StatusOK)
	}
	large, small := "/api/v1/customers?size=60", "/api/v1/customers?size=1"
	plain := get(large, "")
	if len(plain.body) < gzipFrom || plain.header.Get("Content-Encoding") != "" || plain.header.Get("Content-Length") != strconv.Itoa(len(plain.body)) {
		t.Errorf("plain: got %d bytes, headers %v", len(plain.body), plain.header)
	}
	for _, encoding := range []string{"gzip", "gzip, deflate, br", "br;q=1, gzip;q=0.5"} {
		packed := get(large, encoding)
		if packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("Content-Type") != "application/json" {
			t.Fatalf("%s: headers: got %v", encoding, packed.header)
		}
		if h := packed.header.Get("Content-Length"); h != "" && h != strconv.Itoa(len(packed.body)) {
			t.Errorf("%s: Content-Length: got %s of %d bytes", encoding, h, len(packed.body))
		}
		reader, err := gzip.NewReader(bytes.NewReader(packed.body))
		if err != nil {
			t.Fatal(err)
		}
		if unpacked, err := io.ReadAll(reader); err != nil || !bytes.Equal(unpacked, plain.body) {
			t.Errorf("%s: err %v; got %d bytes, want the %d of the plain answer", encoding, err, len(unpacked), len(plain.body))
		}
	}
	for path, encoding := range map[string]string{small: "gzip", large: "gzip;q=0", large + "&page=1": "identity", large + "&page=01": "br"} {
		got := get(path, encoding)
		if h := got.header.Get("Content-Encoding"); h != "" || !json.Valid(got.body) {
			t.Errorf("%s with %q: Content-Encoding: got %q, want none", path, encoding, h)
		}
	}
	for _, a := range []*answer{plain, get(large, "gzip")} {
		if vary := a.listed("Vary"); !strings.Contains(strings.Join(vary, ","), "accept-encoding") {
			t.Errorf("Vary: got %v, want Accept-Encoding in it", vary)
		}
	}
}
