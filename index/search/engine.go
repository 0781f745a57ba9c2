package search

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
	"crm/store"
)

// A Source is the customers that an Engine makes searchable. Its functions are safe for concurrent use. The Engine calls none of
// them while it holds its own lock, so they may take the lock under which Changed and Find are called.
type Source struct {
	Database     store.ID   // stored in Bleve's index: an index of another database is not used
	Phones       string     // names the rules by which the phone numbers in the texts were read: an index by other rules is not used
	Rows         func() int // the number of customers
	Row          func(id store.ID) (row uint32, known bool)
	Documents    func(rows []uint32) []Document            // the customers of these rows as they are now
	Applied      func() uint64                             // the sequence of the newest change that Documents include
	Seq          func() uint64                             // the log's newest sequence
	ChangedSince func(seq uint64) (*roaring.Bitmap, error) // the rows of the customers that the log names after a sequence
}

// A Document is what Bleve indexes of a customer.
type Document struct {
	ID   store.ID
	Text []byte // made by AppendText; the Engine keeps it
}

// Options are the settings of an Engine. The zero value has defaults.
type Options struct {
	Settle time.Duration // how long changes gather before they are written to Bleve's index; 2 s
	CPUs   int           // how many CPUs write to it at the same time; 1
	Log    *slog.Logger  // discards when nil
}

// An Engine answers queries with the help of a Bleve index, which it keeps up to date. Its methods are safe for concurrent use.
type Engine struct {
	dir    string
	source Source
	opts   Options
	log    *slog.Logger
	wake   chan struct{} // tells Run that rows are pending

	mu       sync.RWMutex    // guards everything below
	snapshot *snapshot       // nil while there is no usable index
	pending  *roaring.Bitmap // rows whose text the snapshot does not have
	writing  *roaring.Bitmap // rows that are being written to the index
	recent   *roaring.Bitmap // rows that changed while there was no snapshot
	damaged  chan error      // tells Run that a search found the snapshot damaged
}

// New returns an engine with Bleve's files in dir. Until Run has opened them, every customer is a candidate of every query.
func New(dir string, source Source, o Options) *Engine {
	if o.Settle == 0 {
		o.Settle = 2 * time.Second
	}
	if o.CPUs == 0 {
		o.CPUs = 1
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{
		dir: dir, source: source, opts: o, log: o.Log, wake: make(chan struct{}, 1),
		pending: roaring.New(), writing: roaring.New(), recent: roaring.New(), damaged: make(chan error, 1),
	}
}

// Reset tells the engine that the source has n rows and that any of them may have changed. Run must not be running.
func (e *Engine) Reset(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pending = column.UpTo(n)
}

// Changed tells the engine that a row is new or has another text than before.
func (e *Engine) Changed(row uint32) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pending.Add(row)
	if e.snapshot == nil {
		e.recent.Add(row)
	}
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Lag returns how many customers Bleve's index does not have yet. Searches find them by scanning.
func (e *Engine) Lag() int {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return int(e.pending.GetCardinality() + e.writing.GetCardinality())
}

// Run keeps Bleve's index up to date until ctx ends. It removes an index that fails, and builds it again.
func (e *Engine) Run(ctx context.Context) {
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, time.Minute) {
		started := time.Now()
		err := e.serve(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil { // what was not written is written at the next start
			e.log.Warn("search index was not closed cleanly", "err", err)
			return
		}
		e.log.Warn("search index is rebuilt; searches are answered by scanning meanwhile", "cause", err)
		if err := os.RemoveAll(e.dir); err != nil {
			e.log.Error("search index cannot be removed", "dir", e.dir, "err", err)
		}
		if time.Since(started) > time.Minute {
			wait = time.Second
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait / 10):
		}
	}
}

// serve opens Bleve's index and keeps it up to date. It returns nil when ctx ends, and otherwise why the index cannot be used.
func (e *Engine) serve(ctx context.Context) (err error) {
	if err := prepare(e.dir); err != nil {
		return err
	}
	_, err = os.Stat(filepath.Join(e.dir, rootFile))
	fresh := errors.Is(err, os.ErrNotExist)
	b, err := openBleve(e.dir, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	defer e.release()
	if err := e.resume(b, fresh); err != nil {
		return err
	}
	return e.keepWriting(ctx, b)
}

// release closes the snapshot. From now on every row is a candidate.
func (e *Engine) release() {
	rows := column.UpTo(e.source.Rows())
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.snapshot != nil {
		e.snapshot.reader.Close()
		e.snapshot = nil
	}
	e.pending.Or(rows) // which has the rows that came since Rows
	e.writing, e.recent = roaring.New(), roaring.New()
	e.damaged = make(chan error, 1) // reports about this snapshot must not reach the next one
}

// resume takes the first snapshot. Pending are the rows that it lacks, and those that changed after it was written. An index
// that is not fresh must say what it has.
func (e *Engine) resume(b *bleveIndex, fresh bool) (err error) {
	s, err := newSnapshot(b, nil, e.source.Row)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil { // otherwise the files of the index stay mapped
			err = errors.Join(err, s.reader.Close())
		}
	}()
	has, err := s.state()
	if err != nil || !has.is(&e.source) {
		if !fresh {
			return errStale
		}
		has = state{e.source.Database, e.source.Applied(), e.source.Phones}
		if err := b.write(nil, &has); err != nil {
			return err
		}
	}
	changed, err := e.source.ChangedSince(has.cursor)
	if err != nil {
		return err
	}
	changed.Or(roaring.AndNot(column.UpTo(e.source.Rows()), s.covered()))
	e.mu.Lock()
	defer e.mu.Unlock()
	changed.Or(e.recent)
	e.pending, e.snapshot = changed, s
	return nil
}
