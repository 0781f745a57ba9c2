package search

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
	"crm/store"
)

// A directory is customers in memory and an Engine that serves them, which can be stopped and started again.
type directory struct {
	t      testing.TB
	dir    string
	log    lines
	engine *Engine
	stop   func()

	mu      sync.RWMutex
	ids     []store.ID
	texts   column.Texts
	changed []uint32 // by sequence - 1: the row that changed
}

func newDirectory(t testing.TB, dir string) *directory {
	d := &directory{t: t, dir: dir}
	d.engine = New(dir, d.source(), Options{Settle: 50 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&d.log, nil))})
	return d
}

func (d *directory) source() Source {
	return Source{
		Database: store.ID{1}, Rows: d.rows, Row: d.row, Documents: d.documents, Applied: d.seq, Seq: d.seq,
		ChangedSince: func(seq uint64) (*roaring.Bitmap, error) {
			d.mu.RLock()
			defer d.mu.RUnlock()
			return roaring.BitmapOf(d.changed[seq:]...), nil
		},
	}
}

func (d *directory) rows() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.ids)
}

func (d *directory) seq() uint64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return uint64(len(d.changed))
}

// row reads the row from the id, which put has written into it.
func (d *directory) row(id store.ID) (uint32, bool) {
	row := uint32(id[0])<<16 | uint32(id[1])<<8 | uint32(id[2])
	return row, int(row) < d.rows()
}

func (d *directory) documents(rows []uint32) []Document {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := make([]Document, len(rows))
	for i, row := range rows {
		list[i] = Document{d.ids[row], bytes.Clone(d.texts.Get(row))}
	}
	return list
}

func (d *directory) all() *roaring.Bitmap { return column.UpTo(d.rows()) }

// put adds a customer and returns its row.
func (d *directory) put(c *store.Customer) uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	row := uint32(len(d.ids))
	d.ids = append(d.ids, store.ID{byte(row >> 16), byte(row >> 8), byte(row), 15: 1})
	d.set(row, c)
	return row
}

// replace gives a row another customer.
func (d *directory) replace(row uint32, c *store.Customer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.set(row, c)
}

func (d *directory) set(row uint32, c *store.Customer) {
	d.texts.Put(row, AppendText(nil, c, home))
	d.changed = append(d.changed, row)
	d.engine.Changed(row)
}

func person(name string) *store.Customer {
	return &store.Customer{FullName: &name, Email: strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@example.com", Phone: "0612345678"}
}

func (d *directory) fill(n int) {
	for i := range n {
		d.put(person(fmt.Sprintf("Person Number%d", i)))
	}
}

// start runs the engine as a new process would: it knows the customers and nothing else.
func (d *directory) start() {
	d.engine = New(d.dir, d.source(), d.engine.opts)
	d.engine.Reset(d.rows())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); d.engine.Run(ctx) }()
	d.stop = func() { cancel(); <-done }
}

// find returns how many customers answer a query.
func (d *directory) find(text string) (n int) {
	d.t.Helper()
	q, err := ParseQuery(text, home)
	if err != nil {
		d.t.Fatal(err)
	}
	within := d.all()
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, rows := range d.engine.Find(&q, &d.texts, within) {
		n += int(rows.GetCardinality())
	}
	return n
}

// settled waits until Bleve has everything.
func (d *directory) settled() {
	d.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); d.engine.Lag() > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("the index lacks %d of %d customers; log:\n%s", d.engine.Lag(), d.rows(), d.log.String())
		}
	}
}

// lines collects what the engine logs.
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

// panicker stands for a test where there is none yet.
type panicker struct{ testing.TB }

func (panicker) Helper()                        {}
func (panicker) Fatal(args ...any)              { panic(fmt.Sprint(args...)) }
func (panicker) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }

// shared are the running directories that many tests use.
var shared []*directory

func TestMain(m *testing.M) {
	code := m.Run()
	for _, d := range shared {
		d.stop()
		_ = os.RemoveAll(d.dir)
	}
	os.Exit(code)
}

// A stopped engine goes on with what its index has, and writes only what changed meanwhile.
func TestRestartResumes(t *testing.T) {
	d := newDirectory(t, t.TempDir())
	d.fill(1500)
	d.start()
	d.settled()
	d.stop()
	d.replace(7, person("Somebody Else"))
	late := d.put(person("Late Comer"))
	d.start()
	defer func() { d.stop() }()
	if got := d.find("late comer"); got != 1 {
		t.Errorf("a customer who was created meanwhile: found %d, want 1", got)
	}
	d.settled()
	if strings.Contains(d.log.String(), "rebuilt") {
		t.Errorf("a clean restart rebuilt the index:\n%s", d.log.String())
	}
	if covered := d.engine.snapshot.covered(); covered.GetCardinality() != 1501 || !covered.Contains(late) {
		t.Errorf("the index has %d rows, the late one: %v; want 1501", covered.GetCardinality(), covered.Contains(late))
	}
	if got := d.find("somebody else"); got != 1 {
		t.Errorf("a customer who changed meanwhile: found %d, want 1", got)
	}
	if got := d.find("number7"); got != 110 { // 7, 70 to 79, 700 to 799, less the one that changed
		t.Errorf("found %d, want 110", got)
	}
}

// Customers are found while others are put and replaced, and Bleve writes and merges.
func TestFindWhileWriting(t *testing.T) {
	d := newDirectory(t, t.TempDir())
	d.fill(500)
	d.start()
	defer func() { d.stop() }()
	for n := range 500 {
		row := d.put(person(fmt.Sprintf("Mounir Fresh%dx", n)))
		if got := d.find(fmt.Sprintf("fresh%dx", n)); got != 1 {
			t.Fatalf("new customer %d: found %d times", n, got)
		}
		if n%3 == 0 {
			d.replace(row, person(fmt.Sprintf("Mounir Replaced%dx", n)))
			if got := d.find(fmt.Sprintf("fresh%dx", n)); got != 0 {
				t.Fatalf("replaced customer %d: found %d times by the old name", n, got)
			}
		}
		if n%100 == 0 {
			d.settled()
		}
	}
}

// An index of another database, or of a later change than the log has, is built again.
func TestIndexOfOtherData(t *testing.T) {
	dir := t.TempDir()
	d := newDirectory(t, dir)
	d.fill(20)
	d.start()
	d.settled()
	d.stop()
	other := newDirectory(t, dir)
	other.put(person("Only One"))
	other.start()
	defer func() { other.stop() }()
	if got := other.find("number7"); got != 0 {
		t.Errorf("found %d of the other database", got)
	}
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(other.log.String(), "rebuilt"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not rebuilt:\n%s", other.log.String())
		}
	}
	other.settled()
	if got := other.find("only one"); got != 1 {
		t.Errorf("found %d, want 1", got)
	}
}

// One bit of the root may say which documents were deleted, where neither Bleve nor its engine would notice.
func TestOneBitOfTheRoot(t *testing.T) {
	d := newDirectory(t, t.TempDir())
	d.fill(300)
	d.start()
	d.settled()
	d.stop()
	root := filepath.Join(d.dir, rootFile)
	raw, err := os.ReadFile(root)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(2, 2))
	for range 100 {
		at, bit := random.IntN(len(raw)), byte(1)<<random.IntN(8)
		raw[at] ^= bit
		if err := os.WriteFile(root, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := verify(d.dir); err == nil {
			t.Errorf("bit %x of byte %d is flipped and nobody notices", bit, at)
		}
		raw[at] ^= bit
	}
	if err := os.WriteFile(root, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := verify(d.dir); err != nil {
		t.Errorf("whole: %v", err)
	}
	d.start()
	d.settled()
	if _, err := os.Stat(filepath.Join(d.dir, sumFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the root changes now, and a start after a crash would compare it with the old checksum: %v", err)
	}
	d.stop()
}
