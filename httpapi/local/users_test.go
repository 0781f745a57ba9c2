package local_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"crm/httpapi/crmtest"
	"crm/store"
)

// Users are managed while the service runs exactly as while it does not, and each command says what it did.
func TestUsersThroughTheService(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, dir string) {
		data := []string{"--data", dir}
		user := func(stdin string, args ...string) string {
			t.Helper()
			return crmtest.Must(t, stdin, append(append([]string{"user"}, args...), data...)...)
		}
		if got := user(crmtest.Password, "add", crmtest.Email, "--name", "Fatima Alaoui", "--role", "admin"); !strings.Contains(got, crmtest.Email+" can sign in as admin") {
			t.Errorf("add: got %q", got)
		}
		user(crmtest.Password, "add", "Omar@example.com")
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
		crmtest.Refused(t, "ast active administrator: give somebody else the role admin first", "", append([]string{"user", "disable", crmtest.Email}, data...)...)
		crmtest.Refused(t, "nobody@example.com: User not found", "", append([]string{"user", "disable", "nobody@example.com"}, data...)...)
		crmtest.Refused(t, "at least 10 characters", "short", append([]string{"user", "passwd", crmtest.Email}, data...)...)
	}
	stopped, running := t.TempDir(), t.TempDir()
	run(t, stopped)
	s := crmtest.Serve(t, running)
	run(t, running)
	crmtest.Refused(t, "already registered", crmtest.Password, "user", "add", "OMAR@example.com", "--data", running)
	session := s.Login(200, "omar@example.com", "another horse")
	if !strings.Contains(session.Body, `"must_change_password":false`) {
		t.Errorf("a crmtest.Password from the command line may be kept: got %s", session.Body)
	}
	const all = "crm user add crm user add crm user passwd crm user disable crm user enable"
	crmtest.Must(t, "", "user", "disable", "omar@example.com", "--data", running)
	s.Ended(session)
	s.Stop()
	for dir, want := range map[string]string{stopped: all, running: all + " crm user disable"} {
		if got := actorsOf(t, dir); got != want {
			t.Errorf("the log names %q, want %q", got, want)
		}
	}
}

// actorsOf returns who changed something, in order.
func actorsOf(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := inStore(dir, func(st *store.Store) error {
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
	err := inStore(dir, func(st *store.Store) error {
		_, err := st.Update(store.By{}, func(tx *store.Tx) error {
			for n := range 230 {
				u := store.User{Email: strings.Repeat("a", n%20+1) + "." + strings.Repeat("b", n/20+1) + "@example.com", PasswordHash: "h", IsActive: true}
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
	want := crmtest.Must(t, "", "user", "list", "--data", dir)
	crmtest.Serve(t, dir)
	if got := crmtest.Must(t, "", "user", "list", "--data", dir); got != want || strings.Count(got, "\n") != 231 {
		t.Errorf("got %d lines, want the %d of the stopped service", strings.Count(got, "\n"), strings.Count(want, "\n"))
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got := crmtest.Must(t, crmtest.Password+"\r\n", "user", "add", "Fatima@example.com", "--name", "Fatima Alaoui", "--role", "manager", "--data", dir)
	if !strings.Contains(got, "manager") || !strings.Contains(got, "crm serve --data "+dir) {
		t.Errorf("add: got %q", got)
	}
	list := crmtest.Must(t, "", "user", "list", "--data", dir)
	for _, want := range []string{
		`(?m)^EMAIL +NAME +ROLES +ACTIVE +LAST LOGIN$`, `(?im)^fatima@example.com +Fatima Alaoui +manager +true +never$`,
	} {
		if !regexp.MustCompile(want).MatchString(list) {
			t.Errorf("got\n%s\nwant %s", list, want)
		}
	}
	tests := []struct {
		name, stdin, want string
		args              []string
	}{
		{"weak password", "short", "at least 10 characters", []string{"add", "new@example.com"}},
		{"no password", "", "--password-file", []string{"add", "new@example.com"}},
		{"no crmtest.Password file", "", "nowhere", []string{"add", "new@example.com", "--password-file", "nowhere"}},
		{"unknown role", crmtest.Password, "admin, manager, agent, viewer", []string{"add", "new@example.com", "--role", "boss"}},
		{"e-mail taken", crmtest.Password, "already registered", []string{"add", "FATIMA@example.com"}},
		{"no argument", crmtest.Password, `crm user add takes one argument, EMAIL, and got 0: try crm user add fatima@example.com --name`, []string{"add"}},
		{"two arguments", "", "crm user enable takes one argument, EMAIL, and got 2", []string{"enable", "a@example.com", "b@example.com"}},
		{"enable nobody", "", "nobody@example.com: User not found", []string{"enable", "nobody@example.com"}},
		{"passwd of nobody", crmtest.Password, "nobody@example.com", []string{"passwd", "nobody@example.com"}},
		{"passwd is weak", "short", "at least 10 characters", []string{"passwd", crmtest.Email}},
		{"disable nobody", "", "nobody@example.com", []string{"disable", "nobody@example.com"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			crmtest.Refused(t, test.want, test.stdin, slices.Concat([]string{"user"}, test.args, []string{"--data", dir})...)
		})
	}
	if got := crmtest.Must(t, "", "user", "list", "--data", dir); got != list {
		t.Errorf("refused commands changed the users: got\n%s\nwant\n%s", got, list)
	}
}
