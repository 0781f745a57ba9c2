package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"crm/store"
)

// fatima returns a create body of a user.
func fatima() map[string]any {
	return map[string]any{
		"email": "Fatima@Example.com", "full_name": " Fatima Alaoui ", "phone": "0612-345678",
		"password": staffPassword, "roles": []string{"agent", "viewer"},
	}
}

// wantNoSecret fails when an answer has anything of a password.
func (a *answer) wantNoSecret() *answer {
	a.t.Helper()
	for _, secret := range []string{staffPassword, "another long sentence", "$2a$", "password_hash", `"password"`, "refresh_hash"} {
		if bytes.Contains(a.body, []byte(secret)) {
			a.t.Errorf("the answer has %q: %s", secret, a.body)
		}
	}
	return a
}

func TestUserLifecycle(t *testing.T) {
	f := newFixture(t)
	created := f.send("POST", "/api/v1/users/", fatima()).want(http.StatusCreated).wantNoSecret()
	id := created.str("id")
	if got, want := created.header.Get("Location"), "/api/v1/users/"+id; got != want {
		t.Errorf("Location: got %q, want %q", got, want)
	}
	for field, want := range map[string]any{
		"email": "Fatima@Example.com", "full_name": "Fatima Alaoui", "phone": "0612-345678", "is_active": true, "is_locked": false,
		"must_change_password": true, "failed_login_attempts": 0.0, "last_login_at": nil, "roles.0.name": "agent", "roles.1.name": "viewer",
		"created_at": "2026-11-23T10:00:00.000Z", "updated_at": "2026-11-23T10:00:00.000Z",
	} {
		if got := created.get(field); got != want {
			t.Errorf("%s: got %v, want %v", field, got, want)
		}
	}
	read := f.send("GET", "/v1/users/"+id+"/", nil).want(http.StatusOK).wantNoSecret()
	if !bytes.Equal(read.body, created.body) {
		t.Errorf("got %s, want %s", read.body, created.body)
	}
	f.pass(1000)
	put := f.send("PUT", "/api/v1/users/"+id, map[string]any{"phone": nil, "full_name": "Fatima Idrissi"}).want(http.StatusOK).wantNoSecret()
	if put.get("phone") != nil || put.str("full_name") != "Fatima Idrissi" || put.str("email") != "Fatima@Example.com" || put.str("roles.1.name") != "viewer" {
		t.Errorf("PUT: got %s", put.body)
	}
	patched := f.send("PATCH", "/api/v1/users/"+id, map[string]any{"must_change_password": false, "roles": nil}).want(http.StatusOK).wantNoSecret()
	if patched.get("must_change_password") != false || len(patched.get("roles").([]any)) != 0 {
		t.Errorf("PATCH: got %s", patched.body)
	}
	gone := f.send("DELETE", "/api/v1/users/"+id, nil).want(http.StatusOK).wantNoSecret()
	if got := gone.str("message"); got != "User deactivated successfully" {
		t.Errorf("message: got %q", got)
	}
	f.send("DELETE", "/api/v1/users/"+id, nil).want(http.StatusOK)
	if got := f.send("GET", "/api/v1/users/"+id, nil).want(http.StatusOK).get("is_active"); got != false {
		t.Errorf("is_active: got %v, want false", got)
	}
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
		f.send(method, "/api/v1/users/"+testUser, bodyFor(method)).want(http.StatusNotFound).wantDetail("User not found")
	}
}

// bodyFor returns an empty object for the methods that read one.
func bodyFor(method string) any {
	if method == "GET" || method == "DELETE" || method == "HEAD" {
		return nil
	}
	return "{}"
}

func TestUserCreateRefuses(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name   string
		change map[string]any
		locs   []string
	}{
		{"no e-mail", map[string]any{"email": nil}, []string{"body.email"}},
		{"e-mail without @", map[string]any{"email": "fatima"}, []string{"body.email"}},
		{"e-mail too long", map[string]any{"email": strings.Repeat("f", 250) + "@example.com"}, []string{"body.email"}},
		{"no password", map[string]any{"password": nil}, []string{"body.password"}},
		{"empty password", map[string]any{"password": ""}, []string{"body.password"}},
		{"password of 9 characters", map[string]any{"password": "123456789"}, []string{"body.password"}},
		{"password of 9 Arabic letters", map[string]any{"password": "كلمةالمرو"}, []string{"body.password"}},
		{"password of 501 characters", map[string]any{"password": strings.Repeat("p", 501)}, []string{"body.password"}},
		{"password is a number", map[string]any{"password": 1234567890123}, []string{"body.password"}},
		{"unknown role", map[string]any{"roles": []string{"agent", "owner"}}, []string{"body.roles.1"}},
		{"role in other case", map[string]any{"roles": []string{"Agent"}}, []string{"body.roles.0"}},
		{"role is a number", map[string]any{"roles": []any{1}}, []string{"body.roles.0"}},
		{"roles are a string", map[string]any{"roles": "agent"}, []string{"body.roles"}},
		{"phone without a digit", map[string]any{"phone": "none"}, []string{"body.phone"}},
		{"phone too long", map[string]any{"phone": strings.Repeat("1", 21)}, []string{"body.phone"}},
		{"name too long", map[string]any{"full_name": strings.Repeat("ا", 256)}, []string{"body.full_name"}},
		{"all at once", map[string]any{"email": "x", "password": "x", "roles": []string{"x"}, "phone": "x"},
			[]string{"body.email", "body.password", "body.roles.0", "body.phone"}},
	}
	for _, test := range tests {
		f.run(test.name, func(t *testing.T) {
			body := fatima()
			for field, value := range test.change {
				body[field] = value
			}
			f.send("POST", "/api/v1/users/", body).wantErrors(test.locs...)
		})
	}
	if total := f.send("GET", "/api/v1/users", nil).want(http.StatusOK).num("total"); total != 0 {
		t.Errorf("users after refusals: got %v, want 0", total)
	}
}

func TestUserCreateAccepts(t *testing.T) {
	f := newFixture(t)
	for name, change := range map[string]map[string]any{
		"password of 10 characters":  {"password": "1234567890"},
		"password of 72 bytes":       {"password": strings.Repeat("p", 72)},
		"password of 500 letters":    {"password": strings.Repeat("ب", 500)},
		"password of Arabic letters": {"password": "كلمة المرور الطويلة"},
		"no roles":                   {"roles": nil},
		"no phone":                   {"phone": ""},
		"no name":                    {"full_name": nil},
		"the same role twice":        {"roles": []string{"agent", "agent"}},
		"fields that nobody may set": {"is_active": false, "id": testUser, "password_hash": "x", "failed_login_attempts": 9, "last_login_at": "2026-01-01"},
	} {
		f.run(name, func(t *testing.T) {
			body := fatima()
			body["email"] = strconv.Itoa(len(name)) + strings.ReplaceAll(name, " ", ".") + "@example.com"
			for field, value := range change {
				body[field] = value
			}
			got := f.send("POST", "/api/v1/users/", body).want(http.StatusCreated).wantNoSecret()
			if got.get("is_active") != true || got.num("failed_login_attempts") != 0 || got.get("last_login_at") != nil {
				t.Errorf("got %s", got.body)
			}
			password := body["password"].(string)
			f.login(body["email"].(string), password).want(http.StatusOK).wantNoSecret()
		})
	}
}

func TestUserEmailIsUnique(t *testing.T) {
	f := newFixture(t)
	first := f.addStaff("fatima@example.com", "agent")
	other := f.addStaff("omar@example.com", "agent")
	f.send("DELETE", "/api/v1/users/"+first, nil).want(http.StatusOK)
	body := fatima()
	body["email"] = "FATIMA@example.com"
	got := f.send("POST", "/api/v1/users/", body).want(http.StatusBadRequest).wantDetail("Email already registered")
	if loc := got.str("errors.0.loc.1"); loc != "email" {
		t.Errorf("loc: got %s", got.body)
	}
	change := map[string]any{"email": "Fatima@Example.com"}
	f.send("PUT", "/api/v1/users/"+other, change).want(http.StatusBadRequest).wantDetail("Email already registered")
	f.send("PUT", "/api/v1/users/"+first, change).want(http.StatusOK)
}

func TestUserUpdateRefuses(t *testing.T) {
	f := newFixture(t)
	id := f.addStaff("fatima@example.com", "agent")
	before := f.send("GET", "/api/v1/users/"+id, nil).body
	tests := []struct {
		name   string
		change map[string]any
		locs   []string
	}{
		{"e-mail taken away", map[string]any{"email": nil}, []string{"body.email"}},
		{"password taken away", map[string]any{"password": nil}, []string{"body.password"}},
		{"weak password", map[string]any{"password": "weak"}, []string{"body.password"}},
		{"unknown role", map[string]any{"roles": []string{"owner"}}, []string{"body.roles.0"}},
		{"active in quotes", map[string]any{"is_active": "true"}, []string{"body.is_active"}},
		{"all at once", map[string]any{"email": "x", "password": "x", "roles": []any{nil}, "is_active": 1},
			[]string{"body.email", "body.password", "body.roles.0", "body.is_active"}},
	}
	for _, test := range tests {
		f.run(test.name, func(t *testing.T) {
			f.send("PUT", "/api/v1/users/"+id, test.change).wantErrors(test.locs...)
			if after := f.send("GET", "/api/v1/users/"+id, nil).body; !bytes.Equal(after, before) {
				t.Errorf("after the refusal: got %s, want %s", after, before)
			}
		})
	}
	f.login("fatima@example.com", staffPassword).want(http.StatusOK)
}

func TestPasswordReset(t *testing.T) {
	f := newFixture(t)
	id := f.addStaff("fatima@example.com", "agent")
	access, refresh := f.signIn("fatima@example.com")
	f.sendWith(access, "POST", "/api/v1/auth/password", map[string]any{"current_password": staffPassword, "new_password": "yet another sentence"}).want(http.StatusOK)
	for range 6 {
		f.login("fatima@example.com", "wrong password")
	}
	f.login("fatima@example.com", "yet another sentence").want(http.StatusTooManyRequests)
	got := f.send("PUT", "/api/v1/users/"+id, map[string]any{"password": "another long sentence"}).want(http.StatusOK).wantNoSecret()
	if got.get("must_change_password") != true || got.num("failed_login_attempts") != 0 {
		t.Errorf("must_change_password, failed_login_attempts: got %s", got.body)
	}
	if locked := f.send("GET", "/api/v1/users/"+id, nil).get("is_locked"); locked != false {
		t.Errorf("is_locked: got %v, want false", locked)
	}
	if locked := got.get("is_locked"); locked != false {
		t.Errorf("is_locked in the reset's answer: got %v, want false", locked)
	}
	f.wantSession("before the reset", access, refresh, false)
	f.login("fatima@example.com", "yet another sentence").want(http.StatusUnauthorized)
	again := f.login("fatima@example.com", "another long sentence").want(http.StatusOK)
	if again.get("user.must_change_password") != true {
		t.Errorf("login after the reset: got %s", again.body)
	}
}

// Administrators who reset their own password stay signed in.
func TestOwnPasswordReset(t *testing.T) {
	f := newFixture(t)
	id := f.addStaff("admin@example.com", "admin")
	f.addStaff("other@example.com", "admin")
	access, refresh := f.signIn("admin@example.com")
	f.sendWith(access, "PUT", "/api/v1/users/"+id, map[string]any{"password": "another long sentence"}).want(http.StatusOK)
	f.wantSession("own", access, refresh, true)
	f.sendWith(access, "DELETE", "/api/v1/users/"+id, nil).want(http.StatusOK)
	f.wantSession("after deactivating oneself", access, refresh, false)
}

// Nobody can be locked out of managing users: not by deactivating, and not by another role.
func TestLastAdminStays(t *testing.T) {
	f := newFixture(t)
	id := f.addStaff("admin@example.com", "admin")
	const detail = "This is the last active administrator: give somebody else the role admin first"
	refused := func() {
		t.Helper()
		f.send("DELETE", "/api/v1/users/"+id, nil).wantProblem(http.StatusConflict, detail)
		f.send("PUT", "/api/v1/users/"+id, map[string]any{"is_active": false}).wantProblem(http.StatusConflict, detail)
		f.send("PATCH", "/api/v1/users/"+id, map[string]any{"roles": []string{"manager"}}).wantProblem(http.StatusConflict, detail)
	}
	refused()
	f.addStaff("manager@example.com", "manager")
	refused()
	f.send("PUT", "/api/v1/users/"+id, map[string]any{"roles": []string{"manager", "admin"}}).want(http.StatusOK)
	f.addStaff("second@example.com", "admin")
	f.send("DELETE", "/api/v1/users/"+id, nil).want(http.StatusOK)
}

func TestMustChangePassword(t *testing.T) {
	f := newFixture(t)
	for name, want := range map[string]any{"absent": true, "null": true, "true": true, "false": false} {
		body := fatima()
		body["email"] = name + "@example.com"
		if name != "absent" {
			body["must_change_password"] = map[string]any{"null": nil, "true": true, "false": false}[name]
		}
		if got := f.send("POST", "/api/v1/users/", body).want(http.StatusCreated).get("must_change_password"); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestUserList(t *testing.T) {
	f := newFixture(t)
	var ids []string
	for i := range 5 {
		f.pass(1_000_000)
		ids = append(ids, f.addStaff(strconv.Itoa(i)+"@example.com", "agent"))
	}
	f.send("DELETE", "/api/v1/users/"+ids[1], nil).want(http.StatusOK)
	tests := []struct {
		name, query string
		want        []int
		total       float64
		pages       float64
	}{
		{"newest first", "", []int{4, 3, 2, 1, 0}, 5, 1},
		{"first page", "?size=2", []int{4, 3}, 5, 3},
		{"last page", "?size=2&page=3", []int{0}, 5, 3},
		{"past the end", "?size=2&page=4", nil, 5, 3},
		{"oldest first", "?sort=created_at&size=2", []int{0, 1}, 5, 3},
		{"newest first, said", "?sort=-created_at&size=2", []int{4, 3}, 5, 3},
		{"active", "?is_active=true", []int{4, 3, 2, 0}, 4, 1},
		{"not active", "?is_active=false", []int{1}, 1, 1},
		{"all", "?is_active=all", []int{4, 3, 2, 1, 0}, 5, 1},
		{"empty parameters", "?is_active=&page=&size=&sort=", []int{4, 3, 2, 1, 0}, 5, 1},
	}
	for _, test := range tests {
		f.run(test.name, func(t *testing.T) {
			got := f.send("GET", "/api/v1/users/"+test.query, nil).want(http.StatusOK).wantNoSecret()
			items := got.get("items").([]any)
			if len(items) != len(test.want) || got.num("total") != test.total || got.num("pages") != test.pages {
				t.Fatalf("items, total, pages: got %d, %v, %v, want %d, %v, %v", len(items), got.num("total"), got.num("pages"), len(test.want), test.total, test.pages)
			}
			for i, want := range test.want {
				if id := got.str("items." + strconv.Itoa(i) + ".id"); id != ids[want] {
					t.Errorf("item %d: got %s, want %s", i, id, ids[want])
				}
			}
		})
	}
	f.send("GET", "/api/v1/users/?page=0&size=101&is_active=maybe&sort=email", nil).wantErrors("query.page", "query.size", "query.is_active", "query.sort")
	if got := f.send("GET", "/api/v1/users?is_active=false&size=1&page=9", nil).want(http.StatusOK); got.num("page") != 9 || got.num("size") != 1 {
		t.Errorf("page, size: got %s", got.body)
	}
}

func TestRoles(t *testing.T) {
	f := newFixture(t)
	var roles []struct{ ID, Name, DisplayName, Description string }
	f.send("GET", "/api/v1/roles/", nil).want(http.StatusOK).into(&roles)
	if len(roles) != len(everyRole) {
		t.Fatalf("got %v, want %v", roles, everyRole)
	}
	for i, role := range roles {
		if role.Name != everyRole[i] {
			t.Errorf("role %d: got %q, want %q", i, role.Name, everyRole[i])
		}
	}
}

// What users did and what was done to them is in the log without a word of their passwords.
func TestLogKeepsNoSecret(t *testing.T) {
	f := newFixture(t)
	id := f.addStaff("fatima@example.com", "agent")
	access, _ := f.signIn("fatima@example.com")
	f.sendWith(access, "POST", "/api/v1/auth/password", map[string]any{"current_password": staffPassword, "new_password": "another long sentence"}).want(http.StatusOK)
	f.send("PUT", "/api/v1/users/"+id, map[string]any{"password": staffPassword, "email": "f@example.com"}).want(http.StatusOK)
	f.send("DELETE", "/api/v1/users/"+id, nil).want(http.StatusOK)
	var hash string
	changes := 0
	err := f.store.View(func(tx *store.Tx) error {
		u, err := tx.UserByEmail("f@example.com")
		if err != nil {
			return err
		}
		hash = u.PasswordHash
		for change, err := range tx.Changes(0) {
			if err != nil {
				return err
			}
			raw, err := json.Marshal(change)
			if err != nil {
				return err
			}
			changes++
			a := &answer{t: t, body: bytes.ReplaceAll(raw, []byte(`"password":null`), nil)} // that it was changed
			a.wantNoSecret()
			if bytes.Contains(raw, []byte(hash)) {
				t.Errorf("the log has the hash: %s", raw)
			}
		}
		return nil
	})
	if err != nil || changes < 3 || !strings.HasPrefix(hash, "$2a$") {
		t.Errorf("changes, hash, err: got %d, %q, %v", changes, hash, err)
	}
}
