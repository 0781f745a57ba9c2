package index

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"crm/store"
	"crm/store/sample"
)

// shared are the running fixtures that several benchmarks use.
var shared []*fixture

func newShared(o sample.Options) *fixture {
	dir, err := os.MkdirTemp("", "crm-index-test-")
	if err != nil {
		panic(err)
	}
	h := &fixture{t: panicker{}, dir: dir, log: &lines{}}
	shared = append(shared, h)
	if h.store, err = store.Open(dir); err != nil {
		panic(err)
	}
	g := sample.New(o)
	rows := store.Rows{Customers: g.Customers(), Interactions: g.Interactions(), Feedback: g.Feedback(), Segments: slices.Values(g.Segments())}
	if err := h.store.Load(store.By{}, rows, nil); err != nil {
		panic(err)
	}
	h.start()
	h.settled()
	return h
}

// panicker stands for a test where there is none yet.
type panicker struct{ testing.TB }

func (panicker) Helper()                        {}
func (panicker) Error(args ...any)              { panic(fmt.Sprint(args...)) }
func (panicker) Fatal(args ...any)              { panic(fmt.Sprint(args...)) }
func (panicker) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }

func TestMain(m *testing.M) {
	if dir := os.Getenv("CRM_TEST_CRASH"); dir != "" {
		crashingChild(dir)
		return
	}
	code := m.Run()
	for _, h := range shared {
		h.stop()
		_ = h.store.Close()
		_ = os.RemoveAll(h.dir)
	}
	os.Exit(code)
}
