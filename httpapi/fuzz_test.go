package httpapi

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzBody checks that any body of a customer is accepted, or refused with a reason.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		ahmedWith(""), ahmedWith(`,"tags":["VIP","vip",1,null],"notes":"\ud800\u0000"`), ahmedWith(`,"full_name":null,"company_name":"","region":" "`),
		"{}", "[]", "null", "", "{", `{"email":1e999}`, `{"email":"a@b.c"}{}`, `{"phone":{"a":[{}]},"contact_type":true}`, "\ufeff{}", "\xff",
		strings.Repeat("[", 20_000),
	} {
		f.Add([]byte(seed))
	}
	fix := newFixture(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		was := fix.t
		defer func() { fix.t = was }()
		fix.t = t
		got := fix.send("POST", "/api/v1/customers", string(body))
		switch got.status {
		case http.StatusBadRequest, http.StatusUnprocessableEntity:
			got.wantProblem(got.status, got.str("detail"))
		case http.StatusCreated:
			read := fix.send("GET", "/api/v1/customers/"+got.str("id"), nil).want(http.StatusOK)
			if string(read.body) != string(got.body) {
				t.Errorf("read again: got %s, want %s", read.body, got.body)
			}
		default:
			t.Errorf("status: got %d, want 201, 400 or 422; body %s", got.status, got.body)
		}
	})
}

// FuzzQuery checks that any query is answered with a list or a refusal.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"", "page=1&size=20", "page=0", "size=101", "page=99999999999999999999", "query=hassan", "query=%D9%85%D8%AD%D9%85%D8%AF", "query=%", "%zz=1", "a;b",
		"tags=VIP&tags[]=family&tags=", "is_active=all", "is_active=maybe", "sort=-name", "sort=x", "region=casablanca&nationality=MAROCAINE",
		"contact_type=Corporate&loyalty_status=Gold", "query=%22%2B-%2A%28", "query=0612&sort=-created_at", "query=a%00b", "query=" + strings.Repeat("x", 500),
	} {
		f.Add(seed)
	}
	fix := newFixture(f)
	for i := range 3 {
		fix.newCustomer(i).want(http.StatusCreated)
	}
	f.Fuzz(func(t *testing.T, query string) {
		was := fix.t
		defer func() { fix.t = was }()
		fix.t = t
		r := newRequest(t, "GET", "/api/v1/customers", nil)
		r.URL.RawQuery = query
		r.Header.Set("Authorization", "Bearer "+fix.token)
		got := fix.do(r)
		if got.status != http.StatusOK && got.status != http.StatusUnprocessableEntity {
			t.Fatalf("status: got %d, want 200 or 422; body %s", got.status, got.body)
		}
		if got.status == http.StatusUnprocessableEntity && got.str("errors.0.loc.0") != "query" {
			t.Errorf("loc: got %s, want a query parameter", got.body)
		}
	})
}

// FuzzToken checks that only our own tokens are accepted.
func FuzzToken(f *testing.F) {
	fix := newFixture(f)
	withForeign(fix)
	good := fix.token
	head, rest, _ := strings.Cut(good, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	for _, seed := range []string{
		"", "Bearer", "Bearer ", "Bearer x", "Bearer ..", "Basic " + good, "Bearer " + good[:len(good)-2], "Bearer " + good + "=", "Bearer " + good + ".",
		"Bearer " + head + "." + claims + ".", "Bearer " + head + "." + claims, "Bearer " + head + ".e30." + signature, "Bearer e30." + claims + "." + signature,
		"Bearer eyJhbGciOiJub25lIn0." + claims + ".", "Bearer {}.{}.{}", "Bearer \x00", strings.Repeat("Bearer ", 2000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if bearer([]string{header}) == good {
			t.Skip("a good token")
		}
		was := fix.t
		defer func() { fix.t = was }()
		fix.t = t
		r := newRequest(t, "GET", "/api/v1/customers", nil)
		r.Header["Authorization"] = []string{header}
		fix.do(r).wantRefusedToken()
	})
}
