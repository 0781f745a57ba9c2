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
