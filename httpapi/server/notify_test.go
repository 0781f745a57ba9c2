//go:build unix

package server

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crm/index"
)

// manager listens as systemd does, for 20 seconds, and returns what it is told, one message after the other.
func manager(t *testing.T) (next func() string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "n") // the names of sockets must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	_ = socket.SetReadDeadline(time.Now().Add(20 * time.Second))
	t.Setenv("NOTIFY_SOCKET", path)
	return func() string {
		t.Helper()
		message := make([]byte, 4096)
		n, err := socket.Read(message)
		if err != nil {
			t.Fatal(err)
		}
		return string(message[:n])
	}
}

// The service notifies the watchdog as long as commits end, stops while one does not end, and continues afterwards.
func TestWatchdog(t *testing.T) {
	next := manager(t)
	t.Setenv("WATCHDOG_USEC", "40000")
	t.Setenv("WATCHDOG_PID", "")
	f := newService(t)
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() { defer close(stopped); f.notify(ctx) }()
	until := func(message string) (before []string) {
		t.Helper()
		for got := next(); got != message; got = next() {
			before = append(before, got)
		}
		return before
	}
	const waits, serves = "STATUS=Changes wait for a commit that does not end", "WATCHDOG=1\nSTATUS=Serving"
	if first := next(); first != "STATUS=Reading the data for lists and searches" {
		t.Errorf("first: got %q", first)
	}
	until("READY=1\n" + serves)
	until("WATCHDOG=1")
	release := f.block(t)
	until(waits) // and no word for the watchdog
	for range 5 {
		release()
		if between := until(serves); len(between) > 0 {
			t.Errorf("while a commit did not end: got %q", between)
		}
		release = f.block(t)
		until(waits)
	}
	release()
	stop()
	until("STOPPING=1\nSTATUS=Finishing the requests under way")
	<-stopped
}

// Until the index is loaded, the service asks for more time to start and is not ready.
func TestNotReadyBeforeTheIndex(t *testing.T) {
	next := manager(t)
	f := newService(t)
	late := index.New(f.store, t.TempDir(), index.Options{Wait: time.Millisecond})
	f.index = late
	ctx, stop := context.WithCancel(t.Context())
	notified, indexed := make(chan struct{}), make(chan error, 1)
	go func() { defer close(notified); f.notify(ctx) }()
	if first := next(); !strings.HasPrefix(first, "STATUS=Reading") {
		t.Errorf("first: got %q", first)
	}
	for range 5 {
		if got := next(); got != "EXTEND_TIMEOUT_USEC=60000000" {
			t.Errorf("while it loads: got %q", got)
		}
	}
	go func() { indexed <- late.Run(ctx) }()
	for got := next(); got != "READY=1\nSTATUS=Serving"; got = next() {
		if !strings.HasPrefix(got, "EXTEND_TIMEOUT_USEC=") {
			t.Errorf("before it is ready: got %q", got)
		}
	}
	stop()
	<-notified
	if err := <-indexed; err != nil {
		t.Error(err)
	}
}

// Without a service manager nothing is done.
func TestNoManager(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	newService(t).notify(t.Context())
}

// A service manager that has gone causes a warning and nothing else.
func TestManagerIsGone(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "none"))
	newService(t).notify(t.Context())
}

func TestPulse(t *testing.T) {
	f := newService(t)
	alive := func() bool { _, alive := f.pulse(time.Millisecond); return alive }
	eventually(t, "a store at rest is alive", alive)
	release := f.block(t)
	eventually(t, "a commit that does not end", func() bool { return !alive() })
	if sentence, alive := f.pulse(0); !alive || sentence != "Serving" {
		t.Errorf("without a watchdog: got %q, %v, want patience", sentence, alive)
	}
	release()
	eventually(t, "a commit that ended", alive)
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	if sentence, alive := f.pulse(time.Minute); alive || sentence != "The database cannot be read" {
		t.Errorf("a closed store: got %q, %v", sentence, alive)
	}
}
