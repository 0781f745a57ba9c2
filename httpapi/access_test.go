package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

const staffPassword = "correct horse battery"

// addStaff creates a user through the API and returns its id.
func (f *fixture) addStaff(email string, roles ...string) string {
	f.t.Helper()
	return f.sendWith(f.tokenFor(testUser, "auth:create:users"), "POST", "/api/v1/users/", map[string]any{
		"full_name": "Fatima Alaoui", "email": email, "password": staffPassword, "roles": roles,
	}).want(http.StatusCreated).str("id")
}

// signIn signs a user of addStaff in and returns the access and the refresh token.
func (f *fixture) signIn(email string) (access, refresh string) {
	f.t.Helper()
	a := f.login(email, staffPassword).want(http.StatusOK)
	return a.str("access_token"), a.str("refresh_token")
}

func (f *fixture) login(email, password string) *answer {
	f.t.Helper()
	return f.do(newRequest(f.t, "POST", "/api/v1/auth/login", map[string]any{"email": email, "password": password}))
}

// sendWith sends a request with another token, or without one when token is empty. Calls must not overlap.
func (f *fixture) sendWith(token, method, path string, body any) *answer {
	f.t.Helper()
	was := f.token
	defer func() { f.token = was }()
	f.token = token
	return f.send(method, path, body)
}

// run runs a subtest that gets the fixture's failures.
func (f *fixture) run(name string, test func(*testing.T)) {
	f.t.Helper()
	outer := f.t.(*testing.T)
	defer func() { f.t = outer }()
	outer.Run(name, func(t *testing.T) {
		f.t = t
		test(t)
	})
}

// everyRole in the order in which access names those who may.
var everyRole = []string{"admin", "manager", "agent", "viewer"}

// access has the permission and the roles of each route, written down a second time. The test fails for a route without a row.
var access = map[string]struct{ permission, roles string }{
	"GET /customers":                               {"crm:read:customers", "admin manager agent viewer"},
	"POST /customers":                              {"crm:create:customers", "admin manager agent"},
	"GET /customers/export.csv":                    {"crm:export:customers", "admin manager"},
	"GET /customers/values":                        {"crm:read:customers", "admin manager agent viewer"},
	"POST /customers/tags":                         {"crm:update:customers", "admin manager agent"},
	"GET /customers/{customer_id}":                 {"crm:read:customers", "admin manager agent viewer"},
	"PUT /customers/{customer_id}":                 {"crm:update:customers", "admin manager agent"},
	"PATCH /customers/{customer_id}":               {"crm:update:customers", "admin manager agent"},
	"DELETE /customers/{customer_id}":              {"crm:delete:customers", "admin manager"},
	"GET /customers/{customer_id}/summary":         {"crm:read:customers", "admin manager agent viewer"},
	"GET /customers/{customer_id}/history":         {"crm:read:history", "admin manager"},
	"GET /customers/{customer_id}/export":          {"crm:export:customers", "admin manager"},
	"POST /customers/{customer_id}/erase":          {"crm:erase:customers", "admin"},
	"GET /audit":                                   {"crm:read:audit", "admin"},
	"GET /customers/{customer_id}/segments":        {"crm:read:segments", "admin manager agent viewer"},
	"GET /interactions":                            {"crm:read:interactions", "admin manager agent viewer"},
	"POST /interactions":                           {"crm:create:interactions", "admin manager agent"},
	"GET /interactions/stats":                      {"crm:read:interactions", "admin manager agent viewer"},
	"GET /interactions/customer/{customer_id}":     {"crm:read:interactions", "admin manager agent viewer"},
	"GET /interactions/{interaction_id}":           {"crm:read:interactions", "admin manager agent viewer"},
	"PUT /interactions/{interaction_id}":           {"crm:update:interactions", "admin manager agent"},
	"PATCH /interactions/{interaction_id}":         {"crm:update:interactions", "admin manager agent"},
	"DELETE /interactions/{interaction_id}":        {"crm:delete:interactions", "admin manager"},
	"POST /interactions/{interaction_id}/complete": {"crm:update:interactions", "admin manager agent"},
	"POST /interactions/{interaction_id}/snooze":   {"crm:update:interactions", "admin manager agent"},
	"GET /feedback":                                {"crm:read:feedback", "admin manager agent viewer"},
	"POST /feedback":                               {"crm:create:feedback", "admin manager agent"},
	"GET /feedback/export.csv":                     {"crm:export:feedback", "admin manager"},
	"GET /feedback/stats":                          {"crm:read:feedback", "admin manager agent viewer"},
	"GET /feedback/customer/{customer_id}":         {"crm:read:feedback", "admin manager agent viewer"},
	"GET /feedback/{feedback_id}":                  {"crm:read:feedback", "admin manager agent viewer"},
	"PUT /feedback/{feedback_id}":                  {"crm:update:feedback", "admin manager agent"},
	"PATCH /feedback/{feedback_id}":                {"crm:update:feedback", "admin manager agent"},
	"DELETE /feedback/{feedback_id}":               {"crm:delete:feedback", "admin manager"},
	"GET /segments":                                {"crm:read:segments", "admin manager agent viewer"},
	"POST /segments":                               {"crm:create:segments", "admin manager"},
	"POST /segments/preview":                       {"crm:read:segments", "admin manager agent viewer"},
	"POST /segments/recalculate":                   {"crm:update:segments", "admin manager"},
	"POST /segments/customer/{customer_id}/assign": {"crm:update:segments", "admin manager"},
	"GET /segments/{segment_id}":                   {"crm:read:segments", "admin manager agent viewer"},
	"PUT /segments/{segment_id}":                   {"crm:update:segments", "admin manager"},
	"PATCH /segments/{segment_id}":                 {"crm:update:segments", "admin manager"},
	"DELETE /segments/{segment_id}":                {"crm:delete:segments", "admin manager"},
	"GET /segments/{segment_id}/customers":         {"crm:read:segments", "admin manager agent viewer"},
	"POST /auth/login":                             {open, ""},
	"POST /auth/refresh":                           {open, ""},
	"POST /auth/logout":                            {anyone, "admin manager agent viewer"},
	"POST /auth/password":                          {anyone, "admin manager agent viewer"},
	"GET /auth/me":                                 {anyone, "admin manager agent viewer"},
	"GET /auth/permissions":                        {anyone, "admin manager agent viewer"},
	"GET /users":                                   {"auth:read:users", "admin manager"},
	"POST /users":                                  {"auth:create:users", "admin"},
	"GET /users/{user_id}":                         {"auth:read:users", "admin manager"},
	"PUT /users/{user_id}":                         {"auth:update:users", "admin"},
	"PATCH /users/{user_id}":                       {"auth:update:users", "admin"},
	"DELETE /users/{user_id}":                      {"auth:delete:users", "admin"},
	"GET /roles":                                   {"auth:read:users", "admin manager"},
	"GET /events":                                  {anyone, "admin manager agent viewer"},
	"GET /backups":                                 {"crm:read:backups", "admin"},
	"POST /backups":                                {"crm:create:backups", "admin"},
	"POST /backups/download":                       {"crm:download:backups", ""},
	"GET ":                                         {open, ""},
	"GET /status":                                  {"crm:read:status", "admin"},
	"GET //":                                       {open, ""},
	"GET //livez":                                  {open, ""},
	"GET //readyz":                                 {open, ""},
	"GET //health":                                 {open, ""},
	"GET //openapi.json":                           {open, ""},
	"GET //openapi.yaml":                           {open, ""},
	"GET //docs":                                   {open, ""},
	"GET //docs/{asset}":                           {open, ""},
	"GET //manual":                                 {open, ""},
	"GET //manual/{topic}":                         {open, ""},
}

// example returns a path of the route, with ids that no record has.
func (r *route) example() string {
	path := r.full()
	for {
		before, rest, ok := strings.Cut(path, "{")
		if !ok {
			return path
		}
		name, after, _ := strings.Cut(rest, "}")
		value := "01890a5d-ac96-774b-bcce-b302099a8099"
		switch name {
		case "asset":
			value = "swagger-ui.css"
		case "topic":
			value = "guide"
		}
		path = before + value + after
	}
}

// exampleBody returns what a route's handler refuses only after it has looked at the token.
func (r *route) exampleBody() any {
	if r.body {
		return "{}"
	}
	return nil
}

func TestAccessTableIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for i := range routes {
		name := routes[i].method + " " + routes[i].path
		row, ok := access[name]
		if !ok {
			t.Errorf("%s: no row in the access table", name)
		}
		if seen[name] = true; row.permission != routes[i].permission {
			t.Errorf("%s: permission: got %q, want %q", name, routes[i].permission, row.permission)
		}
	}
	for name := range access {
		if !seen[name] {
			t.Errorf("%s: no such route", name)
		}
	}
}

// everyPermissionBut returns all that routes ask for, without one.
func everyPermissionBut(one string) (list []string) {
	for i := range routes {
		if p := routes[i].permission; p != one && p != open && p != anyone {
			list = append(list, p)
		}
	}
	return list
}

func TestAccessByPermission(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	expired := f.tokenFor(testUser, "*:*:*")
	f.pass(24*time.Hour + 11*time.Second)
	f.token = f.tokenFor(testUser, "*:*:*")
	for i := range routes {
		rt := &routes[i]
		if rt.permission == open {
			continue
		}
		f.run(rt.method+rt.full(), func(t *testing.T) {
			path := rt.example()
			f.sendWith("", rt.method, path, rt.exampleBody()).wantRefusedToken()
			f.sendWith("nonsense", rt.method, path, rt.exampleBody()).wantRefusedToken()
			f.sendWith(expired, rt.method, path, rt.exampleBody()).wantRefusedToken()
			if rt.permission == anyone {
				f.sendWith(f.tokenFor(testUser), rt.method, path, rt.exampleBody()).wantAllowed()
				return
			}
			detail := "Permission denied: " + rt.permission
			f.sendWith(f.tokenFor(testUser), rt.method, path, rt.exampleBody()).want(http.StatusForbidden).wantDetail(detail)
			others := f.tokenFor(testUser, everyPermissionBut(rt.permission)...)
			f.sendWith(others, rt.method, path, rt.exampleBody()).want(http.StatusForbidden).wantDetail(detail)
			f.sendWith(f.tokenFor(testUser, rt.permission), rt.method, path, rt.exampleBody()).wantAllowed()
		})
	}
}

// wantRefusedToken checks a 401 over a token.
func (a *answer) wantRefusedToken() {
	a.t.Helper()
	a.want(http.StatusUnauthorized).wantDetail("Could not validate credentials")
	if got := a.header.Get("WWW-Authenticate"); got != "Bearer" {
		a.t.Errorf("WWW-Authenticate: got %q, want Bearer", got)
	}
}

func (a *answer) wantAllowed() {
	a.t.Helper()
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.status >= 500 {
		a.t.Errorf("status: got %d, want anything but 401, 403 and 5xx; body %s", a.status, a.body)
	}
}

func TestAccessByRole(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, role := range everyRole {
		f.addStaff(role+"@example.com", role)
	}
	for i := range routes {
		rt := &routes[i]
		if rt.permission == open {
			continue
		}
		for _, role := range everyRole {
			f.run(rt.method+rt.full()+" as "+role, func(t *testing.T) {
				token, _ := f.signIn(role + "@example.com")
				got := f.sendWith(token, rt.method, rt.example(), rt.exampleBody())
				if may := strings.Fields(access[rt.method+" "+rt.path].roles); slices.Contains(may, role) {
					got.wantAllowed()
				} else {
					got.want(http.StatusForbidden).wantDetail("Permission denied: " + rt.permission)
				}
			})
		}
	}
}

func TestUserWithoutRoleMayOnlySeeItself(t *testing.T) {
	f := newFixture(t)
	f.addStaff("nobody@example.com")
	token, _ := f.signIn("nobody@example.com")
	f.sendWith(token, "GET", "/api/v1/auth/me", nil).want(http.StatusOK)
	f.sendWith(token, "GET", "/api/v1/customers", nil).want(http.StatusForbidden).wantDetail("Permission denied: crm:read:customers")
}

func TestWildcards(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name, granted, method, path string
		allowed                     bool
	}{
		{"action and any resource", "crm:create:*", "POST", "/api/v1/customers", true},
		{"other action and any resource", "crm:read:*", "POST", "/api/v1/customers", false},
		{"any action", "crm:*:customers", "POST", "/api/v1/customers", true},
		{"any action of other resource", "crm:*:feedback", "POST", "/api/v1/customers", false},
		{"all of crm", "crm:*:*", "DELETE", "/api/v1/segments/" + testUser, true},
		{"all of crm is not users", "crm:*:*", "GET", "/api/v1/users", false},
		{"everything", "*:*:*", "GET", "/api/v1/users", true},
		{"one star is one part", "*", "GET", "/api/v1/users", false},
		{"two parts", "crm:*", "GET", "/api/v1/customers", false},
		{"four parts", "crm:*:*:*", "GET", "/api/v1/customers", false},
		{"part of a word", "crm:read:cust*", "GET", "/api/v1/customers", false},
		{"other case", "CRM:READ:CUSTOMERS", "GET", "/api/v1/customers", false},
		{"one longer", "crm:read:customers2", "GET", "/api/v1/customers", false},
	}
	for _, test := range tests {
		f.run(test.name, func(t *testing.T) {
			var body any
			if test.method == "POST" {
				body = "{}"
			}
			got := f.sendWith(f.tokenFor(testUser, test.granted), test.method, test.path, body)
			if test.allowed {
				got.wantAllowed()
			} else {
				got.want(http.StatusForbidden)
			}
		})
	}
}

// document is openapi.yaml.
var document = sync.OnceValue(func() *openapi3.T {
	doc, err := openapi3.NewLoader().LoadFromData(openapiYAML)
	if err != nil {
		panic(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		panic(err)
	}
	return doc
})

// documentedPermission returns what the document says of an operation, in the words of the route table.
func documentedPermission(op *openapi3.Operation) string {
	if op.Security != nil && len(*op.Security) == 0 {
		return open
	}
	if permission, ok := op.Extensions["x-permission"].(string); ok {
		return permission
	}
	return anyone
}

func TestEveryRouteIsDocumented(t *testing.T) {
	for i := range routes {
		rt := &routes[i]
		if rt.path == "//docs/{asset}" { // pieces of the documentation's page, nothing to call
			continue
		}
		item := document().Paths.Value(contractPath(rt.full()))
		if item == nil || item.GetOperation(rt.method) == nil {
			t.Errorf("%s %s is not in openapi.yaml", rt.method, rt.full())
			continue
		}
		op := item.GetOperation(rt.method)
		if got := documentedPermission(op); got != rt.permission {
			t.Errorf("%s %s: permission: openapi.yaml has %q, the route %q", rt.method, rt.full(), got, rt.permission)
		}
		if got := op.RequestBody != nil; got != rt.body {
			t.Errorf("%s %s: body: openapi.yaml has %v, the route %v", rt.method, rt.full(), got, rt.body)
		}
		if strings.Contains(rt.permission, ":") && !strings.Contains(op.Description, "`"+rt.permission+"`") {
			t.Errorf("%s %s: the description does not name %s: %q", rt.method, rt.full(), rt.permission, op.Description)
		}
	}
}

func TestEveryDocumentedOperationIsRouted(t *testing.T) {
	routed := map[string]bool{}
	for i := range routes {
		routed[routes[i].method+" "+contractPath(routes[i].full())] = true
	}
	ids := map[string]string{}
	for path, item := range document().Paths.Map() {
		for method, op := range item.Operations() {
			name := method + " " + path
			if !routed[name] {
				t.Errorf("%s is documented but no route", name)
			}
			if other := ids[op.OperationID]; op.OperationID == "" || other != "" {
				t.Errorf("%s: operationId %q is also %s's", name, op.OperationID, other)
			}
			ids[op.OperationID] = name
		}
	}
}
