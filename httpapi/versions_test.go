package httpapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// A versioned has a record with an ETag, and a change of the record.
type versioned struct {
	path   string
	change func(n int) map[string]any
	row    bool // whose DELETE removes it
}

// everyVersioned returns one record of each kind.
func (f *fixture) everyVersioned() []versioned {
	f.t.Helper()
	customer := f.storeCustomer(nil)
	field := func(name string) func(int) map[string]any {
		return func(n int) map[string]any { return map[string]any{name: fmt.Sprint("Version ", n)} }
	}
	return []versioned{
		{"/api/v1/customers/" + customer, field("notes"), false},
		{"/api/v1/interactions/" + f.logInteraction(customer, nil), field("subject"), true},
		{"/api/v1/feedback/" + f.giveFeedback(customer, nil), field("resolution_notes"), true},
		{"/api/v1/segments/" + f.makeSegment("VIPs", only("tags", "VIP")), field("description"), true},
		{"/api/v1/users/" + f.addStaff("fatima@example.com", "agent"), field("full_name"), false},
	}
}

func (a *answer) etag() string {
	a.t.Helper()
	tag := a.header.Get("ETag")
	if len(tag) < 18 || tag[0] != '"' {
		a.t.Errorf("ETag: got %q, want a strong one", tag)
	}
	return tag
}

func TestVersions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, v := range f.everyVersioned() {
		f.run(v.path[:14], func(t *testing.T) {
			get := func(headers ...string) *answer { return f.do(f.request("GET", v.path, nil, headers...)) }
			put := func(n int, headers ...string) *answer {
				return f.do(f.request("PUT", v.path, v.change(n), headers...))
			}
			first := get().want(http.StatusOK)
			if head := f.send("HEAD", v.path, nil).want(http.StatusOK); head.etag() != first.etag() {
				t.Errorf("HEAD: got %s, want %s", head.etag(), first.etag())
			}
			get("If-None-Match", first.etag()).wantUnchanged(first)
			f.do(f.request("HEAD", v.path, nil, "If-None-Match", first.etag())).wantUnchanged(first)

			second := put(2, "If-Match", first.etag()).want(http.StatusOK)
			if second.etag() == first.etag() {
				t.Error("a change has not changed the ETag")
			}
			if again := get("If-None-Match", first.etag()).want(http.StatusOK); again.etag() != second.etag() {
				t.Errorf("got %s, want %s of the PUT", again.etag(), second.etag())
			}
			put(2, "If-None-Match", second.etag()).want(http.StatusOK) // means nothing to a PUT

			for _, method := range []string{"PUT", "PATCH", "DELETE"} {
				var body any
				if method != "DELETE" {
					body = v.change(3)
				}
				seq := f.store.Seq()
				f.do(f.request(method, v.path, body, "If-Match", first.etag())).wantStale(get())
				if f.store.Seq() != seq {
					t.Errorf("%s: refused, but something was changed", method)
				}
			}
			patched := f.do(f.request("PATCH", v.path, v.change(3), "If-Match", "*")).want(http.StatusOK)
			f.do(f.request("DELETE", v.path, nil, "If-Match", patched.etag())).want(http.StatusOK)
			if v.row {
				put(4, "If-Match", "*").want(http.StatusNotFound)
				f.do(f.request("DELETE", v.path, nil, "If-Match", patched.etag())).want(http.StatusNotFound)
			}
		})
	}
}

// wantUnchanged checks a 304.
func (a *answer) wantUnchanged(first *answer) {
	a.t.Helper()
	a.want(http.StatusNotModified)
	if len(a.body) > 0 || a.header.Get("Content-Type") != "" || a.header.Get("Content-Length") != "" {
		a.t.Errorf("304 with headers %v and body %s, want none", a.header, a.body)
	}
	if a.etag() != first.etag() {
		a.t.Errorf("ETag: got %s, want %s", a.etag(), first.etag())
	}
}

// wantStale checks a 412 and that it shows what a GET does.
func (a *answer) wantStale(current *answer) {
	a.t.Helper()
	a.wantProblem(http.StatusPreconditionFailed, a.str("detail"))
	var want any
	current.into(&want)
	if got := a.get("current"); !reflect.DeepEqual(got, want) {
		a.t.Errorf("current: got %v, want %v", got, want)
	}
	if a.etag() != current.etag() {
		a.t.Errorf("ETag: got %s, want %s", a.etag(), current.etag())
	}
}

func TestCreatedRecordsHaveTheirETag(t *testing.T) {
	f := newFixture(t)
	for _, created := range []*answer{
		f.send("POST", "/api/v1/customers", ahmed()),
		f.send("POST", "/api/v1/segments", map[string]any{"name": "VIPs", "criteria": map[string]any{}}),
		f.send("POST", "/api/v1/users", map[string]any{"email": "a@example.com", "password": staffPassword}),
	} {
		if read := f.send("GET", created.want(http.StatusCreated).header.Get("Location"), nil); read.etag() != created.etag() {
			t.Errorf("%s: got %s, want %s of the POST", created.header.Get("Location"), read.etag(), created.etag())
		}
	}
}

// A new customer changes what a segment's GET shows, but is no edit that could be lost.
func TestSegmentVersions(t *testing.T) {
	f := newFixture(t)
	path := "/api/v1/segments/" + f.makeSegment("Everyone", map[string]any{})
	first := f.send("GET", path, nil).want(http.StatusOK)
	f.storeCustomer(nil)
	second := f.do(f.request("GET", path, nil, "If-None-Match", first.etag())).want(http.StatusOK)
	if second.num("customer_count") != 1 || second.etag() == first.etag() {
		t.Errorf("got %s with %s after %s", second.body, second.etag(), first.etag())
	}
	third := f.do(f.request("PUT", path, map[string]any{"description": "Third"}, "If-Match", first.etag())).want(http.StatusOK)
	f.do(f.request("PUT", path, map[string]any{"description": "Fourth"}, "If-Match", second.etag())).wantStale(third)
}

// Of many who edit the same version, one wins.
func TestEditorsOfOneVersion(t *testing.T) {
	f := newFixture(t)
	for _, v := range f.everyVersioned() {
		f.run(v.path[:14], func(t *testing.T) {
			tag := f.send("GET", v.path, nil).etag()
			var (
				wg   sync.WaitGroup
				mu   sync.Mutex
				seen = map[int]int{}
			)
			for n := range 16 {
				r := f.request("PUT", v.path, v.change(n), "If-Match", tag)
				wg.Go(func() {
					got := f.do(r).status
					mu.Lock()
					defer mu.Unlock()
					seen[got]++
				})
			}
			wg.Wait()
			if seen[200] != 1 || seen[412] != 15 {
				t.Errorf("got %v, want one 200 and fifteen 412", seen)
			}
		})
	}
}

func TestConditionalHeaders(t *testing.T) {
	f := newFixture(t)
	path := "/api/v1/customers/" + f.storeCustomer(nil)
	tag := f.send("GET", path, nil).etag()
	tests := []struct {
		name      string
		header    string
		unchanged int // what If-None-Match answers
		match     int // what If-Match answers
	}{
		{"the tag", tag, 304, 200},
		{"weak", "W/" + tag, 304, 412},
		{"any", "*", 304, 200},
		{"in a list", `"a", ` + tag + `,"b"`, 304, 200},
		{"weak in a list", `W/"a",W/` + tag, 304, 412},
		{"list without spaces and with empty members", `,,"a",` + tag + ",", 304, 200},
		{"packed", strings.TrimSuffix(tag, `"`) + `-gzip"`, 304, 200},
		{"other", `"0000000000000000"`, 200, 412},
		{"list of others", `"a", W/"b"`, 200, 412},
		{"without quotation marks", strings.Trim(tag, `"`), 200, 412},
		{"without the last quotation mark", tag[:len(tag)-1], 200, 412},
		{"without the first", tag[1:], 200, 412},
		{"longer", strings.TrimSuffix(tag, `"`) + `0"`, 200, 412},
		{"half of it", tag[:9] + `"`, 200, 412},
		{"empty", "", 200, 412},
		{"empty tag", `""`, 200, 412},
		{"noise", "\x00,\"", 200, 412},
	}
	for _, test := range tests {
		f.run(test.name, func(*testing.T) {
			f.do(f.request("GET", path, nil, "If-None-Match", test.header)).want(test.unchanged)
			f.do(f.request("PUT", path, "{}", "If-Match", test.header)).want(test.match)
		})
	}
	f.run("several lines", func(*testing.T) {
		f.do(f.request("GET", path, nil, "If-None-Match", `"a"`, "If-None-Match", tag)).want(304)
		f.do(f.request("PUT", path, "{}", "If-Match", `"a"`, "If-Match", tag)).want(200)
	})
}

// A packed answer is another representation, whose tag works all the same.
func TestVersionsOfPackedAnswers(t *testing.T) {
	f := newFixture(t)
	long := strings.Repeat("☺", 10_000)
	tags := make([]string, 50)
	for i := range tags {
		tags[i] = fmt.Sprint(long[:40*3], i)
	}
	created := f.send("POST", "/api/v1/customers", changed(ahmed(), map[string]any{"notes": long, "tags": tags})).want(http.StatusCreated)
	path := created.header.Get("Location")
	w := httptest.NewRecorder()
	f.api.ServeHTTP(w, f.request("GET", path, nil, "Accept-Encoding", "gzip"))
	tag := w.Header().Get("ETag")
	if w.Header().Get("Content-Encoding") != "gzip" || tag == created.etag() {
		t.Fatalf("got %d bytes with %v, want gzip with another tag than %s", len(created.body), w.Header(), created.etag())
	}
	f.do(f.request("GET", path, nil, "Accept-Encoding", "gzip", "If-None-Match", tag)).want(http.StatusNotModified)
	f.do(f.request("PUT", path, map[string]any{"notes": nil}, "If-Match", tag)).want(http.StatusOK)
	f.do(f.request("PUT", path, map[string]any{"notes": nil}, "If-Match", tag)).want(http.StatusPreconditionFailed)
}
