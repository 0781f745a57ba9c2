package httpapi

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A slow client makes the handler wait, which then closes the store: that waits for every open transaction.
type slow struct {
	http.ResponseWriter
	io.Reader
	wait func()
}

func (s slow) Write(b []byte) (int, error) { s.wait(); return s.ResponseWriter.Write(b) }
func (s slow) Read(b []byte) (int, error)  { s.wait(); return s.Reader.Read(b) }
func (s slow) Close() error                { return nil }

// However long a client takes for its body or its answer, no transaction waits for it.
func TestSlowClientsHoldNoTransaction(t *testing.T) {
	t.Parallel()
	for i := range routes {
		rt := &routes[i]
		if strings.HasPrefix(rt.path, "//") {
			continue
		}
		for _, what := range []string{"answer", "body"} {
			if what == "body" && !rt.body {
				continue
			}
			t.Run(rt.method+rt.path+" "+what, func(t *testing.T) {
				f := newFixture(t)
				path := f.fill(rt.full())
				s := slow{httptest.NewRecorder(), strings.NewReader("{}"), f.wantNoTransaction}
				r := f.request(rt.method, path, changed(marked(), map[string]any{"customer_id": f.storeCustomer(nil)}), "Idempotency-Key", "k")
				if what == "body" {
					r.Body = s
				}
				f.api.ServeHTTP(s, r)
			})
		}
	}
}

func (f *fixture) wantNoTransaction() {
	f.t.Helper()
	if err := f.index.Wait(f.t.Context(), f.store.Seq()); err != nil { // it would miss the store
		f.t.Error(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- f.store.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			f.t.Error(err)
		}
	case <-time.After(time.Minute):
		f.t.Error("a transaction is open while the client is slow")
	}
}

// fill puts a record of the right kind into a route's path.
func (f *fixture) fill(path string) string {
	f.t.Helper()
	make := map[string]func() string{
		"{customer_id}":    func() string { return f.storeCustomer(nil) },
		"{interaction_id}": func() string { return f.logInteraction(f.storeCustomer(nil), nil) },
		"{feedback_id}":    func() string { return f.giveFeedback(f.storeCustomer(nil), nil) },
		"{segment_id}":     func() string { return f.makeSegment("VIPs", only("tags", "VIP")) },
		"{user_id}":        func() string { return f.addStaff("fatima@example.com", "agent") },
	}
	for name, id := range make {
		if before, after, found := strings.Cut(path, name); found {
			path = before + id() + after
		}
	}
	return path
}
