package metrics

import (
	"errors"
	"testing"
)

// Counting a request allocates no memory, and costs nothing if nothing is measured.
func TestObserveCostsLittle(t *testing.T) {
	route := New("test").Route("GET", "/customers")
	route.Observe(200, 1)
	if n := testing.AllocsPerRun(100, func() { route.Observe(200, 1) }); n > 0 {
		t.Errorf("got %v allocations a request, want none", n)
	}
	if n := testing.AllocsPerRun(100, func() { (*Route)(nil).Observe(200, 1) }); n > 0 {
		t.Errorf("without metrics: got %v allocations, want none", n)
	}
}

func TestGaugesOfOneAPI(t *testing.T) {
	m := New("test")
	read := func() ([]Gauge, error) { return nil, nil }
	if err := errors.Join(m.ReadGauges(read), m.ReadGauges(read)); !errors.Is(err, ErrGauges) {
		t.Errorf("got %v, want %v", err, ErrGauges)
	}
}

func BenchmarkObserve(b *testing.B) {
	route := New("test").Route("GET", "/customers")
	for b.Loop() {
		route.Observe(200, 300_000)
	}
}
