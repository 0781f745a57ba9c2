package server_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"crm/httpapi/crmtest"
)

// openTerminal returns a pseudo-terminal: what a program writes to the second can be read from the first.
func openTerminal(t *testing.T) (*os.File, *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("skipped: no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	number, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = theirs.Close() })
	return ours, theirs
}

// fakeBrowser replaces xdg-open. The address that is to be opened arrives through the pipe that it returns.
func fakeBrowser(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	opened := filepath.Join(dir, "opened")
	if err := unix.Mkfifo(opened, 0o600); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho \"$1\" > " + opened + "\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("DISPLAY", ":0")
	return opened
}

// The demo opens a browser for whoever sits at the terminal, unless they do not want it, and for nobody else.
func TestDemoOpensABrowser(t *testing.T) {
	tests := []struct {
		name     string
		terminal bool
		args     []string
		want     bool
	}{
		{"at a terminal", true, nil, true},
		{"with --no-open", true, []string{"--no-open"}, false},
		{"no terminal", false, nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			opened := fakeBrowser(t)
			ours, theirs := openTerminal(t)
			if !test.terminal {
				var err error
				if ours, theirs, err = os.Pipe(); err != nil {
					t.Fatal(err)
				}
				defer ours.Close()
			}
			cmd := crmtest.Program(t.Context(), t, append([]string{"demo", "--listen", "127.0.0.1:0"}, test.args...)...)
			cmd.Stdout = theirs
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var address string
			for lines := bufio.NewScanner(ours); lines.Scan() && !strings.HasPrefix(lines.Text(), "Stop"); {
				if _, after, ok := strings.Cut(lines.Text(), "In a browser: "); ok {
					address = strings.TrimSpace(after)
				}
			}
			told, err := os.OpenFile(opened, os.O_RDWR, 0) // for writing too: opening it does not wait for a writer
			if err != nil {
				t.Fatal(err)
			}
			defer told.Close()
			if test.want {
				if err := told.SetReadDeadline(time.Now().Add(crmtest.Limit)); err != nil {
					t.Fatal(err)
				}
				if got, err := bufio.NewReader(told).ReadString('\n'); err != nil || got != address+"\n" {
					t.Errorf("opened: got %q, %v, want %q", got, err, address)
				}
			}
			crmtest.Terminate(t, cmd)
			if err := told.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			if got, err := bufio.NewReader(told).ReadString('\n'); err == nil {
				t.Errorf("opened: got %q too", got)
			}
		})
	}
}
