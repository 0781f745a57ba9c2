package server

import (
	"context"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

// Where nothing is measured there is one listener.
func TestListeners(t *testing.T) {
	s := Settings{Listen: "127.0.0.1:0"}
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
		limitGarbage(ctx)
		if got := debug.SetGCPercent(77); got != 77 {
			t.Errorf("GOGC=77 became %d", got)
		}
	})
}
