package index

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"crm/store"
)

// A fixture is a store and an index that follows it, which can be stopped and started again.
type fixture struct {
	t     testing.TB
	dir   string
	store *store.Store
	index *Index
	log   *lines
	stop  func()
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	h := &fixture{t: t, dir: t.TempDir(), log: &lines{}}
	st, err := store.Open(h.dir)
	if err != nil {
		t.Fatal(err)
	}
	h.store = st
	t.Cleanup(func() {
		if h.stop != nil {
			h.stop()
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	h.start()
	return h
}

// lines collects what the index logs.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (h *fixture) folder() string { return filepath.Join(h.dir, "index", "bleve") }

func (h *fixture) start() {
	h.t.Helper()
	h.index = New(h.store, filepath.Join(h.dir, "index"), Options{Settle: 50 * time.Millisecond, Log: slog.New(slog.NewTextHandler(h.log, nil))})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.index.Run(ctx) }()
	h.stop = func() {
		h.stop = nil
		cancel()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	}
}

// create stores a customer and returns its id.
func (h *fixture) create(name, email, phone string) store.ID {
	h.t.Helper()
	c := store.Customer{FullName: &name, ContactType: "Individual", Email: email, Phone: phone}
	_, err := h.store.Update(store.By{}, func(tx *store.Tx) error {
		_, err := tx.CreateCustomer(&c, nil)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return c.ID
}

func (h *fixture) fill(n int) {
	h.t.Helper()
	_, err := h.store.Update(store.By{}, func(tx *store.Tx) error {
		for i := range n {
			c := store.Customer{FullName: new(fmt.Sprintf("Person Number%d", i)), ContactType: "Individual", Email: fmt.Sprintf("p%d@example.com", i), Phone: fmt.Sprintf("06%08d", i)}
			if _, err := tx.CreateCustomer(&c, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// search waits for the index and returns the total for a text.
func (h *fixture) search(text string) int {
	h.t.Helper()
	if err := h.index.Wait(context.Background(), h.store.Seq()); err != nil {
		h.t.Fatal(err)
	}
	page, err := h.index.Customers(CustomerQuery{Text: text, Slice: Slice{Limit: 20}})
	if err != nil {
		h.t.Fatal(err)
	}
	return page.Total
}

// settled waits until Bleve has everything.
func (h *fixture) settled() {
	h.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if lag, _, ok := h.index.Lag(); ok && lag == 0 {
			return
		}
		if time.Now().After(deadline) {
			lag, total, ok := h.index.Lag()
			h.t.Fatalf("index has not settled: lag %d of %d, loaded %v; log:\n%s", lag, total, ok, h.log)
		}
	}
}
