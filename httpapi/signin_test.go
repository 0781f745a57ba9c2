package httpapi

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

func TestLogin(t *testing.T) {
	f := newFixture(t)
	id := f.addStaff("fatima@example.com", "agent")
	got := f.login("fatima@example.com", staffPassword).want(http.StatusOK)
	if kind, ttl := got.str("token_type"), got.num("expires_in"); kind != "bearer" || ttl != 1800 {
		t.Errorf("token_type, expires_in: got %q, %v, want bearer, 1800", kind, ttl)
	}
	if got.str("user.id") != id || got.str("user.roles.0.name") != "agent" || got.str("user.last_login_at") != "2026-11-23T10:00:00.000Z" {
		t.Errorf("user: got %s", got.body)
	}
	me := f.sendWith(got.str("access_token"), "GET", "/api/v1/auth/me", nil).want(http.StatusOK)
	if me.str("id") != id || me.str("roles.0.display_name") != "Agent" || me.str("permissions.0") != "crm:create:customers" || me.num("seq") != float64(f.store.Seq()) {
		t.Errorf("me: got %s", me.body)
	}
	if date := me.header.Get("Date"); date != "Mon, 23 Nov 2026 10:00:00 GMT" {
		t.Errorf("Date: got %s, want the time of the service's clock", date)
	}
	mine := f.sendWith(got.str("access_token"), "GET", "/api/v1/auth/permissions", nil).want(http.StatusOK)
	if mine.str("roles.0") != "agent" || len(mine.get("permissions").([]any)) != 10 {
		t.Errorf("permissions: got %s", mine.body)
	}
}

func TestLoginSpellings(t *testing.T) {
	f := newFixture(t)
	f.addStaff("Fatima.Alaoui@Example.com", "agent")
	for name, email := range map[string]string{
		"as entered": "Fatima.Alaoui@Example.com", "lower case": "fatima.alaoui@example.com",
		"upper case": "FATIMA.ALAOUI@EXAMPLE.COM", "spaces around": "  fatima.alaoui@example.com ",
	} {
		f.run(name, func(t *testing.T) {
			f.login(email, staffPassword).want(http.StatusOK)
		})
	}
}

// refusal returns a problem document without what differs between any two requests.
func refusal(a *answer) map[string]any {
	var doc map[string]any
	a.into(&doc)
	delete(doc, "request_id")
	return doc
}

func TestRefusedLoginsAreAlike(t *testing.T) {
	f := newFixture(t)
	f.addStaff("fatima@example.com", "agent")
	gone := f.addStaff("gone@example.com", "agent")
	f.send("DELETE", "/api/v1/users/"+gone, nil).want(http.StatusOK)
	first := f.login("fatima@example.com", "wrong password").want(http.StatusUnauthorized).wantDetail("Incorrect email or password")
	for name, try := range map[string][2]string{
		"unknown e-mail":    {"nobody@example.com", staffPassword},
		"no e-mail at all":  {"fatima", staffPassword},
		"deactivated":       {"gone@example.com", staffPassword},
		"other case":        {"fatima@example.com", "Correct Horse Battery"},
		"space before":      {"fatima@example.com", " " + staffPassword},
		"72 bytes and more": {"fatima@example.com", staffPassword + string(make([]rune, 80))},
	} {
		f.run(name, func(t *testing.T) {
			got := f.login(try[0], try[1])
			got.t = t
			got.want(http.StatusUnauthorized)
			want := refusal(first)
			if doc := refusal(got); doc["detail"] != want["detail"] || doc["title"] != want["title"] || len(doc) != len(want) {
				t.Errorf("got %v, want %v", doc, want)
			}
			keys := func(h http.Header) []string { return slices.Sorted(maps.Keys(h)) }
			if !slices.Equal(keys(got.header), keys(first.header)) {
				t.Errorf("headers: got %v, want %v", keys(got.header), keys(first.header))
			}
		})
	}
}

func TestLoginBody(t *testing.T) {
	f := newFixture(t)
	f.sendWith("", "POST", "/api/v1/auth/login", map[string]any{}).wantErrors("body.email", "body.password")
	f.sendWith("", "POST", "/api/v1/auth/login", map[string]any{"email": nil, "password": ""}).wantErrors("body.email", "body.password")
	f.sendWith("", "POST", "/api/v1/auth/login", map[string]any{"email": 1, "password": true}).wantErrors("body.email", "body.password")
	f.sendWith("", "POST", "/api/v1/auth/refresh", map[string]any{}).wantErrors("body.refresh_token")
}

func (f *fixture) refresh(token string) *answer {
	f.t.Helper()
	return f.sendWith("", "POST", "/api/v1/auth/refresh", map[string]any{"refresh_token": token})
}

// alive reports whether an access token is accepted.
func (f *fixture) alive(access string) bool {
	f.t.Helper()
	a := f.sendWith(access, "GET", "/api/v1/auth/permissions", nil)
	if a.status != http.StatusOK {
		a.wantRefusedToken()
	}
	return a.status == http.StatusOK
}

// wantSession checks whether both tokens of a session work.
func (f *fixture) wantSession(name, access, refresh string, want bool) {
	f.t.Helper()
	if got := f.alive(access); got != want {
		f.t.Errorf("%s: access token works: got %v, want %v", name, got, want)
	}
	again := f.refresh(refresh)
	if got := again.status == http.StatusOK; got != want {
		f.t.Errorf("%s: refresh token works: got %v, want %v", name, got, want)
	}
	if !want {
		again.wantRefusedToken()
	}
}

func TestRefreshTokenStaysTheSame(t *testing.T) {
	f := newFixture(t)
	f.addStaff("fatima@example.com", "agent")
	access, refresh := f.signIn("fatima@example.com")
	for range 3 {
		f.pass(31 * time.Minute)
		if f.alive(access) {
			t.Error("access token works after its expiry")
		}
		got := f.refresh(refresh).want(http.StatusOK)
		if got.str("token_type") != "bearer" || got.num("expires_in") != 1800 {
			t.Errorf("refresh: got %s", got.body)
		}
		if access = got.str("access_token"); !f.alive(access) {
			t.Error("fresh access token does not work")
		}
	}
}

func TestRefreshRefuses(t *testing.T) {
	f := newFixture(t)
	f.addStaff("fatima@example.com", "agent")
	access, refresh := f.signIn("fatima@example.com")
	for name, token := range map[string]string{
		"nonsense": "nonsense", "an access token": access, "cut": refresh[1:], "with an end": refresh + "A", "a token without session": f.token,
	} {
		f.run(name, func(t *testing.T) {
			f.refresh(token).wantRefusedToken()
		})
	}
	if f.alive(refresh) {
		t.Error("a refresh token is accepted as an access token")
	}
}

func TestLogoutEndsOneSession(t *testing.T) {
	f := newFixture(t)
	f.addStaff("fatima@example.com", "agent")
	access, refresh := f.signIn("fatima@example.com")
	other, otherRefresh := f.signIn("fatima@example.com")
	second := f.refresh(refresh).want(http.StatusOK).str("access_token")
	f.wantSession("before", access, refresh, true)
	f.sendWith(access, "POST", "/api/v1/auth/logout", nil).want(http.StatusOK)
	f.wantSession("after logout", access, refresh, false)
	f.wantSession("its refreshed token", second, refresh, false)
	f.wantSession("the other session", other, otherRefresh, true)
	f.sendWith(access, "POST", "/api/v1/auth/logout", nil).wantRefusedToken()
}

func TestPasswordChange(t *testing.T) {
	f := newFixture(t)
	f.addStaff("fatima@example.com", "agent")
	access, refresh := f.signIn("fatima@example.com")
	other, otherRefresh := f.signIn("fatima@example.com")
	change := map[string]any{"current_password": staffPassword, "new_password": "another long sentence"}
	f.sendWith(access, "POST", "/api/v1/auth/password", change).want(http.StatusOK)
	f.wantSession("own", access, refresh, true)
	f.wantSession("other", other, otherRefresh, false)
	f.login("fatima@example.com", staffPassword).want(http.StatusUnauthorized)
	got := f.login("fatima@example.com", "another long sentence").want(http.StatusOK)
	if got.get("user.must_change_password") != false {
		t.Errorf("must_change_password: got %s, want false", got.body)
	}
}

func TestPasswordChangeRefuses(t *testing.T) {
	f := newFixture(t)
	f.addStaff("fatima@example.com", "agent")
	access, _ := f.signIn("fatima@example.com")
	change := func(current, next any) *answer {
		f.t.Helper()
		return f.sendWith(access, "POST", "/api/v1/auth/password", map[string]any{"current_password": current, "new_password": next})
	}
	f.sendWith(access, "POST", "/api/v1/auth/password", "{}").wantErrors("body.current_password", "body.new_password")
	change(staffPassword, "short").wantErrors("body.new_password")
	change(staffPassword, nil).wantErrors("body.new_password")
	change(nil, "short").wantErrors("body.current_password", "body.new_password")
	change(1, 2).wantErrors("body.current_password", "body.new_password")
	for range 5 {
		change("wrong password", "another long sentence").want(http.StatusBadRequest).wantDetail("Current password is incorrect")
	}
	if got := change(staffPassword, "another long sentence").want(http.StatusTooManyRequests).header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After: got %q, want 1", got)
	}
	f.pass(time.Second)
	change(staffPassword, "another long sentence").want(http.StatusOK)
	f.sendWith(f.token, "POST", "/api/v1/auth/password", map[string]any{"current_password": "x", "new_password": "another long sentence"}).
		want(http.StatusNotFound).wantDetail("User not found")
}

func TestDeactivatedUserIsOutAtOnce(t *testing.T) {
	f := newFixture(t)
	id := f.addStaff("fatima@example.com", "agent")
	access, refresh := f.signIn("fatima@example.com")
	sessionless := f.tokenFor(id, "crm:read:customers")
	if !f.alive(access) || !f.alive(sessionless) {
		t.Fatal("tokens do not work")
	}
	f.send("DELETE", "/api/v1/users/"+id, nil).want(http.StatusOK)
	f.wantSession("deactivated", access, refresh, false)
	if f.alive(sessionless) {
		t.Error("a token without session works for a deactivated user")
	}
	f.send("PUT", "/api/v1/users/"+id, map[string]any{"is_active": true}).want(http.StatusOK)
	f.wantSession("active again", access, refresh, false)
	f.login("fatima@example.com", staffPassword).want(http.StatusOK)
}

func TestRoleChangeTakesEffectAtOnce(t *testing.T) {
	f := newFixture(t)
	id := f.addStaff("fatima@example.com", "viewer")
	access, _ := f.signIn("fatima@example.com")
	create := func(status int) {
		t.Helper()
		f.sendWith(access, "POST", "/api/v1/customers", "{}").want(status)
	}
	create(http.StatusForbidden)
	f.send("PUT", "/api/v1/users/"+id, map[string]any{"roles": []string{"viewer", "agent"}}).want(http.StatusOK)
	create(http.StatusUnprocessableEntity)
	f.send("PUT", "/api/v1/users/"+id, map[string]any{"roles": []string{}}).want(http.StatusOK)
	create(http.StatusForbidden)
	f.sendWith(access, "GET", "/api/v1/customers", nil).want(http.StatusForbidden)
	f.sendWith(access, "GET", "/api/v1/auth/me", nil).want(http.StatusOK)
}

func TestSessionExpires(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.RefreshTTL, c.AccessTTL = time.Hour, 40*time.Minute })
	f.addStaff("fatima@example.com", "agent")
	got := f.login("fatima@example.com", staffPassword).want(http.StatusOK)
	if ttl := got.num("expires_in"); ttl != 2400 {
		t.Errorf("expires_in: got %v, want 2400", ttl)
	}
	refresh := got.str("refresh_token")
	f.pass(59 * time.Minute)
	last := f.refresh(refresh).want(http.StatusOK)
	if ttl := last.num("expires_in"); ttl != 60 {
		t.Errorf("expires_in of a token that ends with its session: got %v, want 60", ttl)
	}
	access := last.str("access_token")
	f.wantSession("in its last minute", access, refresh, true)
	f.pass(time.Minute)
	f.wantSession("after its last minute", access, refresh, false)
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	for name, email := range map[string]string{"a user": "fatima@example.com", "an unknown e-mail": "nobody@example.com"} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.addStaff("fatima@example.com", "agent")
			f.addStaff("omar@example.com", "agent")
			for range 5 {
				f.login(email, "wrong password").want(http.StatusUnauthorized)
			}
			for i, wait := range []int{1, 2, 4, 8} {
				got := f.login(email, "wrong password").want(http.StatusTooManyRequests)
				if after := got.header.Get("Retry-After"); after != strconv.Itoa(wait) {
					t.Errorf("Retry-After of wait %d: got %q, want %d", i, after, wait)
				}
				f.login("FATIMA@example.com", staffPassword).want(map[bool]int{true: 429, false: 200}[name == "a user"])
				f.login("omar@example.com", staffPassword).want(http.StatusOK)
				f.pass(time.Duration(wait) * time.Second)
				f.login(email, "wrong password").want(http.StatusUnauthorized)
			}
			f.pass(16 * time.Second)
			f.login("fatima@example.com", staffPassword).want(http.StatusOK)
			f.login("fatima@example.com", "wrong password").want(http.StatusUnauthorized)
		})
	}
}

func TestThrottleOfAnAddress(t *testing.T) {
	f := newFixture(t)
	f.addStaff("fatima@example.com", "agent")
	from := func(address, email, password string) *answer {
		r := newRequest(t, "POST", "/api/v1/auth/login", map[string]any{"email": email, "password": password})
		r.RemoteAddr = address
		return f.do(r)
	}
	for i := range 20 {
		from("198.51.100.7:4000", strconv.Itoa(i)+"@example.com", "wrong password").want(http.StatusUnauthorized)
	}
	from("198.51.100.7:4001", "fatima@example.com", staffPassword).want(http.StatusTooManyRequests)
	from("198.51.100.8:4001", "fatima@example.com", staffPassword).want(http.StatusOK)
	f.pass(time.Second)
	from("198.51.100.7:4001", "fatima@example.com", staffPassword).want(http.StatusOK)
}

func TestThrottleOfManyAtOnce(t *testing.T) {
	f := newFixture(t)
	f.addStaff("fatima@example.com", "agent")
	var wg sync.WaitGroup
	statuses := make([]int, 24)
	for i := range statuses {
		wg.Go(func() { statuses[i] = f.login("fatima@example.com", "wrong password").status })
	}
	wg.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	if count[401] != 5 || count[429] != 19 {
		t.Errorf("statuses: got %v, want 5 of 401 and 19 of 429", count)
	}
}

func TestLockedUser(t *testing.T) {
	f := newFixture(t)
	id := f.addStaff("fatima@example.com", "agent")
	check := func(locked bool, failures float64) {
		t.Helper()
		u := f.send("GET", "/api/v1/users/"+id, nil).want(http.StatusOK)
		if u.get("is_locked") != locked || u.num("failed_login_attempts") != failures {
			t.Errorf("is_locked, failed_login_attempts: got %v, %v, want %v, %v", u.get("is_locked"), u.num("failed_login_attempts"), locked, failures)
		}
	}
	check(false, 0)
	for range 7 { // the last two have to wait and do not count
		f.login("fatima@example.com", "wrong password")
	}
	check(true, 5)
	f.pass(time.Second)
	check(false, 5)
	f.login("fatima@example.com", staffPassword).want(http.StatusOK)
	check(false, 0)
}
