package server_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"crm/auth"
	"crm/httpapi/crmtest"
	"crm/httpapi/server"
	"crm/store"
)

func TestDemo(t *testing.T) {
	temp := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, temp)
	}
	s := crmtest.Start(t, "demo", "--listen", "127.0.0.1:0")
	s.Healthy()
	if got, _ := filepath.Glob(filepath.Join(temp, "crm-demo-*", store.FileName)); len(got) != 1 {
		t.Errorf("got databases %q, want one", got)
	}
	said := s.Out.String()
	password := regexp.MustCompile(`password (\S+)`).FindStringSubmatch(said)[1]
	for _, role := range auth.Roles() {
		email := regexp.MustCompile(`(?m)^ +(` + role.Name + `@\S+) `).FindStringSubmatch(said)
		if email == nil {
			t.Fatalf("no login for %s in\n%s", role.Name, said)
		}
		own := s.Login(200, email[1], password).Text("access_token")
		if got := s.Send(200, "GET", "/api/v1/auth/permissions", own, "").Text("roles"); got != `["`+role.Name+`"]` {
			t.Errorf("%s: got roles %s", email[1], got)
		}
	}
	curl := regexp.MustCompile(`(?m)^ +curl -H '(Authorization): (Bearer \S+)' '(http://\S+)'$`).FindStringSubmatch(said)
	if curl == nil {
		t.Fatalf("no curl in\n%s", said)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, curl[3], nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(curl[1], curl[2])
	if got, err := crmtest.Do(r); err != nil || got.Status != 200 || got.Text("items") == "[]" {
		t.Errorf("curl: got %+v, %v", got, err)
	}
	if got := s.Send(200, "GET", "/api/v1/customers/?is_active=all", curl[2][len("Bearer "):], "").Text("total"); got != "300" {
		t.Errorf("got %s customers, want 300", got)
	}

	if status := s.Stop(); status != 0 {
		t.Errorf("got exit status %d, want 0", status)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("got %v, %v left, want nothing", left, err)
	}
}

func TestDemoKeepsItsData(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	var before string
	for round := range 2 {
		s := crmtest.Start(t, "demo", "--listen", "127.0.0.1:0", "--data", dir)
		s.Login(200, server.DemoEmail("viewer"), server.DemoPassword)
		var now strings.Builder
		for page := range 3 {
			now.WriteString(s.Send(200, "GET", fmt.Sprintf("/api/v1/customers/?size=100&page=%d", page+1), crmtest.Token(t, dir), "").Text("items"))
		}
		if before != "" && now.String() != before {
			t.Error("the second demo serves other customers")
		}
		before = now.String()
		if status := s.Stop(); status != 0 {
			t.Errorf("round %d: got exit status %d, want 0", round, status)
		}
	}
	crmtest.Refused(t, "not made by crm demo", "", "demo", "--listen", "127.0.0.1:0", "--data", crmtest.Seeded(t))
}

// demoPassword is what a demo prints.
func demoPassword(s *crmtest.Service) string {
	s.T.Helper()
	found := regexp.MustCompile(`(?m)^Sign in with password (\S+) as$`).FindStringSubmatch(s.Out.String())
	if found == nil {
		s.T.Fatalf("no password in\n%s", s.Out)
	}
	return found[1]
}

// The demo's password is public, so a real service does not start while a user can sign in with it. A token of the demo is not accepted
// afterwards.
func TestServeRefusesDemoPasswords(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	s := crmtest.Start(t, "demo", "--listen", "127.0.0.1:0", "--data", dir)
	if got := demoPassword(s); got != server.DemoPassword {
		t.Errorf("on this machine: got the password %q, want the published one", got)
	}
	token := regexp.MustCompile(`Bearer ([^']+)'`).FindStringSubmatch(s.Out.String())[1]
	s.Send(200, "GET", "/api/v1/customers/", token, "")
	s.Stop()
	refused := func() {
		crmtest.Refused(t, server.DemoEmail("viewer"), "", "serve", "--listen", "127.0.0.1:0", "--data", dir)
	}
	refused()
	for _, role := range auth.Roles() {
		refused()
		if role.Name == "viewer" {
			crmtest.Must(t, "", "user", "disable", server.DemoEmail(role.Name), "--data", dir)
			break
		}
		crmtest.Must(t, crmtest.Password, "user", "passwd", server.DemoEmail(role.Name), "--data", dir)
	}
	s = crmtest.Serve(t, dir)
	s.Login(200, server.DemoEmail("admin"), crmtest.Password)
	s.Send(401, "GET", "/api/v1/customers/", token, "")
	s.Stop()
	s = crmtest.Start(t, "demo", "--listen", "127.0.0.1:0", "--data", dir)
	s.Login(200, server.DemoEmail("admin"), demoPassword(s)) // what it prints is true again
}

// Where others can reach it, a demo has a password that nobody else knows.
func TestDemoForOthers(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	s := crmtest.Start(t, "demo", "--listen", "127.0.0.1:0", "--data", dir)
	s.Stop()
	s = crmtest.Start(t, "demo", "--listen", "0.0.0.0:0", "--data", dir)
	password := demoPassword(s)
	if password == server.DemoPassword || len(password) < 20 {
		t.Errorf("got the password %q, want one that nobody can guess", password)
	}
	if said := s.Out.String(); !strings.Contains(said, "without TLS") || !strings.Contains(said, "--tls-domain") {
		t.Errorf("no warning about TLS in\n%s", said)
	}
	s.Login(200, server.DemoEmail("admin"), password)
	s.Login(401, server.DemoEmail("agent"), server.DemoPassword)
}
