package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"crm/httpapi"
	"crm/httpapi/manual"
	"crm/httpapi/server"
	"crm/store"
)

const (
	limit    = 20 * time.Second // for anything that a test waits for
	email    = "fatima@example.com"
	password = "correct horse"
)

// crm runs a command to its end.
func crm(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	var out, log bytes.Buffer
	status = run(ctx, args, strings.NewReader(stdin), &out, &log)
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

// refused runs a command that must fail, with a sentence on stderr that contains want, and nothing on stdout. It must do so at once, unless
// it hashes a password from stdin.
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
				if f.Name != "help" && !f.Hidden && !strings.Contains(line, want) {
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

// The errors of several flags are always reported in the order in which the flags are documented.
func TestFlagErrorsInOrder(t *testing.T) {
	s := settings{Settings: server.Settings{Limits: httpapi.Limits{Customers: -1, Interactions: -1, Feedback: -1}}}
	for range 50 {
		said := s.check().Error()
		last := -1
		for _, flag := range []string{"--limit-customers", "--limit-interactions", "--limit-feedback"} {
			at := strings.Index(said, flag)
			if at <= last {
				t.Fatalf("got %q", said)
			}
			last = at
		}
	}
}

func TestHelpTopics(t *testing.T) {
	for _, p := range manual.Pages() {
		if got := must(t, "", "help", p.Topic); got != string(p.Markdown) {
			t.Errorf("help %s: got %.60q, want the page", p.Topic, got)
		}
		if cmd, _, err := newRootCmd().Find([]string{p.Topic}); err == nil && cmd.Name() == p.Topic {
			t.Errorf("%s is a command and a topic", p.Topic)
		}
	}
	if got := must(t, "", "help", "backup", "list"); !strings.Contains(got, "crm backup list") {
		t.Errorf("help backup list: got %q", got)
	}
	refused(t, "the topics are guide", "", "help", "nothing")
}

// The manual's table of settings has every flag of the service and no other.
func TestSettingsPage(t *testing.T) {
	page, ok := manual.Find("settings")
	if !ok {
		t.Fatal("no page on settings")
	}
	var got, want []string
	for _, row := range regexp.MustCompile(`(?m)^\| (.*?) \|`).FindAllStringSubmatch(string(page.Markdown), -1) {
		for _, flag := range regexp.MustCompile("`--([a-z-]+)`").FindAllStringSubmatch(row[1], -1) {
			got = append(got, flag[1])
		}
	}
	newServeCmd().Flags().VisitAll(func(f *pflag.Flag) { want = append(want, f.Name) })
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("got flags\n%q\nthe service has\n%q", got, want)
	}
}
