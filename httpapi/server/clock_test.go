package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"crm/httpapi/crmtest"
	"crm/store"
)

// TestClockOfTests runs the program at another time: whatever has a date follows, and the service warns of it.
func TestClockOfTests(t *testing.T) {
	t.Parallel()
	const day = "2031-02-03T"
	crmtest.Binary(t)
	ctx, stop := context.WithTimeout(t.Context(), 2*crmtest.Limit)
	defer stop()
	dir := filepath.Join(t.TempDir(), "data")
	at := func(args ...string) (said string, err error) {
		cmd := crmtest.Program(ctx, t, append(args, "--data", dir)...)
		cmd.Env = append(cmd.Env, store.ClockVariable+"="+day+"04:05:06Z")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	cmd := crmtest.Program(ctx, t, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	cmd.Env = append(cmd.Env, store.ClockVariable+"="+day+"04:05:06Z")
	var log bytes.Buffer
	cmd.Stderr = &log
	s := crmtest.Begin(t, cmd)
	s.Healthy()
	token, err := at("token", "--subject", crmtest.Someone, "--permission", "*:*:*")
	if err != nil {
		t.Fatalf("token: %v %s", err, token)
	}
	made := s.Send(201, "POST", "/api/v1/customers/", strings.TrimSpace(token), crmtest.Customer(1))
	if got := made.Text("created_at"); !strings.HasPrefix(got, day) {
		t.Errorf("created at %s, want %s", got, day)
	}
	copied, err := at("backup")
	file := regexp.MustCompile(`\S+/crm-20310203T\S+\.crmbackup`).FindString(copied)
	if err != nil || file == "" {
		t.Errorf("backup: %v %s", err, copied)
	}
	crmtest.Terminate(t, cmd)
	if strings.Count(log.String(), "the clock is set for tests") != 1 || !strings.Contains(log.String(), store.ClockVariable) {
		t.Errorf("the log has no warning, or several:\n%s", &log)
	}
	for _, test := range [][]string{{"The last verified backup is of " + day, "doctor"}, {"before-restore-20310203T", "restore", file}} {
		if said, _ := at(test[1:]...); !strings.Contains(said, test[0]) || strings.Contains(said, "Set the machine's clock") {
			t.Errorf("%s: want %q, got\n%s", test[1], test[0], said)
		}
	}
	bad := crmtest.Program(ctx, t, "version")
	bad.Env = append(bad.Env, store.ClockVariable+"=tomorrow")
	if said, err := bad.CombinedOutput(); err == nil || !strings.Contains(string(said), `crm: $CRM_TEST_NOW`) || !strings.Contains(string(said), `"tomorrow"`) {
		t.Errorf("a clock of no time: got %v and %s", err, said)
	}
}

// The clock of the machine is set back by an hour while the service is stopped: what is created then comes later all the same.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	st, err := store.Open(dir, store.WithClock(func() time.Time { return store.Now().Add(time.Hour) }))
	if err != nil {
		t.Fatal(err)
	}
	_, err = st.Update(store.By{}, func(tx *store.Tx) error {
		_, err := tx.CreateCustomer(&store.Customer{ContactType: "Individual", Email: "before@example.com", Phone: "0612345678"}, nil)
		return err
	})
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	s := crmtest.Serve(t, dir)
	s.Healthy()
	admin := crmtest.Token(t, dir)
	newest := func() (c struct {
		ID        string    `json:"id"`
		CreatedAt time.Time `json:"created_at"`
	}) {
		var page struct{ Items []json.RawMessage }
		if err := json.Unmarshal([]byte(s.Send(200, "GET", "/api/v1/customers/?size=1&is_active=all", admin, "").Body), &page); err != nil || len(page.Items) != 1 {
			t.Fatalf("got %v, %v", page, err)
		}
		if err := json.Unmarshal(page.Items[0], &c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	before := newest()
	for n := range 3 {
		made := s.Send(201, "POST", "/api/v1/customers/", admin, crmtest.Customer(n))
		now := newest()
		if now.ID != made.Text("id") || now.CreatedAt.Before(before.CreatedAt) || now.ID <= before.ID {
			t.Errorf("newest is %+v after creating %s, before it was %+v", now, made.Body, before)
		}
		before = now
	}
}
