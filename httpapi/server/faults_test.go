package main

import (
	"bytes"
	"context"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crm/httpapi"
	"crm/store"
	"crm/store/storetest"
)

// What several flags have wrong is told in the order in which they are documented, every time.
func TestFlagErrorsInOrder(t *testing.T) {
	s := settings{limits: httpapi.Limits{Customers: -1, Interactions: -1, Feedback: -1}}
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

// Where nothing is measured there is one listener.
func TestListeners(t *testing.T) {
	s := settings{listen: "127.0.0.1:0"}
	api, metrics, err := s.listeners()
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	if metrics != nil {
		t.Errorf("got a second listener, %v", metrics.Addr())
	}
}

// The environment's GOGC is left alone.
func TestGarbageByEnvironment(t *testing.T) {
	before := debug.SetGCPercent(77)
	defer debug.SetGCPercent(before)
	t.Setenv("GOGC", "77")
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
		defer stop()
		boundGarbage(ctx)
		if got := debug.SetGCPercent(77); got != 77 {
			t.Errorf("GOGC=77 became %d", got)
		}
	})
}

// A record that cannot be read is named by the check, the log and doctor, and the service serves the others.
func TestServeWithUnreadable(t *testing.T) {
	dir := seeded(t)
	var id store.ID
	err := looking(dir, func(st *store.Store) error {
		return st.View(func(tx *store.Tx) error {
			for id = range tx.Customers(store.ID{}) {
				break
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Put(t, dir, "customers", id[:], []byte("garbage"))
	if said, _ := failed(t, "check", "--data", dir); !strings.Contains(said, "customer "+id.String()+" cannot be read") {
		t.Errorf("check: got %q", said)
	}
	write(t, indexDir(dir)+"/facets", bytes.Repeat([]byte("x"), 100)) // the next start reads everything
	s := startServe(t, dir)
	s.healthy()
	token := token(t, dir)
	if got := s.send(200, "GET", "/api/v1/status", token, ""); !strings.Contains(got.text("unreadable"), id.String()) {
		t.Errorf("status: got %s", got.text("unreadable"))
	}
	s.send(200, "GET", "/api/v1/customers/", token, "")
	s.send(500, "GET", "/api/v1/customers/"+id.String(), token, "")
	if said, _ := failed(t, "doctor", "--data", dir); !strings.Contains(said, "leaves out 1 record that cannot be read") {
		t.Errorf("doctor: got %q", said)
	}
	s.stop()
	if log := s.log.String(); !strings.Contains(log, id.String()) {
		t.Errorf("log: got %s", log)
	}
	must(t, "", "compact", "--data", dir)
}
