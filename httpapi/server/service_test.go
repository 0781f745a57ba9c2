package server

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"crm/store"
)

// limit is for anything that a test waits for.
const limit = 20 * time.Second

// newService makes a service over an empty folder, whose index runs but which does not listen.
func newService(t *testing.T) *service {
	t.Helper()
	s := &service{Settings: Settings{Data: t.TempDir(), Timezone: "Africa/Casablanca", Region: "MA", Log: slog.New(slog.DiscardHandler)}}
	if s.log = s.Log; s.open() != nil {
		t.Fatal("the folder cannot be opened")
	}
	if err := s.assemble(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	ix := s.index // a test may replace it
	go func() { ended <- ix.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// eventually waits for something to become true.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, limit)
		}
	}
}

// block starts a commit that ends when release is called.
func (s *service) block(t *testing.T) (release func()) {
	t.Helper()
	entered, gate, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_, err := s.store.Update(store.By{}, func(*store.Tx) error { close(entered); <-gate; return nil })
		done <- err
	}()
	<-entered
	release = sync.OnceFunc(func() {
		close(gate)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release) // a test that fails meanwhile ends all the same
	return release
}
