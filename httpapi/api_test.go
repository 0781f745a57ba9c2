package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"crm/auth"
	"crm/index"
	"crm/store"
	"crm/store/backup"
	"crm/store/zone"
)

// A fixture is a whole service over an empty folder, with a clock of its own that stands until it is moved.
type fixture struct {
	t     testing.TB
	api   *API
	store *store.Store
	index *index.Index
	dir   string // the data folder
	token string // of every request; all permissions unless a test changes it

	commits atomic.Int64 // so far

	mu  sync.Mutex
	now time.Time
}

// office is the office's zone by rules that never change: an hour ahead of UTC, and in Ramadan not.
var office = func() *zone.Zone {
	z, err := zone.Before().Zone("Africa/Casablanca")
	if err != nil {
		panic(err)
	}
	return z
}()

var officeZone = office.Location()

const testUser = "01890a5d-ac96-774b-bcce-b302099a8057" // a subject that is no user here

func newFixture(t testing.TB, change ...func(*Config)) *fixture {
	t.Helper()
	return newFilled(t, func(*fixture) error { return nil }, change...)
}

// newFilled returns newFixture over a store that fill has put something into.
func newFilled(t testing.TB, fill func(*fixture) error, change ...func(*Config)) *fixture {
	t.Helper()
	return newIn(t, office, fill, change...)
}

// newIn returns newFilled for an office in a time zone.
func newIn(t testing.TB, office *zone.Zone, fill func(*fixture) error, change ...func(*Config)) *fixture {
	t.Helper()
	contract() // now, because the fuzzer allows ten seconds for an input
	f := &fixture{t: t, now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	dir := t.TempDir()
	st, err := store.Open(dir, store.WithClock(f.clock), store.WithZone(office), store.WithObserver(func(store.Commit) { f.commits.Add(1) }))
	if err != nil {
		t.Fatal(err)
	}
	f.store, f.dir = st, dir
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	st = f.store // which fill may have opened again
	f.index = index.New(st, filepath.Join(dir, "index"), index.Options{})
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- f.index.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	f.api = f.newAPI(change...)
	f.token = f.tokenFor(testUser, "*:*:*")
	return f
}

// over is a closed channel, with which event streams end after the events that there are.
var over = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func (f *fixture) newAPI(change ...func(*Config)) *API {
	f.t.Helper()
	issuer, err := auth.NewIssuer(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		f.t.Fatal(err)
	}
	c := Config{
		Store: f.store, Backups: &backup.Schedule{Store: f.store, Dir: filepath.Join(f.dir, store.BackupsName), Version: "test"},
		Index: f.index, Issuer: issuer, Verifier: auth.NewVerifier(issuer, f.clock),
		Version: "test", HashCost: bcrypt.MinCost, Clock: f.clock, Stopping: over,
	}
	for _, fn := range change {
		fn(&c)
	}
	api, err := New(c)
	if err != nil {
		f.t.Fatal(err)
	}
	return api
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// pass moves the clock.
func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func (f *fixture) tokenFor(subject string, permissions ...string) string {
	f.t.Helper()
	token, err := f.api.Issuer.Issue(auth.Claims{Subject: subject, Permissions: permissions}, f.clock(), 24*time.Hour)
	if err != nil {
		f.t.Fatal(err)
	}
	return token
}

// An answer is a response with its body read.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

// send sends a request without body, or with body as JSON: a string is sent as it is.
func (f *fixture) send(method, path string, body any) *answer {
	f.t.Helper()
	r := newRequest(f.t, method, path, body)
	if f.token != "" {
		r.Header.Set("Authorization", "Bearer "+f.token)
	}
	return f.do(r)
}

func newRequest(t testing.TB, method, path string, body any) *http.Request {
	t.Helper()
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(body)
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		reader = bytes.NewReader(raw)
	}
	r := httptest.NewRequest(method, path, reader)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// do sends a request and checks the exchange against openapi.yaml.
func (f *fixture) do(r *http.Request) *answer {
	f.t.Helper()
	w := httptest.NewRecorder()
	f.api.ServeHTTP(w, r)
	a := &answer{f.t, w.Code, w.Header(), w.Body.Bytes()}
	if a.header.Get("X-Request-ID") == "" {
		f.t.Errorf("%s %s: no X-Request-ID", r.Method, r.URL)
	}
	checkContract(f.t, r, a)
	return a
}

// want fails the test unless the answer has the status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status: got %d, want %d; body %s", a.status, status, a.body)
	}
	return a
}

// wantDetail checks the sentence of a refusal.
func (a *answer) wantDetail(detail string) *answer {
	a.t.Helper()
	if got := a.str("detail"); got != detail {
		a.t.Errorf("detail: got %q, want %q", got, detail)
	}
	return a
}

// wantErrors checks where a 422 says that rules were broken, such as "body.email", in any order.
func (a *answer) wantErrors(locs ...string) *answer {
	a.t.Helper()
	a.want(http.StatusUnprocessableEntity)
	var p struct {
		Errors []struct{ Loc []any }
	}
	a.into(&p)
	var got []string
	for _, e := range p.Errors {
		steps := make([]string, len(e.Loc))
		for i, step := range e.Loc {
			raw, _ := json.Marshal(step)
			steps[i] = strings.Trim(string(raw), `"`)
		}
		got = append(got, strings.Join(steps, "."))
	}
	slices.Sort(got)
	slices.Sort(locs)
	if !slices.Equal(got, locs) {
		a.t.Errorf("errors at: got %v, want %v; body %s", got, locs, a.body)
	}
	return a
}

func (a *answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%v in %s", err, a.body)
	}
}

// get returns a value of the JSON body; path has dots between its steps, numbers for lists.
func (a *answer) get(path string) any {
	a.t.Helper()
	var v any
	a.into(&v)
	for step := range strings.SplitSeq(path, ".") {
		switch node := v.(type) {
		case map[string]any:
			next, ok := node[step]
			if !ok {
				a.t.Fatalf("no %s in %s", path, a.body)
			}
			v = next
		case []any:
			i := int(step[0] - '0')
			if i >= len(node) {
				a.t.Fatalf("no %s in %s", path, a.body)
			}
			v = node[i]
		default:
			a.t.Fatalf("no %s in %s", path, a.body)
		}
	}
	return v
}

func (a *answer) str(path string) string {
	a.t.Helper()
	s, _ := a.get(path).(string)
	return s
}

func (a *answer) num(path string) float64 {
	a.t.Helper()
	n, ok := a.get(path).(float64)
	if !ok {
		a.t.Fatalf("%s is no number in %s", path, a.body)
	}
	return n
}

// ahmed is the specification's example of a create body.
func ahmed() map[string]any {
	return map[string]any{
		"full_name": "Ahmed Hassan", "contact_type": "Individual", "email": "ahmed.hassan@example.com", "phone": "+212612345678",
		"nationality": "Moroccan", "region": "Casablanca", "preferred_language": "French", "tags": []string{"VIP", "Repeat Customer"},
	}
}

func TestThroughAllRooms(t *testing.T) {
	f := newFixture(t)
	created := f.send("POST", "/api/v1/customers/", ahmed()).want(http.StatusCreated)
	id := created.str("id")
	if got, want := created.header.Get("Location"), "/api/v1/customers/"+id; got != want {
		t.Errorf("Location: got %q, want %q", got, want)
	}
	f.send("GET", "/v1/customers/"+id, nil).want(http.StatusOK)
	found := f.send("GET", "/api/v1/customers?query=hassan", nil).want(http.StatusOK)
	if got := found.str("items.0.id"); got != id || found.num("total") != 1 {
		t.Errorf("search: got %s", found.body)
	}
	f.send("POST", "/v1/interactions/", map[string]any{"customer_id": id, "channel": "phone", "summary": "Atlas tour", "duration_minutes": 15}).want(http.StatusCreated)
	f.send("POST", "/v1/feedback/", map[string]any{"customer_id": id, "service_type": "Tour", "rating": 5}).want(http.StatusCreated)
	f.send("POST", "/v1/segments/", map[string]any{"name": "VIPs", "criteria": map[string]any{"tags": []string{"vip"}}}).want(http.StatusCreated)
	summary := f.send("GET", "/v1/customers/"+id+"/summary", nil).want(http.StatusOK)
	if summary.num("total_interactions") != 1 || summary.num("average_rating") != 5 || summary.str("segments.0") != "VIPs" {
		t.Errorf("summary: got %s", summary.body)
	}
	for _, path := range []string{"/v1/interactions/stats", "/v1/feedback/stats?days=365", "/v1/interactions/", "/v1/feedback/", "/v1/segments/", "/v1/users/", "/v1/roles/", "/health", "/openapi.json", "/openapi.yaml", "/docs", "/docs/", "/"} {
		f.send("GET", path, nil).want(http.StatusOK)
	}
}
