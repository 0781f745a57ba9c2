package httpapi

import (
	"context"
	"net/http"
	"testing"
	"time"

	"crm/index"
)

// eventually waits until a condition holds, and fails the test if that takes too long.
func (f *fixture) eventually(what string, holds func() bool) {
	f.t.Helper()
	limit := time.After(time.Minute)
	often := time.NewTicker(2 * time.Millisecond)
	defer often.Stop()
	for !holds() {
		select {
		case <-often.C:
		case <-limit:
			f.t.Fatalf("%s: it does not come", what)
		}
	}
}

func TestProbes(t *testing.T) {
	f := newFixture(t)
	f.eventually("the index", f.index.Ready)
	if got := f.sendWith("", "GET", "/livez", nil).want(http.StatusOK); string(got.body) != `{"status":"ok","checks":{}}` {
		t.Errorf("livez: got %s", got.body)
	}
	if got := f.sendWith("", "GET", "/readyz", nil).want(http.StatusOK); string(got.body) != `{"status":"ok","checks":{"store":"ok","schema":"ok","index":"ok"}}` {
		t.Errorf("readyz: got %s", got.body)
	}
}

// Readiness reports the state of the index but does not depend on it: records can be read and written while the index loads or lags.
func TestReadinessTellsTheIndex(t *testing.T) {
	f := newFixture(t)
	f.newCustomer(1).want(http.StatusCreated)
	late := index.New(f.store, t.TempDir(), index.Options{})
	f.api = f.newAPI(func(c *Config) { c.Index = late })
	if got := f.send("GET", "/readyz", nil).want(http.StatusOK); got.str("checks.index") != "loading" || got.str("status") != "ok" {
		t.Errorf("before it runs: got %s", got.body)
	}
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error)
	go func() { stopped <- late.Run(ctx) }()
	f.eventually("the index", late.Ready)
	if got := f.send("GET", "/readyz", nil).want(http.StatusOK); got.str("checks.index") != "ok" {
		t.Errorf("while it runs: got %s", got.body)
	}
	if stop(); <-stopped != nil {
		t.Error("the index ended with an error")
	}
	f.newCustomer(2).want(http.StatusCreated) // which it never learns of
	if got := f.send("GET", "/readyz", nil).want(http.StatusOK); got.str("checks.index") != "behind" {
		t.Errorf("when it has stopped: got %s", got.body)
	}
}

// A store that accepts no writes is not ready, whatever the reason.
func TestNotReady(t *testing.T) {
	f := newFixture(t)
	if err := f.index.Wait(t.Context(), 0); err != nil { // it reads the store when it starts
		t.Fatal(err)
	}
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	got := f.send("GET", "/readyz", nil).want(http.StatusServiceUnavailable)
	if got.str("status") != "unavailable" || got.str("checks.store") != "failing" || got.header.Get("Retry-After") != "5" {
		t.Errorf("got %s, Retry-After %q", got.body, got.header.Get("Retry-After"))
	}
	f.send("GET", "/livez", nil).want(http.StatusOK)
}
