package httpapi

import (
	"net/http"
	"testing"
	"time"
)

// Derived fields change the tag, so that nobody is shown an old version, but they do not make an If-Match fail.
func TestDerivedFieldsFailNobodysIfMatch(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	segment := f.makeSegment("Everyone", map[string]any{})
	user := f.addStaff("fatima@example.com", "agent")
	tests := []struct {
		name, path, field string
		happens           func()
	}{
		{"a call is logged", "/api/v1/customers/" + customer, "last_interaction", func() { f.logInteraction(customer, nil) }},
		{"a call is logged later", "/api/v1/customers/" + customer, "last_interaction", func() { f.pass(time.Minute); f.logInteraction(customer, nil) }},
		{"a customer is added", "/api/v1/segments/" + segment, "customer_count", func() { f.storeCustomer(nil) }},
		{"segments are recalculated", "/api/v1/segments/" + segment, "last_calculated", func() { f.pass(time.Minute); f.send("POST", "/api/v1/segments/recalculate", nil).want(200) }},
		{"a wrong password", "/api/v1/users/" + user, "failed_login_attempts", func() { f.login("fatima@example.com", "wrong").want(401) }},
		{"a sign-in", "/api/v1/users/" + user, "last_login_at", func() { f.login("fatima@example.com", staffPassword).want(200) }},
	}
	for _, test := range tests {
		f.run(test.name, func(t *testing.T) {
			first := f.send("GET", test.path, nil).want(http.StatusOK)
			test.happens()
			second := f.do(f.request("GET", test.path, nil, "If-None-Match", first.etag())).want(http.StatusOK)
			if second.etag() == first.etag() || second.get(test.field) == first.get(test.field) {
				t.Errorf("got %s with %s after %s", second.body, second.etag(), first.etag())
			}
			f.do(f.request("GET", test.path, nil, "If-None-Match", second.etag())).want(http.StatusNotModified)
			f.do(f.request("PUT", test.path, map[string]any{}, "If-Match", first.etag())).want(http.StatusOK)
			f.do(f.request("PUT", test.path, map[string]any{"is_active": false}, "If-Match", first.etag())).want(http.StatusOK)
			f.do(f.request("PUT", test.path, map[string]any{"is_active": true}, "If-Match", second.etag())).want(http.StatusPreconditionFailed)
			f.send("PUT", test.path, map[string]any{"is_active": true}).want(http.StatusOK)
		})
	}
}

// A text that looks like a derived field counts as an edit when it changes.
func TestTextsAreNoDerivedFields(t *testing.T) {
	f := newFixture(t)
	path := "/api/v1/customers/" + f.storeCustomer(map[string]any{"notes": `,"last_interaction":1`})
	first := f.send("GET", path, nil).want(http.StatusOK)
	f.send("PUT", path, map[string]any{"notes": `,"last_interaction":2`}).want(http.StatusOK)
	f.do(f.request("PUT", path, map[string]any{"region": "Fes"}, "If-Match", first.etag())).wantStale(f.send("GET", path, nil))
}

// A refused editor learns who changed which field, but nothing else from the log.
func TestStaleTellsWhoChangedWhat(t *testing.T) {
	f := newFixture(t)
	path := "/api/v1/customers/" + f.storeCustomer(nil)
	first := f.send("GET", path, nil).want(http.StatusOK)
	f.addStaff("fatima@example.com", "agent")
	access, _ := f.signIn("fatima@example.com")
	f.send("PUT", path, map[string]any{"region": "Fes"}).want(http.StatusOK) // a token of another issuer has no name
	f.sendWith(access, "PUT", path, map[string]any{"phone": "0611111111", "tags": []string{"VIP"}}).want(http.StatusOK)
	stale := f.do(f.request("PUT", path, map[string]any{"phone": "0622222222"}, "If-Match", first.etag()))
	stale.wantStale(f.send("GET", path, nil))
	for field, want := range map[string]any{"phone": "Fatima Alaoui", "tags": "Fatima Alaoui", "region": nil, "email": nil} {
		if by, _ := stale.get("changed_by").(map[string]any); by[field] != want {
			t.Errorf("%s: got %v, want %v", field, by[field], want)
		}
	}
}

func TestStaleUserTellsNothingOfPasswords(t *testing.T) {
	f := newFixture(t)
	path := "/api/v1/users/" + f.addStaff("fatima@example.com", "agent")
	first := f.send("GET", path, nil).want(http.StatusOK)
	f.addStaff("admin@example.com", "admin")
	access, _ := f.signIn("admin@example.com")
	f.sendWith(access, "PUT", path, map[string]any{"full_name": "Fatima A.", "password": "another good password"}).want(http.StatusOK)
	stale := f.do(f.request("PUT", path, map[string]any{"phone": "1"}, "If-Match", first.etag()))
	stale.wantStale(f.send("GET", path, nil))
	by, _ := stale.get("changed_by").(map[string]any)
	if _, told := by["password_hash"]; told || by["full_name"] != "Fatima Alaoui" {
		t.Errorf("got %v", by)
	}
}
