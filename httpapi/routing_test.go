package httpapi

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wantProblem checks a problem document: each of its fields, and that it names the request.
func (a *answer) wantProblem(status int, detail string) *answer {
	a.t.Helper()
	a.want(status).wantDetail(detail)
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Errorf("Content-Type: got %q, want application/problem+json", got)
	}
	if a.str("type") != "about:blank" || a.str("title") != http.StatusText(status) || a.num("status") != float64(status) {
		a.t.Errorf("type, title, status: got %s", a.body)
	}
	if got, want := a.str("request_id"), a.header.Get("X-Request-ID"); got != want {
		a.t.Errorf("request_id: got %q, want %q", got, want)
	}
	if _, ok := a.get("errors").([]any); !ok {
		a.t.Errorf("errors: got %s, want a list", a.body)
	}
	return a
}

func TestUnknownPaths(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{
		"/nothing", "/api", "/api/", "/api/v2/customers", "/api/v1/customer", "/API/v1/customers",
		"/api/v1/Customers", "/api/v1/customers/" + testUser + "/nothing", "/api/v1/customers/" + testUser + "/summary/more",
		"/api/v1//customers", "//api/v1/customers", "/api//v1/customers", "/api/v1/customers//", "/api/v1/customers//summary", "//health",
		"/api/v1/../health", "/./health", "/v1/../v1/customers", "/v10/customers", "/v1customers", "/api/v1/v1/customers", "/v1/api/v1/customers",
		"/health/x", "/customers", "/api/v1/health", "/favicon.ico", "/robots.txt", "/.env", "/api/v1/customers;a=b", "/api/v1/%2Fcustomers", "/%00", "/é",
	} {
		f.run(path, func(*testing.T) {
			f.send("GET", path, nil).wantProblem(http.StatusNotFound, "Not found")
			f.sendWith("", "POST", path, "{}").wantProblem(http.StatusNotFound, "Not found")
		})
	}
}

// pathsOf returns the spellings of a path that mean the same.
func pathsOf(path string) []string {
	all := []string{path}
	if path != "/" {
		all = append(all, path+"/")
	}
	if rest, ok := strings.CutPrefix(path, base+"/"); ok {
		all = append(all, version+"/"+rest, version+"/"+rest+"/")
	}
	return all
}

// Every route answers at each spelling of its path, and never by a redirect.
func TestEverySpellingOfAPath(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i := range routes {
		rt := &routes[i]
		var first *answer
		for _, path := range pathsOf(rt.example()) {
			f.run(rt.method+path, func(t *testing.T) {
				got := bare(f, rt.method, path, rt.exampleBody())
				if got.status >= 300 && got.status < 400 || got.header.Get("Location") != "" {
					t.Fatalf("redirect: got %d to %q", got.status, got.header.Get("Location"))
				}
				if got.status == http.StatusNotFound && got.str("detail") == "Not found" || got.status == http.StatusMethodNotAllowed || got.status >= 500 {
					t.Fatalf("got %d %s", got.status, got.body)
				}
				if first == nil {
					first = got
				}
				if got.status != first.status {
					t.Errorf("status: got %d, want %d as at the other spellings", got.status, first.status)
				}
			})
		}
	}
}

// bare sends a request without comparing the exchange with openapi.yaml, which does not describe it.
func bare(f *fixture, method, path string, body any) *answer {
	f.t.Helper()
	if f.index.Wait(f.t.Context(), f.store.Seq()) != nil {
		f.t.Fatal("the index does not catch up")
	}
	r := newRequest(f.t, method, path, body)
	r.Header.Set("Authorization", "Bearer "+f.token)
	w := httptest.NewRecorder()
	f.api.ServeHTTP(w, r)
	return &answer{f.t, w.Code, w.Header(), w.Body.Bytes()}
}

// A path keeps its query whatever its spelling.
func TestQueryAtEverySpelling(t *testing.T) {
	f := newFixture(t)
	f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated)
	for _, path := range pathsOf("/api/v1/customers") {
		if got := f.send("GET", path+"?size=7&page=2", nil).want(http.StatusOK); got.num("size") != 7 || got.num("page") != 2 {
			t.Errorf("%s: got %s", path, got.body)
		}
	}
}

func TestEncodedSlashes(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{
		"/api/v1/customers/" + testUser + "%2Fsummary", "/api/v1%2Fcustomers", "/api/v1/customers%2F", "/api/v1/customers/%2F", "/api/v1/customers/%2e%2e",
		"/api/v1/customers/..%2F..%2Fhealth", "/docs/..%2Fopenapi.yaml", "/docs/%2e%2e", "/docs/..", "/docs/.", "/docs/%2Fetc%2Fpasswd", "/docs/..%5C..%5Cgo.mod",
	} {
		f.run(path, func(t *testing.T) {
			got := bare(f, "GET", path, nil)
			if got.status >= 300 && got.status < 400 || got.status >= 500 {
				t.Errorf("status: got %d, want neither 3xx nor 5xx", got.status)
			}
			if got.status >= 400 && got.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("got %d %s, want a problem document", got.status, got.body)
			}
		})
	}
}

var everyMethod = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"}

func TestMethodNotAllowed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	methods := map[string][]string{}
	example := map[string]string{}
	for i := range routes {
		path := routes[i].full()
		methods[path] = append(methods[path], routes[i].method)
		example[path] = routes[i].example()
	}
	for path, allowed := range methods {
		if allowed = append(allowed, "OPTIONS"); slices.Contains(allowed, "GET") {
			allowed = append(allowed, "HEAD")
		}
		slices.Sort(allowed)
		allow := strings.Join(allowed, ", ")
		f.run(path, func(t *testing.T) {
			for _, method := range everyMethod {
				if slices.Contains(allowed, method) {
					continue
				}
				for _, spelling := range pathsOf(example[path]) {
					r := httptest.NewRequest(http.MethodPost, spelling, nil)
					r.Method = method // without a token: the method is looked at first
					got := f.do(r).wantProblem(http.StatusMethodNotAllowed, "Method "+method+" is not allowed here")
					if h := got.header.Get("Allow"); h != allow {
						t.Errorf("%s %s: Allow: got %q, want %q", method, spelling, h, allow)
					}
				}
			}
			got := f.sendWith("", "OPTIONS", example[path], nil).want(http.StatusNoContent)
			if h := got.header.Get("Allow"); h != allow || len(got.body) > 0 {
				t.Errorf("OPTIONS: Allow, body: got %q, %q, want %q and none", h, got.body, allow)
			}
		})
	}
}

// HEAD is GET without the body, over a real connection.
func TestHead(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	bare(f, "GET", "/health", nil).want(http.StatusOK)
	server := httptest.NewServer(f.api)
	defer server.Close()
	paths := []string{base + "/customers/" + id, base + "/customers/" + id + "/summary", base + "/customers?page=0", "/docs/favicon-32x32.png"}
	for i := range routes {
		if routes[i].method == http.MethodGet {
			paths = append(paths, pathsOf(routes[i].example())...)
		}
	}
	for _, path := range paths {
		for _, encoding := range []string{"", "gzip"} {
			f.run(path+" "+encoding, func(t *testing.T) {
				get, head := fetch(t, server, "GET", path, encoding, f.token), fetch(t, server, "HEAD", path, encoding, f.token)
				if head.status != get.status || len(head.body) != 0 || len(get.body) == 0 {
					t.Fatalf("status, length: got %d, %d of HEAD and %d, %d of GET", head.status, len(head.body), get.status, len(get.body))
				}
				if length := head.header.Get("Content-Length"); encoding == "" && length != "" && length != strconv.Itoa(len(get.body)) {
					t.Errorf("Content-Length: got %s, want %d", length, len(get.body))
				}
				// What differs between any two answers, and what is known only from the body.
				for _, varying := range []string{"Date", "X-Request-Id", "Content-Length", "Content-Encoding", "Accept-Ranges"} {
					head.header.Del(varying)
					get.header.Del(varying)
				}
				for name := range get.header {
					if got, want := head.header.Values(name), get.header.Values(name); !slices.Equal(got, want) {
						t.Errorf("%s: got %q, want %q", name, got, want)
					}
				}
			})
		}
	}
}

// fetch sends a request over a connection. It does not follow redirects and leaves the encoding alone.
func fetch(t testing.TB, server *httptest.Server, method, path, encoding, token string) *answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept-Encoding", encoding)
	response, err := server.Client().Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &answer{t, response.StatusCode, response.Header, body}
}

func TestLongRequests(t *testing.T) {
	f := newFixture(t)
	long := strings.Repeat("a", 10_000)
	for _, header := range []string{"X-Request-ID", "Accept", "Cookie", "Origin", "Accept-Encoding", "Content-Type", "If-None-Match", "Range"} {
		f.run(header, func(*testing.T) {
			r := newRequest(f.t, "GET", "/api/v1/customers", nil)
			r.Header.Set("Authorization", "Bearer "+f.token)
			r.Header.Set(header, long)
			f.do(r).want(http.StatusOK)
		})
	}
	f.send("GET", "/api/v1/customers?unknown="+long, nil).want(http.StatusOK)
	f.send("GET", "/api/v1/customers/"+long, nil).wantErrors("path.customer_id")
	f.send("GET", "/"+long, nil).wantProblem(http.StatusNotFound, "Not found")
}
