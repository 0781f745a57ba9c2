package httpapi

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"crm/httpapi/wire"
)

// A late body calls a function before it is read.
type late struct {
	io.Reader
	before func()
}

func (b *late) Read(p []byte) (int, error) {
	if b.before != nil {
		b.before()
		b.before = nil
	}
	return b.Reader.Read(p)
}

// sendLate sends a request whose head is accepted before something happens and whose body comes after it.
func (f *fixture) sendLate(token, method, path, body string, before func()) *answer {
	f.t.Helper()
	r := newRequest(f.t, method, path, "{}")
	r.Header.Set("Authorization", "Bearer "+token)
	r.Body, r.ContentLength = io.NopCloser(&late{strings.NewReader(body), before}), int64(len(body))
	return f.do(r)
}

// A request is refused if its user loses the permission between the head and the body.
func TestRevokedBeforeTheBody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		revoke func(f *fixture, id, access string)
		status int
	}{
		"nothing happens": {func(*fixture, string, string) {}, 201},
		"logout":          {func(f *fixture, _, access string) { f.sendWith(access, "POST", "/api/v1/auth/logout", nil) }, 401},
		"deactivation":    {func(f *fixture, id, _ string) { f.send("DELETE", "/api/v1/users/"+id, nil) }, 401},
		"password reset": {func(f *fixture, id, _ string) {
			f.send("PUT", "/api/v1/users/"+id, map[string]any{"password": "another long sentence"})
		}, 401},
		"another role": {func(f *fixture, id, _ string) {
			f.send("PUT", "/api/v1/users/"+id, map[string]any{"roles": []string{"viewer"}})
		}, 403},
		"expiry": {func(f *fixture, _, _ string) { f.pass(30*time.Minute + 11*time.Second) }, 401},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			id := f.addStaff("fatima@example.com", "agent")
			access, _ := f.signIn("fatima@example.com")
			body := `{"full_name":"Ahmed Hassan","contact_type":"Individual","email":"ahmed@example.com","phone":"0612345678"}`
			f.sendLate(access, "POST", "/api/v1/customers", body, func() { test.revoke(f, id, access) }).want(test.status)
			want := 0.0
			if test.status == http.StatusCreated {
				want = 1
			}
			if got := f.send("GET", "/api/v1/customers", nil).num("total"); got != want {
				t.Errorf("customers: got %v, want %v", got, want)
			}
		})
	}
}

// The check of a password takes a while. If an administrator deactivates the user or replaces the password meanwhile, a correct password
// neither signs in nor sets another one.
func TestRevokedWhileThePasswordIsChecked(t *testing.T) {
	for name, change := range map[string]map[string]any{
		"password reset": {"password": "another long sentence"},
		"deactivation":   {"is_active": false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			id := f.addStaff("fatima@example.com", "agent")
			login := &call{w: httptest.NewRecorder(), r: newRequest(t, "POST", "/api/v1/auth/login", "{}"), entry: &entry{}}
			checked, _, err := f.api.checkPassword(login, "fatima@example.com", staffPassword)
			if err != nil {
				t.Fatal(err)
			}
			access, _ := f.signIn("fatima@example.com")
			own := &call{w: httptest.NewRecorder(), entry: &entry{}, r: newRequest(t, "POST", "/api/v1/auth/password", map[string]any{
				"current_password": staffPassword, "new_password": "the thief's own sentence",
			})}
			own.r.Header.Set("Authorization", "Bearer "+access)
			_, err = f.api.readBody(&route{permission: anyone}, own)
			if err := errors.Join(err, f.api.authorise(own, anyone)); err != nil {
				t.Fatal(err)
			}
			f.send("PUT", "/api/v1/users/"+id, change).want(http.StatusOK)
			if err := f.api.changePassword(own); !errors.Is(err, errCurrent) {
				t.Errorf("got %v, want %v", err, errCurrent)
			}
			if err := f.api.startSession(login, checked, ""); !errors.Is(err, wire.ErrLogin) {
				t.Errorf("got %v, want %v", err, wire.ErrLogin)
			}
		})
	}
}
