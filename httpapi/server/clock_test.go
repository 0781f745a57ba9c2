package main

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"crm/store"
)

// TestClockOfTests runs the program at another time: whatever has a date follows, and the service warns of it.
func TestClockOfTests(t *testing.T) {
	t.Parallel()
	const day = "2031-02-03T"
	ctx, stop := context.WithTimeout(t.Context(), 2*limit)
	defer stop()
	dir := filepath.Join(t.TempDir(), "data")
	at := func(args ...string) (said string, err error) {
		cmd := program(ctx, append(args, "--data", dir)...)
		cmd.Env = append(cmd.Env, store.ClockVariable+"="+day+"04:05:06Z")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	cmd := program(ctx, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	cmd.Env = append(cmd.Env, store.ClockVariable+"="+day+"04:05:06Z")
	var log bytes.Buffer
	cmd.Stderr = &log
	s := begin(t, cmd)
	s.healthy()
	token, err := at("token", "--subject", someone, "--permission", "*:*:*")
	if err != nil {
		t.Fatalf("token: %v %s", err, token)
	}
	made := s.send(201, "POST", "/api/v1/customers/", strings.TrimSpace(token), customer(1))
	if got := made.text("created_at"); !strings.HasPrefix(got, day) {
		t.Errorf("created at %s, want %s", got, day)
	}
	copied, err := at("backup")
	file := regexp.MustCompile(`\S+/crm-20310203T\S+\.crmbackup`).FindString(copied)
	if err != nil || file == "" {
		t.Errorf("backup: %v %s", err, copied)
	}
	terminate(t, cmd)
	if strings.Count(log.String(), "the clock is set for tests") != 1 || !strings.Contains(log.String(), store.ClockVariable) {
		t.Errorf("the log has no warning, or several:\n%s", &log)
	}
	for _, test := range [][]string{{"The last verified backup is of " + day, "doctor"}, {"before-restore-20310203T", "restore", file}} {
		if said, _ := at(test[1:]...); !strings.Contains(said, test[0]) || strings.Contains(said, "Set the machine's clock") {
			t.Errorf("%s: want %q, got\n%s", test[1], test[0], said)
		}
	}
	bad := program(ctx, "version")
	bad.Env = append(bad.Env, store.ClockVariable+"=tomorrow")
	if said, err := bad.CombinedOutput(); err == nil || !strings.Contains(string(said), `crm: $CRM_TEST_NOW`) || !strings.Contains(string(said), `"tomorrow"`) {
		t.Errorf("a clock of no time: got %v and %s", err, said)
	}
}
