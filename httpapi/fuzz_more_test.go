package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// fuzzing makes the failures of a target's fixture those of the present input.
func (f *fixture) fuzzing(t *testing.T, test func()) {
	was := f.t
	defer func() { f.t = was }()
	f.t = t
	test()
}

// wantNoFault checks that an answer is not a 5xx, and that a refusal is a problem document.
func (a *answer) wantNoFault() *answer {
	a.t.Helper()
	if a.status >= 500 || a.status == 0 {
		a.t.Fatalf("status: got %d; body %s", a.status, a.body)
	}
	if a.status >= 400 {
		a.wantProblem(a.status, a.str("detail"))
	}
	return a
}

// FuzzEveryBody sends any body to any route, which must carry it out or refuse it with a reason.
func FuzzEveryBody(f *testing.F) {
	var writing []*route
	for i := range routes {
		if routes[i].body {
			writing = append(writing, &routes[i])
		}
	}
	for i := range writing {
		for _, seed := range []string{
			`{}`, `{"name":"a","criteria":{"tags":["x"]},"is_active":null}`, `{"rating":1e2,"service_type":"Tour","resolved":"true"}`,
			`{"channel":"sms","summary":"s","timestamp":"2024-01-22","follow_up_date":"","duration_minutes":2.5}`, `{"roles":["admin",1],"password":"\u0000"}`,
			`{"email":"a@example.com","password":"correct horse battery","refresh_token":[]}`,
		} {
			f.Add(uint8(i), []byte(seed))
		}
	}
	fix := newFixture(f)
	paths := make([]string, len(writing))
	for i, rt := range writing {
		paths[i] = rt.example()
		if strings.Contains(rt.path, "{customer_id}") {
			paths[i] = fix.fill(rt.full())
		}
	}
	f.Fuzz(func(t *testing.T, n uint8, body []byte) {
		fix.fuzzing(t, func() {
			at := int(n) % len(writing)
			fix.send(writing[at].method, paths[at], string(body)).wantNoFault()
		})
	})
}

// FuzzCriteria checks that accepted criteria are stored as they were sent, and that their count is the number of customers in their list.
func FuzzCriteria(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[]`, `{"tags":["vip"]}`, `{"tags":[]}`, `{"tags":"vip"}`, `{"tags":[["vip"]]}`, `{"color":["red"]}`, `{"region":["Fès"," casablanca "],"loyalty_status":["New"]}`,
		`{"contact_type":["Company"]}`, `{"tags":[null,1,""]}`, `{"tags":["a"],"tags":["b"]}`, `{"":[""]}`,
	} {
		f.Add(seed)
	}
	fix := newFixture(f)
	for range 3 {
		fix.storeCustomer(nil)
	}
	segment := "/api/v1/segments/" + fix.makeSegment("Fuzzed", map[string]any{})
	f.Fuzz(func(t *testing.T, criteria string) {
		fix.fuzzing(t, func() {
			put := fix.send("PUT", segment, `{"criteria":`+criteria+`}`).wantNoFault()
			if put.status != http.StatusOK {
				return
			}
			list := fix.send("GET", segment+"/customers", nil).want(http.StatusOK)
			if list.num("total") != put.num("customer_count") {
				t.Errorf("%s: counts %v customers and lists %v", criteria, put.num("customer_count"), list.num("total"))
			}
		})
	})
}

// FuzzLists sends any query to any list or statistic, which must answer it or refuse it with a reason.
func FuzzLists(f *testing.F) {
	var lists []*route
	for i := range routes {
		if rt := &routes[i]; rt.method == "GET" && rt.permission != open {
			lists = append(lists, rt)
		}
	}
	for i := range lists {
		for _, seed := range []string{
			"page=2&size=1&sort=-timestamp", "from=2024-01-22&to=2024-01-22T10:00%2B01:00", "days=366", "channel=phone&channel=fax", "rating=6&resolved=1",
			"customer_id=" + testUser, "staff_member_id=x&follow_up_required=TRUE", "is_active=all&page=9223372036854775807&size=100", "from=0001-01-01&to=9999-12-31",
		} {
			f.Add(uint8(i), seed)
		}
	}
	fix := newFixture(f)
	paths := make([]string, len(lists))
	for i, rt := range lists {
		paths[i] = rt.example()
		if !strings.Contains(rt.path, "{user_id}") {
			paths[i] = fix.fill(rt.full())
		}
		if strings.Contains(rt.path, "{segment_id}") { // its name is taken now
			fix.send("PUT", strings.TrimSuffix(paths[i], "/customers"), map[string]any{"name": paths[i]}).want(http.StatusOK)
		}
	}
	f.Fuzz(func(t *testing.T, n uint8, query string) {
		fix.fuzzing(t, func() {
			r := fix.request("GET", paths[int(n)%len(paths)], nil)
			r.URL.RawQuery = query
			fix.do(r).wantNoFault()
		})
	})
}

// FuzzPath checks that no path is redirected or causes a 5xx.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"/", "//", "/v1", "/v1/customers//", "/api/v1/customers/../users", "/api/v1/customers/%2e%2e", "/docs/../home.html", "/docs/%00", "/v1/customers/" + testUser + "/",
		"/api/v1/customers/01890A5D-AC96-774B-BCCE-B302099A8057", "/%", "*", "/v1/v1/customers", "/api/v1/segments/recalculate/x",
	} {
		f.Add("GET", seed)
		f.Add("POST", seed)
	}
	fix := newFixture(f)
	f.Fuzz(func(t *testing.T, method, path string) {
		fix.fuzzing(t, func() {
			r := fix.request("GET", "/", nil)
			r.Method, r.URL.Path = method, path
			w := httptest.NewRecorder()
			fix.api.ServeHTTP(w, r)
			if got := (&answer{t, w.Code, w.Header(), w.Body.Bytes()}); got.status >= 500 || got.status >= 300 && got.status < 400 || got.header.Get("Location") != "" {
				t.Errorf("%s %q: got %d with %v", method, path, got.status, got.header)
			}
		})
	})
}

// FuzzConditions checks that If-None-Match gives a 304, and If-Match allows a change, only for the version that it names.
func FuzzConditions(f *testing.F) {
	for _, seed := range []string{"", "*", `"a"`, `W/"a"`, `"a", "b"`, ",", `"`, "\x00", `""-gzip"`, `"a,*,b"`, strings.Repeat(`"a",`, 1000)} {
		f.Add(seed)
	}
	fix := newFixture(f)
	path := "/api/v1/customers/" + fix.storeCustomer(nil)
	tag := strings.Trim(fix.send("GET", path, nil).etag(), `"`)
	f.Fuzz(func(t *testing.T, header string) {
		fix.fuzzing(t, func() {
			named := strings.Contains(header, tag) || strings.Contains(header, "*") && header != `"a,*,b"`
			get := fix.do(fix.request("GET", path, nil, "If-None-Match", header))
			put := fix.do(fix.request("PUT", path, "{}", "If-Match", header))
			if !named && (get.status != http.StatusOK || put.status != http.StatusPreconditionFailed) {
				t.Errorf("%q: got %d and %d, want 200 and 412", header, get.status, put.status)
			}
			fix.do(fix.request("GET", path, nil, "If-None-Match", `"`+tag+`",`+header)).want(http.StatusNotModified)
			fix.do(fix.request("PUT", path, "{}", "If-Match", `"`+tag+`",`+header)).want(http.StatusOK)
		})
	})
}

// FuzzIdempotencyKey checks that any key is refused, or its request is carried out once.
func FuzzIdempotencyKey(f *testing.F) {
	for _, seed := range []string{"", "k", `"k"`, `"`, `""`, " k ", "a b", "é", "\x00", strings.Repeat("k", 255), strings.Repeat("k", 256), `"` + strings.Repeat("k", 255) + `"`} {
		f.Add(seed)
	}
	fix := newFixture(f)
	body := map[string]any{"customer_id": fix.storeCustomer(nil), "service_type": "Tour", "rating": 5}
	f.Fuzz(func(t *testing.T, key string) {
		fix.fuzzing(t, func() {
			first := fix.post("/api/v1/feedback", body, key)
			if first.status == http.StatusUnprocessableEntity {
				first.wantErrors("header.Idempotency-Key")
				return
			}
			first.want(http.StatusCreated)
			fix.post("/api/v1/feedback", body, key).wantReplay(first)
			fix.post("/api/v1/feedback", body, `"`+strings.Trim(strings.Trim(key, " \t"), `"`)+`"`).wantReplay(first)
		})
	})
}
