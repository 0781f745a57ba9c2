//go:build linux

package server_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"crm/httpapi/crmtest"
)

// TestSystemd starts the program as systemd does, and listens to what it says until it has ended.
func TestSystemd(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	place, err := os.MkdirTemp("", "n") // the names of sockets must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(place)
	path := filepath.Join(place, "s")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	_ = socket.SetReadDeadline(time.Now().Add(crmtest.Limit))
	next := func() string {
		t.Helper()
		message := make([]byte, 4096)
		n, err := socket.Read(message)
		if err != nil {
			t.Fatal(err)
		}
		return string(message[:n])
	}
	ctx, cancel := context.WithTimeout(t.Context(), crmtest.Limit)
	defer cancel()
	cmd := crmtest.Program(ctx, t, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=100000")
	s := crmtest.Begin(t, cmd)
	if got := next(); got != "STATUS=Reading the data for lists and searches" {
		t.Errorf("first: got %q", got)
	}
	for got := next(); !strings.HasPrefix(got, "READY=1\n"); got = next() {
		if !strings.HasPrefix(got, "EXTEND_TIMEOUT_USEC=") {
			t.Errorf("before it is ready: got %q", got)
		}
	}
	s.Send(200, "GET", "/api/v1/customers/?query=a", crmtest.Token(t, dir), "") // it is what READY=1 says
	for range 3 {
		if got := next(); got != "WATCHDOG=1" {
			t.Errorf("while it serves: got %q", got)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	got := next()
	for got == "WATCHDOG=1" {
		got = next()
	}
	if !strings.HasPrefix(got, "STOPPING=1\nSTATUS=") {
		t.Errorf("at the end: got %q", got)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// TestUnit has systemd check the README's unit.
func TestUnit(t *testing.T) {
	t.Parallel()
	analyze := needed(t, "systemd-analyze")
	unit := operations(t, "ini")[0].text
	start := regexp.MustCompile(`(?m)^ExecStart=(\S+) (.*)$`).FindStringSubmatch(unit)
	if start == nil {
		t.Fatalf("no ExecStart in\n%s", unit)
	}
	file := filepath.Join(t.TempDir(), "crm.service")
	crmtest.Write(t, file, []byte(strings.Replace(unit, start[1], crmtest.Binary(t), 1)))
	ctx, cancel := context.WithTimeout(t.Context(), crmtest.Limit)
	defer cancel()
	if said, err := exec.CommandContext(ctx, analyze, "verify", "--man=no", file).CombinedOutput(); err != nil || strings.Contains(string(said), "crm.service") {
		t.Errorf("got %v, %s", err, said)
	}
	crmtest.Must(t, "", append(strings.Fields(start[2]), "--help")...) // the program knows the command and its flags
}
