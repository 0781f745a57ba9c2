package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// ahmedWith returns the create body with more JSON in front of its end.
func ahmedWith(more string) string {
	return `{"contact_type":"Individual","email":"ahmed.hassan@example.com","phone":"+212612345678"` + more + `}`
}

func TestBodies(t *testing.T) {
	t.Parallel()
	const notOne = "Body is not one JSON value: "
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	tests := []struct {
		name, body string
		status     int
		detail     string // a piece of it
	}{
		{"empty", "", 400, notOne + "it is empty"},
		{"spaces", " \n\t ", 400, notOne + "it is empty"},
		{"no JSON", "full_name=Ahmed", 400, "(line 1, column 2)"},
		{"HTML", "<html>", 400, "(line 1, column 1)"},
		{"single quotes", "{'email': 'x'}", 400, "(line 1, column 2)"},
		{"comma at the end", `{"email": "x",}`, 400, "(line 1, column 15)"},
		{"third line, after an accent", "{\n  \"nom\": \"é\",\n  \"é\": ?\n}", 400, "(line 3, column 8)"},
		{"cut off", `{"email": "x`, 400, "unexpected end of JSON input"},
		{"two values", "{} {}", 400, notOne},
		{"object and a rest", ahmedWith("") + "x", 400, notOne},
		{"object and a bracket", ahmedWith("") + "}", 400, notOne},
		{"line break inside a string", "{\"email\": \"a\nb\"}", 400, notOne},
		{"NaN", `{"email": NaN}`, 400, notOne},
		{"comment", "{} // nothing", 400, notOne},
		{"invalid UTF-8", "{\"full_name\": \"\xff\"}", 400, notOne + "it is not valid UTF-8"},
		{"half a surrogate in UTF-8", "{\"full_name\": \"\xed\xa0\x80\"}", 400, notOne},
		{"UTF-16", "\xff\xfe{\x00}\x00", 400, notOne},
		{"byte order mark", "\ufeff" + ahmedWith(""), 201, ""},
		{"byte order mark at the end", ahmedWith("") + "\ufeff", 400, notOne},
		{"100,000 brackets", strings.Repeat("[", 100_000), 400, notOne},
		{"100,000 brackets, closed", deep(100_000), 400, notOne},
		{"100,000 objects", strings.Repeat(`{"a":`, 100_000), 400, notOne},
		{"array", "[]", 422, "Validation error"},
		{"array of bodies", "[" + ahmedWith("") + "]", 422, "Validation error"},
		{"string", `"ahmed"`, 422, "Validation error"},
		{"number", "1", 422, "Validation error"},
		{"true", "true", 422, "Validation error"},
		{"null", "null", 422, "Validation error"},
		{"empty object", "{}", 422, "Validation error"},
		{"names are case-sensitive", strings.ReplaceAll(ahmedWith(""), "email\"", "Email\""), 422, "Validation error"},
		{"spaces around", " \r\n\t" + ahmedWith("") + "\n\n", 201, ""},
		{"the last of two", ahmedWith(`,"phone":"0537000000"`), 201, ""},
		{"unknown fields", ahmedWith(`,"id":1,"":{},"is_admin":true`), 201, ""},
		{"unknown field, 1,000 deep", ahmedWith(`,"x":` + deep(1000)), 201, ""},
		{"unknown field, huge number", ahmedWith(`,"x":1e999`), 201, ""},
		{"unknown field, long number", ahmedWith(`,"x":` + strings.Repeat("9", 5000)), 201, ""},
		{"escapes", ahmedWith(`,"notes":"\u0639\u00e9\ud83d\ude00<&>"`), 201, ""},
		{"half a surrogate, escaped", ahmedWith(`,"notes":"\ud800"`), 201, ""},
		{"1 MiB", ahmedWith("") + strings.Repeat(" ", maxBody-len(ahmedWith(""))), 201, ""},
		{"1 MiB and a byte", ahmedWith("") + strings.Repeat(" ", maxBody+1-len(ahmedWith(""))), 413, "Body is larger than 1 MiB"},
		{"1 MiB and a byte, no JSON", strings.Repeat("x", maxBody+1), 413, "Body is larger than 1 MiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			got := f.send("POST", "/api/v1/customers/", test.body).want(test.status)
			if test.status >= 400 && !strings.Contains(got.str("detail"), test.detail) {
				t.Errorf("detail: got %q, want %q in it", got.str("detail"), test.detail)
			}
			if strings.Contains(string(got.body), "Go value") || strings.Contains(string(got.body), "json:") {
				t.Errorf("the answer speaks of the program's insides: %s", got.body)
			}
		})
	}
}

func TestBodyThatIsNoObject(t *testing.T) {
	f := newFixture(t)
	for _, body := range []string{"[]", "null", `""`, "0", "false"} {
		f.send("POST", "/api/v1/customers", body).wantErrors("body")
	}
}

// Numbers are read where an integer is due: POST /interactions has one.
func TestNumbers(t *testing.T) {
	f := newFixture(t)
	customer := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	tests := []struct {
		number string
		want   any // of the answer; nil for a refusal
	}{
		{"0", 0.0}, {"15", 15.0}, {"-0", 0.0}, {"15.0", 15.0}, {"1.5e1", 15.0}, {"1E2", 100.0},
		{"2.5", nil}, {`"15"`, nil}, {"true", nil}, {"[15]", nil}, {"{}", nil}, {"-1", nil},
		{"1e999", nil}, {"-1e999", nil}, {"9223372036854775808", nil}, {"1e18", nil},
	}
	for _, test := range tests {
		f.run(test.number, func(t *testing.T) {
			body := fmt.Sprintf(`{"customer_id":%q,"channel":"phone","summary":"Atlas tour","duration_minutes":%s}`, customer, test.number)
			got := f.send("POST", "/api/v1/interactions", body)
			if test.want == nil {
				got.wantErrors("body.duration_minutes")
			} else if got.want(http.StatusCreated).get("duration_minutes") != test.want {
				t.Errorf("duration_minutes: got %v, want %v", got.get("duration_minutes"), test.want)
			}
		})
	}
}

func TestContentTypes(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		kind   string
		status int
	}{
		{"application/json", 422}, {"application/json; charset=utf-8", 422}, {"Application/JSON;charset=UTF-8", 422}, {"", 422},
		{"application/merge-patch+json", 422}, {"application/vnd.api+json", 422},
		{"text/plain", 415}, {"text/plain;charset=UTF-8", 415}, {"application/x-www-form-urlencoded", 415},
		{"multipart/form-data; boundary=x", 415}, {"application/xml", 415}, {"application/jsonx", 415}, {"json", 415}, {"/", 415}, {";", 415},
		{"image/svg+json", 415},
	}
	for _, test := range tests {
		f.run(test.kind, func(t *testing.T) {
			r := newRequest(t, "POST", "/api/v1/customers", "{}")
			r.Header.Set("Authorization", "Bearer "+f.token)
			if r.Header.Set("Content-Type", test.kind); test.kind == "" {
				r.Header.Del("Content-Type")
			}
			got := f.do(r).want(test.status)
			if test.status == http.StatusUnsupportedMediaType {
				got.wantDetail("Content-Type must be application/json")
			}
		})
	}
}

// A request may break several rules; the first reason in the documented order is the answer.
func TestOrderOfRefusal(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	all, none := f.token, f.tokenFor(testUser)
	large := strings.Repeat("x", maxBody+1)
	tests := []struct {
		name         string
		token        string
		method, path string
		kind, body   string
		status       int
	}{
		{"no token, no UUID, too large", "", "PUT", "/customers/nope", "text/plain", large, 401},
		{"wrong token, no JSON", "x", "POST", "/customers", "application/json", "{", 401},
		{"no permission, no UUID, too large", none, "PUT", "/customers/nope", "text/plain", large, 403},
		{"no permission, unknown id", none, "GET", "/customers/" + testUser, "", "", 403},
		{"no permission, bad query", none, "GET", "/customers?page=0", "", "", 403},
		{"no UUID, wrong type", all, "PUT", "/customers/nope", "text/plain", "{}", 415},
		{"no UUID, too large", all, "PUT", "/customers/nope", "application/json", large, 413},
		{"no UUID, no JSON", all, "PUT", "/customers/nope", "application/json", "{", 400},
		{"unknown id, no JSON", all, "PUT", "/customers/" + testUser, "application/json", "{", 400},
		{"no UUID, broken rules", all, "PUT", "/customers/nope", "application/json", `{"email":"x"}`, 422},
		{"unknown id, broken rules", all, "PUT", "/customers/" + testUser, "application/json", `{"email":"x"}`, 404},
		{"unknown interaction, broken rules", all, "PUT", "/interactions/" + testUser, "application/json", `{"channel":"x"}`, 404},
		{"unknown feedback, broken rules", all, "PUT", "/feedback/" + testUser, "application/json", `{"resolved":"x"}`, 404},
		{"unknown segment, broken rules", all, "PUT", "/segments/" + testUser, "application/json", `{"name":""}`, 404},
		{"unknown user, broken rules", all, "PUT", "/users/" + testUser, "application/json", `{"email":"x"}`, 404},
		{"unknown user, weak password", all, "PUT", "/users/" + testUser, "application/json", `{"password":"x"}`, 404},
		{"body names an unknown customer, broken rules", all, "POST", "/interactions", "application/json", `{"customer_id":"` + testUser + `","channel":"x"}`, 404},
		{"feedback of an unknown customer, broken rules", all, "POST", "/feedback", "application/json", `{"customer_id":"` + testUser + `","rating":9}`, 404},
		{"unknown customer's interactions, bad query", all, "GET", "/interactions/customer/" + testUser + "?page=0", "", "", 404},
		{"unknown customer's feedback, bad query", all, "GET", "/feedback/customer/" + testUser + "?page=0", "", "", 404},
		{"unknown segment's customers, bad query", all, "GET", "/segments/" + testUser + "/customers?page=0", "", "", 404},
		{"broken rules", all, "PUT", "/customers/" + id, "application/json", `{"email":"x"}`, 422},
		{"wrong method goes before the token", "", "PATCH", "/customers", "application/json", "{", 405},
		{"unknown path goes before the token", "", "GET", "/nothing", "", "", 404},
	}
	for _, test := range tests {
		f.run(test.name, func(t *testing.T) {
			var body any
			if test.kind != "" {
				body = test.body
			}
			r := newRequest(t, test.method, base+test.path, body)
			if test.kind != "" {
				r.Header.Set("Content-Type", test.kind)
			}
			if test.token != "" {
				r.Header.Set("Authorization", "Bearer "+test.token)
			}
			f.do(r).want(test.status)
		})
	}
}

func TestPathIDs(t *testing.T) {
	f := newFixture(t)
	for i := range routes {
		rt := &routes[i]
		_, rest, ok := strings.Cut(rt.full(), "{")
		name, _, _ := strings.Cut(rest, "}")
		if !ok || !strings.HasSuffix(name, "_id") {
			continue
		}
		f.run(rt.method+rt.full(), func(t *testing.T) {
			at := func(id string) *answer {
				return f.send(rt.method, strings.ReplaceAll(rt.full(), "{"+name+"}", id), rt.exampleBody())
			}
			for _, id := range []string{"nope", "1", "null", "123e4567-e89b-12d3-a456-42661417400", testUser + "0", "%20", "%00", "é", "zzzzzzzz-ac96-774b-bcce-b302099a8057"} {
				at(id).wantErrors("path." + name)
			}
			at(testUser).want(http.StatusNotFound)
			at(strings.ToUpper(testUser)).want(http.StatusNotFound)
		})
	}
}

// A request whose route reads no body is not refused because it has one.
func TestRequestsWithoutBody(t *testing.T) {
	f := newFixture(t)
	customer := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	f.addStaff("fatima@example.com", "admin")
	for _, path := range []string{"/segments/recalculate", "/segments/customer/" + customer + "/assign", "/auth/logout"} {
		for name, change := range map[string]func(*http.Request){
			"nothing":              func(*http.Request) {},
			"only the type":        func(r *http.Request) { r.Header.Set("Content-Type", "application/json") },
			"an empty object":      func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("{}")) },
			"not JSON":             func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("x=1")) },
			"form":                 func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") },
			"more than a megabyte": func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(strings.Repeat(" ", maxBody+1))) },
		} {
			f.run(path+" with "+name, func(t *testing.T) {
				token, _ := f.signIn("fatima@example.com")
				r := newRequest(t, "POST", base+path, nil)
				r.Header.Set("Authorization", "Bearer "+token)
				change(r)
				f.do(r).want(http.StatusOK)
			})
		}
	}
}

func TestBodyThatBreaksOff(t *testing.T) {
	f := newFixture(t)
	r := newRequest(t, "POST", "/api/v1/customers", nil)
	r.Header.Set("Authorization", "Bearer "+f.token)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"email":`), iotest.ErrReader(errors.New("connection reset by peer"))))
	f.do(r).want(http.StatusBadRequest).wantDetail("Body could not be read to its end")
}

// Programs that make their own sentences find the numbers and names of ours in params.
func TestFactsOfRefusals(t *testing.T) {
	f := newFixture(t, withLimits)
	long := f.send("POST", "/v1/customers", ahmedWith(`,"nationality":"`+strings.Repeat("é", 101)+`","contact_type":"Both"`)).want(http.StatusUnprocessableEntity)
	for path, want := range map[string]string{
		"reason": "invalid", "errors.0.params.values.1": "Corporate", "errors.1.params.most": "100", "errors.1.params.has": "101",
	} {
		if got := fmt.Sprint(long.get(path)); got != want {
			t.Errorf("%s: got %q, want %q; body %s", path, got, want, long.body)
		}
	}
	denied := f.sendWith(f.tokenFor(testUser, "crm:read:feedback"), "GET", "/v1/customers", nil).want(http.StatusForbidden)
	if reason, permission := denied.str("reason"), denied.str("params.permission"); reason != "permission" || permission != "crm:read:customers" {
		t.Errorf("403: got %s, want the permission", denied.body)
	}
	for i := range 20 {
		f.newCustomer(i).want(http.StatusCreated)
	}
	over := f.newCustomer(20).want(http.StatusTooManyRequests)
	if reason, most, wait := over.str("reason"), over.num("params.most"), over.num("params.wait"); reason != "rate_limit" || most != 20 || wait != 3 {
		t.Errorf("429: got %s, want the limit of 20 and a wait of 3", over.body)
	}
}
