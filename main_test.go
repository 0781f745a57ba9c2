package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"crm/index"
	"crm/store"
)

const (
	limit    = 20 * time.Second // for anything that a test waits for
	someone  = "123e4567-e89b-12d3-a456-426614174000"
	email    = "fatima@example.com"
	password = "correct horse"
)

// A screen is an output stream that a test reads while the program still writes to it.
type screen struct {
	mu    sync.Mutex
	text  bytes.Buffer
	until string
	shown chan struct{} // closed when the text has until
}

func newScreen(until string) *screen { return &screen{until: until, shown: make(chan struct{})} }

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(p)
	if s.until != "" && strings.Contains(s.text.String(), s.until) {
		s.until = ""
		close(s.shown)
	}
	return n, err
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// crm runs a command to its end.
func crm(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	out, log := newScreen(""), newScreen("")
	status = run(ctx, args, strings.NewReader(stdin), out, log)
	return status, out.String(), log.String()
}

// must runs a command that succeeds, and returns what it prints.
func must(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	status, stdout, stderr := crm(t, stdin, args...)
	if status != 0 {
		t.Fatalf("crm %q: exit status %d; stderr %s", args, status, stderr)
	}
	return stdout
}

// refused runs a command that must fail, with a sentence on stderr that has want, and nothing on stdout. It must do
// so at once, unless it hashes a password from stdin.
func refused(t *testing.T, want, stdin string, args ...string) {
	t.Helper()
	began := time.Now()
	status, stdout, stderr := crm(t, stdin, args...)
	if took := time.Since(began); took > 3*time.Second && stdin == "" {
		t.Errorf("crm %q took %s", args, took)
	}
	if status != 1 || stdout != "" {
		t.Errorf("crm %q: got exit status %d and stdout %q, want 1 and nothing", args, status, stdout)
	}
	if !strings.HasPrefix(stderr, "crm: ") || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, want) {
		t.Errorf("crm %q: got stderr %q, want one line that begins with %q and has %q", args, stderr, "crm: ", want)
	}
}

// walk calls fn for every command, with the arguments that name it.
func walk(cmd *cobra.Command, args []string, fn func(*cobra.Command, []string)) {
	fn(cmd, args)
	for _, sub := range cmd.Commands() {
		walk(sub, append(slices.Clone(args), sub.Name()), fn)
	}
}

func TestHelp(t *testing.T) {
	walk(newRootCmd(), nil, func(cmd *cobra.Command, args []string) {
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			help := must(t, "", append(args, "--help")...)
			if len(args) > 0 && !strings.Contains(help, "Examples:\n  "+cmd.CommandPath()) {
				t.Errorf("no example:\n%s", help)
			}
			cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
				want := "[$CRM_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_")) + "]"
				line := regexp.MustCompile(`(?m)^ +--` + f.Name + ` .*$`).FindString(help)
				if f.Name != "help" && !strings.Contains(line, want) {
					t.Errorf("got %q, want a line with %s", line, want)
				}
			})
		})
	})
}

func TestUnknown(t *testing.T) {
	for _, args := range [][]string{{"nonsense"}, {"user", "nonsense"}, {"version", "extra"}, {"serve", "--port", "80"}, {"--nope"}} {
		refused(t, "unknown", "", args...)
	}
}

func TestVersion(t *testing.T) {
	want := regexp.MustCompile(`^crm \S+ schema \d+ timezone data \d{4}\w+\n$`)
	if got := must(t, "", "version"); !want.MatchString(got) {
		t.Errorf("got %q, want %s", got, want)
	}
}

func TestEnvironment(t *testing.T) {
	ours, theirs := filepath.Join(t.TempDir(), "flag"), filepath.Join(t.TempDir(), "variable")
	t.Setenv("CRM_DATA", theirs)
	must(t, password, "user", "add", email, "--data", ours)
	if _, err := os.Stat(theirs); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the variable went before the flag: %v", err)
	}
	must(t, password, "user", "add", email)
	for _, dir := range []string{ours, theirs} {
		if _, err := os.Stat(filepath.Join(dir, store.FileName)); err != nil {
			t.Error(err)
		}
	}
	t.Setenv("CRM_ACCESS_TTL", "soon")
	refused(t, "$CRM_ACCESS_TTL", "", "serve")
}

func TestServeFromEnvironment(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	t.Setenv("CRM_DATA", dir)
	t.Setenv("CRM_LISTEN", "127.0.0.1:0")
	t.Setenv("CRM_LOG_FORMAT", "xml")
	t.Setenv("CRM_CORS_ORIGIN", "https://a.example.com,https://b.example.com")
	s := start(t, "serve", "--log-format", "json")
	if _, err := os.Stat(filepath.Join(dir, store.FileName)); err != nil {
		t.Error(err)
	}
	for origin, want := range map[string]string{"https://a.example.com": "https://a.example.com", "https://b.example.com": "https://b.example.com", "https://c.example.com": ""} {
		r := s.request("GET", "/openapi.json", "", nil)
		r.Header.Set("Origin", origin)
		if got, err := do(r); err != nil || got.header.Get("Access-Control-Allow-Origin") != want {
			t.Errorf("%s: got %q, %v, want %q", origin, got.header.Get("Access-Control-Allow-Origin"), err, want)
		}
	}
	s.stop()
	for line := range strings.Lines(s.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("log: got %q, want JSON", line)
		}
	}
	refused(t, "--log-format", "", "serve")
}

func TestUsers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got := must(t, password+"\r\n", "user", "add", "Fatima@example.com", "--name", "Fatima Alaoui", "--role", "manager", "--data", dir)
	if !strings.Contains(got, "manager") || !strings.Contains(got, "crm serve --data "+dir) {
		t.Errorf("add: got %q", got)
	}
	list := must(t, "", "user", "list", "--data", dir)
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
		{"no password file", "", "nowhere", []string{"add", "new@example.com", "--password-file", "nowhere"}},
		{"unknown role", password, "admin, manager, agent, viewer", []string{"add", "new@example.com", "--role", "boss"}},
		{"e-mail taken", password, "already registered", []string{"add", "FATIMA@example.com"}},
		{"no argument", password, `crm user add takes one argument, EMAIL, and got 0: try crm user add fatima@example.com --name`, []string{"add"}},
		{"two arguments", "", "crm user enable takes one argument, EMAIL, and got 2", []string{"enable", "a@example.com", "b@example.com"}},
		{"enable nobody", "", "nobody@example.com: User not found", []string{"enable", "nobody@example.com"}},
		{"passwd of nobody", password, "nobody@example.com", []string{"passwd", "nobody@example.com"}},
		{"passwd is weak", "short", "at least 10 characters", []string{"passwd", email}},
		{"disable nobody", "", "nobody@example.com", []string{"disable", "nobody@example.com"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			refused(t, test.want, test.stdin, slices.Concat([]string{"user"}, test.args, []string{"--data", dir})...)
		})
	}
	if got := must(t, "", "user", "list", "--data", dir); got != list {
		t.Errorf("refused commands changed the users: got\n%s\nwant\n%s", got, list)
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTokenRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	refused(t, "crm serve", "", "token", "--data", filepath.Join(dir, "none"), "--subject", someone)
	write(t, keyFile(dir), bytes.Repeat([]byte("k"), 32))
	must(t, "", "token", "--data", dir, "--subject", someone)
	tests := []struct {
		name, want string
		args       []string
	}{
		{"no subject", "--subject", nil},
		{"subject", "--subject", []string{"--subject", "fatima"}},
		{"no time", "--ttl", []string{"--subject", someone, "--ttl", "0s"}},
		{"negative time", "--ttl", []string{"--subject", someone, "--ttl", "-1h"}},
		{"unreadable time", "--ttl", []string{"--subject", someone, "--ttl", "soon"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			refused(t, test.want, "", append([]string{"token", "--data", dir}, test.args...)...)
		})
	}
	write(t, keyFile(dir), []byte("short"))
	refused(t, "key", "", "token", "--data", dir, "--subject", someone)
}

// seeded fills a folder with a few customers.
func seeded(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	small := []string{"seed", "--data", dir, "--customers", "60", "--interactions", "200", "--feedback", "50"}
	got := must(t, "", append(small, args...)...)
	if want := dir + " has 60 customers, 200 interactions and 50 feedback now"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	return dir
}

// rows is everything in a folder but the users, as JSON.
func rows(t *testing.T, dir string) (all []string, segments int) {
	t.Helper()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	err = st.View(func(tx *store.Tx) error {
		for _, kind := range []iter.Seq2[store.ID, []byte]{
			tx.Customers(store.ID{}), tx.Interactions(store.ID{}), tx.AllFeedback(store.ID{}),
		} {
			for _, raw := range kind {
				all = append(all, string(raw))
			}
		}
		list, err := tx.Segments()
		for _, s := range list {
			raw, err := json.Marshal(s)
			if err != nil {
				return err
			}
			all = append(all, string(raw))
		}
		segments = len(list)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, segments
}

func TestSeedIsDeterministic(t *testing.T) {
	t.Parallel()
	const now = "2026-01-02T15:04:05Z"
	want, segments := rows(t, seeded(t, "--seed", "5", "--now", now))
	if len(want) != 60+200+50+20 || segments != 20 {
		t.Errorf("got %d rows and %d segments, want 330 and 20", len(want), segments)
	}
	if got, _ := rows(t, seeded(t, "--seed", "5", "--now", now)); !slices.Equal(got, want) {
		t.Error("the same flags made other data")
	}
	if got, _ := rows(t, seeded(t, "--seed", "6", "--now", now)); slices.Equal(got, want) {
		t.Error("another --seed made the same data")
	}
	if got, _ := rows(t, seeded(t, "--seed", "5", "--now", "2026-01-03T15:04:05Z")); slices.Equal(got, want) {
		t.Error("another --now made the same data")
	}
}

func TestSeedRefused(t *testing.T) {
	t.Parallel()
	dir := seeded(t)
	want, _ := rows(t, dir)
	refused(t, "empty", "", "seed", "--data", dir)
	if got, _ := rows(t, dir); !slices.Equal(got, want) {
		t.Error("the data changed")
	}
	for _, bad := range [][]string{{"--customers", "-1"}, {"--interactions", "-1"}, {"--feedback", "-1"}, {"--customers", "0"}} {
		refused(t, "numbers", "", append([]string{"seed", "--data", filepath.Join(dir, "new")}, bad...)...)
	}
	for _, bad := range []string{"yesterday", "2026-01-02"} {
		refused(t, "--now", "", "seed", "--data", filepath.Join(dir, "new"), "--now", bad)
	}
	if _, err := os.Stat(filepath.Join(dir, "new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a refused seed made the folder: %v", err)
	}
}

// A complete index has nothing to write when the service starts.
func TestSeedLeavesTheIndexComplete(t *testing.T) {
	t.Parallel()
	dir := seeded(t)
	want := segmentFiles(t, dir)
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	ctx, stop := context.WithTimeout(t.Context(), limit)
	defer stop()
	ix, done := index.New(st, indexDir(dir), index.Options{Region: "MA"}), make(chan error, 1)
	go func() { done <- ix.Run(ctx) }()
	for range tick(ctx, 5*time.Millisecond) {
		if lag, _, ok := ix.Lag(); ok && lag == 0 {
			break
		}
	}
	if lag, total, _ := ix.Lag(); lag != 0 || total != 60 {
		t.Errorf("got a lag of %d of %d, want 0 of 60", lag, total)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := segmentFiles(t, dir); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("got files %q, want those of the seed %q", got, want)
	}
}

func segmentFiles(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(indexDir(dir), func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".zap") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
