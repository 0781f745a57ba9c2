package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"crm/store"
)

// Users are managed while the service runs exactly as while it does not, and each command says what it did.
func TestUsersThroughTheService(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, dir string) {
		data := []string{"--data", dir}
		user := func(stdin string, args ...string) string {
			t.Helper()
			return must(t, stdin, append(append([]string{"user"}, args...), data...)...)
		}
		if got := user(password, "add", email, "--name", "Fatima Alaoui", "--role", "admin"); !strings.Contains(got, email+" can sign in as admin") {
			t.Errorf("add: got %q", got)
		}
		user(password, "add", "Omar@example.com")
		if got := user("another horse", "passwd", "omar@EXAMPLE.com"); !strings.HasPrefix(got, "omar@EXAMPLE.com has a new password") {
			t.Errorf("passwd: got %q", got)
		}
		if got := user("", "disable", "omar@example.com"); !strings.HasPrefix(got, "omar@example.com can no longer sign in") {
			t.Errorf("disable: got %q", got)
		}
		list := regexp.MustCompile(`(?m)^fatima@example.com +Fatima Alaoui +admin +true +never\nOmar@example.com +agent +false +never$`)
		if got := user("", "list"); !list.MatchString(got) {
			t.Errorf("list: got\n%s\nwant %s", got, list)
		}
		if got := user("", "enable", "omar@example.com"); !strings.HasPrefix(got, "omar@example.com can sign in") {
			t.Errorf("enable: got %q", got)
		}
		refused(t, "ast active administrator: give somebody else the role admin first", "", append([]string{"user", "disable", email}, data...)...)
		refused(t, "nobody@example.com: User not found", "", append([]string{"user", "disable", "nobody@example.com"}, data...)...)
		refused(t, "at least 10 characters", "short", append([]string{"user", "passwd", email}, data...)...)
	}
	stopped, running := t.TempDir(), t.TempDir()
	run(t, stopped)
	s := startServe(t, running)
	run(t, running)
	refused(t, "already registered", password, "user", "add", "OMAR@example.com", "--data", running)
	session := s.login(200, "omar@example.com", "another horse")
	if !strings.Contains(session.body, `"must_change_password":false`) {
		t.Errorf("a password from the command line may be kept: got %s", session.body)
	}
	const all = "crm user add crm user add crm user passwd crm user disable crm user enable"
	must(t, "", "user", "disable", "omar@example.com", "--data", running)
	s.ended(session)
	s.stop()
	for dir, want := range map[string]string{stopped: all, running: all + " crm user disable"} {
		if got := actorsOf(t, dir); got != want {
			t.Errorf("the log names %q, want %q", got, want)
		}
	}
}

// actorsOf is who changed something, in order.
func actorsOf(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := withStore(newRootCmd(), dir, func(st *store.Store) error {
		return st.View(func(tx *store.Tx) error {
			for change, err := range tx.Changes(0) {
				if err != nil {
					return err
				}
				if change.Op.Writes() { // not signing in
					all = append(all, change.Actor)
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// More users than a page has are all listed.
func TestManyUsersThroughTheService(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	err := withStore(newRootCmd(), dir, func(st *store.Store) error {
		_, err := st.Update(store.By{}, func(tx *store.Tx) error {
			for n := range 230 {
				u := store.User{Email: strings.Repeat("a", n+1)[n/2:] + "." + strings.Repeat("b", n/2+1) + "@example.com", PasswordHash: "h", IsActive: true}
				if err := tx.CreateUser(&u, nil); err != nil {
					return err
				}
			}
			return nil
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := must(t, "", "user", "list", "--data", dir)
	startServe(t, dir)
	if got := must(t, "", "user", "list", "--data", dir); got != want || strings.Count(got, "\n") != 231 {
		t.Errorf("got %d lines, want the %d of the stopped service", strings.Count(got, "\n"), strings.Count(want, "\n"))
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	refused(t, "no service runs on "+dir+": start it with crm serve", "", "health", "--data", dir)
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	for _, args := range [][]string{{"health"}, {"user", "list"}, {"check"}, {"compact"}, {"backup"}, {"seed"}} {
		refused(t, "--data: "+file+" is a file: name a folder", "", append(args, "--data", file)...)
	}
	s := startServe(t, dir)
	for _, args := range [][]string{{"--data", dir}, {"--url", s.url}, {"--url", s.url + "/"}} {
		if got := must(t, "", append([]string{"health"}, args...)...); got != "The service is ready.\n" {
			t.Errorf("%q: got %q", args, got)
		}
	}
	note, err := os.ReadFile(filepath.Join(dir, "server.json"))
	if err != nil {
		t.Fatal(err)
	}
	s.stop()
	refused(t, "no service answers at "+s.url, "", "health", "--url", s.url)
	write(t, filepath.Join(dir, "server.json"), note) // what a crash leaves
	refused(t, "no service answers at "+s.url, "", "health", "--data", dir)
	stranger := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) })
	refused(t, "is no crm", "", "health", "--url", stranger)
	unready := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"status":"unavailable","checks":{"store":"full","schema":"ok","index":"ok"}}`))
	})
	refused(t, "is not ready: its store is full", "", "health", "--url", unready)
}
