package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"crm/store"
)

// A house is a store and an index that follows it, which can be stopped and started again.
type house struct {
	t     testing.TB
	dir   string
	store *store.Store
	index *Index
	log   *lines
	stop  func()
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), log: &lines{}}
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

func (h *house) folder() string { return filepath.Join(h.dir, "index", "bleve") }

func (h *house) start() {
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
func (h *house) create(name, email, phone string) store.ID {
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

func (h *house) fill(n int) {
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
func (h *house) search(text string) int {
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
func (h *house) settled() {
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

func TestSearchBeforeAndAfterBleveHasIt(t *testing.T) {
	h := newHouse(t)
	h.fill(2500)
	before := h.search("number123")
	h.settled()
	if after := h.search("number123"); after != before || after != 11 {
		t.Errorf("before Bleve had it: %d, after: %d, want 11", before, after)
	}
}

func TestRestartResumes(t *testing.T) {
	h := newHouse(t)
	h.fill(1500)
	h.settled()
	h.stop()
	h.create("Late Comer", "late@example.com", "0612345678")
	h.start()
	if got := h.search("late comer"); got != 1 {
		t.Errorf("a customer created while the index was down: found %d, want 1", got)
	}
	h.settled()
	if strings.Contains(h.log.String(), "rebuilt") {
		t.Errorf("a clean restart rebuilt the index:\n%s", h.log)
	}
}

func TestUpdatedTextIsFoundAndOldIsNot(t *testing.T) {
	h := newHouse(t)
	id := h.create("Before Change", "x@example.com", "0612345678")
	h.settled()
	_, err := h.store.Update(store.By{}, func(tx *store.Tx) error {
		_, err := tx.UpdateCustomer(id, func(c *store.Customer) store.Invalid { c.FullName = new("Afterwards Different"); return nil })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, settled := range []bool{false, true} {
		if settled {
			h.settled()
		}
		if got := h.search("afterwards"); got != 1 {
			t.Errorf("settled %v: new name found %d times, want 1", settled, got)
		}
		if got := h.search("before change"); got != 0 {
			t.Errorf("settled %v: old name found %d times, want 0", settled, got)
		}
	}
}

// TestDamage truncates, flips and deletes each file of the index between two runs.
func TestDamage(t *testing.T) {
	damages := map[string]func(t *testing.T, path string){
		"truncated to half": func(t *testing.T, path string) { truncate(t, path, 2) },
		"emptied":           func(t *testing.T, path string) { truncate(t, path, 0) },
		"deleted": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"flipped": flip,
	}
	h := newHouse(t)
	h.fill(600)
	h.settled()
	h.stop()
	h.start()
	h.create("Nadia Number12", "nadia@example.com", "0611111111") // in a segment of its own
	h.settled()
	want := h.search("number12")
	h.stop()
	dir, whole := filepath.Join(h.dir, "index"), t.TempDir()
	if err := os.CopyFS(whole, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	files := filesIn(t, whole)
	if len(files) < 4 {
		t.Fatalf("got files %q, want the facets, the root and two segments", files)
	}
	for name, damage := range damages {
		for _, file := range files {
			t.Run(name+" "+file, func(t *testing.T) {
				if err := errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(whole))); err != nil {
					t.Fatal(err)
				}
				damage(t, filepath.Join(dir, file))
				h.start()
				if got := h.search("number12"); got != want {
					t.Errorf("found %d, want %d", got, want)
				}
				h.settled()
				if got := h.search("number12"); got != want {
					t.Errorf("rebuilt: found %d, want %d", got, want)
				}
				if problems := h.check(); problems != nil {
					t.Errorf("check finds %q", problems)
				}
			})
		}
	}
	h.start() // the test's end stops it
}

// filesIn is the paths of all files below a folder.
func filesIn(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func truncate(t *testing.T, path string, part int64) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	if part > 0 {
		size = info.Size() / part
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

func flip(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, uint64(len(raw))))
	for range 1 + len(raw)/1000 {
		raw[random.IntN(len(raw))] ^= 1 << random.IntN(8)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A numbered is a row that each can decode.
type numbered int

func (n *numbered) Decode(_ store.ID, raw []byte) error { return json.Unmarshal(raw, n) }

// TestEachKeepsOrderAndErrors decodes more rows than are in flight, and rows that are no JSON.
func TestEachKeepsOrderAndErrors(t *testing.T) {
	rows := func(bad int) func(func(store.ID, []byte) bool) {
		return func(yield func(store.ID, []byte) bool) {
			for n := range 50_000 {
				raw := fmt.Appendf(nil, "%d", n)
				if n == bad {
					raw = []byte("x")
				}
				if !yield(store.ID{}, raw) {
					return
				}
			}
		}
	}
	for _, bad := range []int{-1, 30_000} {
		next, wrong := numbered(0), 0
		err := decodeRows(rows(bad), func(n *numbered) {
			if next == numbered(bad) {
				next++
			}
			if *n != next {
				t.Fatalf("got %d, want %d", *n, next)
			}
			next++
		}, func(error) { wrong++ })
		if err != nil || next != 50_000 || wrong != min(1, 1+bad) {
			t.Errorf("row %d is bad: %d rows, %d left out, error %v", bad, next, wrong, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic of put was lost")
		}
	}()
	_ = decodeRows(rows(-1), func(*numbered) { panic("put") }, func(error) {})
}
