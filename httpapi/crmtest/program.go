// Package crmtest runs the program in tests: commands in processes of their own, and services to send requests to.
//
//	func TestMain(m *testing.M) { os.Exit(crmtest.Main(m)) }
//
//	crmtest.Must(t, "", "seed", "--data", dir)
//	s := crmtest.Serve(t, dir)
//	s.Send(200, "GET", "/api/v1/customers/", crmtest.Token(t, dir), "")
//
// Tests that use it are in an external package, such as server_test. program.go builds and runs the program, service.go sends requests to
// it, and data.go has data folders and bodies.
package crmtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "crm/httpapi/local"    // go test runs a test again when these change,
	_ "crm/httpapi/terminal" // as the program does
	"crm/store"
)

// Limit is for anything that a test waits for. It is long, for a machine that has other work.
const Limit = time.Minute

// folder is the folder of the built program.
var folder string

// Main runs the tests of a package and deletes the program afterwards.
func Main(m *testing.M) int {
	var err error
	if folder, err = os.MkdirTemp("", "crm-program-"); err != nil { // before the tests, which may change the folder of temporary files
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	return m.Run()
}

// build builds the program once, with the race detector if the tests have it.
var build = sync.OnceValues(func() (path string, err error) {
	_, here, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(here), "..", "..")
	for _, name := range []string{"main.go", "go.mod"} { // so that go test notices changes of them
		if _, err := os.ReadFile(filepath.Join(root, name)); err != nil {
			return "", err
		}
	}
	path = filepath.Join(folder, "crm.exe")
	args := []string{"build", "-buildvcs=false", "-o", path}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir = root
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, said)
	}
	return path, nil
})

// Binary returns the path of the program.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Program returns a command of the program.
func Program(ctx context.Context, t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(ctx, Binary(t), args...)
	cmd.Env = Environment()
	return cmd
}

// Environment returns the environment of this process and more variables, for a process with the same clock.
func Environment(more ...string) []string {
	all := append(os.Environ(), more...)
	if set, _ := store.ClockIsSet(); set {
		all = append(all, store.ClockVariable+"="+store.Now().UTC().Format(time.RFC3339Nano))
	}
	return all
}

// Run runs a command to its end.
func Run(t testing.TB, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	Binary(t) // before the time is measured
	ctx, cancel := context.WithTimeout(t.Context(), Limit)
	defer cancel()
	var out, log bytes.Buffer
	cmd := Program(ctx, t, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &log
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), log.String()
}

// Must runs a command that succeeds, and returns what it prints.
func Must(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	status, stdout, stderr := Run(t, stdin, args...)
	if status != 0 {
		t.Fatalf("crm %q: exit status %d; stderr %s", args, status, stderr)
	}
	return stdout
}

// Refused runs a command that must fail, with a sentence on stderr that contains want, and nothing on stdout.
func Refused(t testing.TB, want, stdin string, args ...string) {
	t.Helper()
	stdout, stderr := fails(t, stdin, args...)
	if stdout != "" || !strings.Contains(stderr, want) {
		t.Errorf("crm %q: got stdout %q and stderr %q, want nothing and a line with %q", args, stdout, stderr, want)
	}
}

// Failed runs a command that must fail after printing something, and returns what it prints.
func Failed(t testing.TB, args ...string) (stdout, stderr string) {
	t.Helper()
	return fails(t, "", args...)
}

func fails(t testing.TB, stdin string, args ...string) (stdout, stderr string) {
	t.Helper()
	status, stdout, stderr := Run(t, stdin, args...)
	if status != 1 || !strings.HasPrefix(stderr, "crm: ") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("crm %q: got exit status %d, stdout %q, stderr %q; want 1 and one sentence", args, status, stdout, stderr)
	}
	return stdout, stderr
}
