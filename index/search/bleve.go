package search

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
)

// A bleveIndex is Bleve's index on disk. It writes documents and reads postings, and does not use Bleve's queries.
type bleveIndex struct {
	index  index.Index
	queue  *index.AnalysisQueue
	failed chan error // gets the first error of Bleve's own goroutines
	path   string
	reads  bool // opened for reading only
}

// openBleve opens the index in path, for reading only where reads is set. Otherwise it creates an index that does not exist. A damaged
// index can make Bleve panic; openBleve returns the panic as an error.
func openBleve(path string, reads bool) (b *bleveIndex, err error) {
	defer recovered(&err)
	b = &bleveIndex{queue: index.NewAnalysisQueue(2), failed: make(chan error, 1), path: path, reads: reads}
	failures.Store(path, b.failed)
	if !reads {
		_ = os.Remove(filepath.Join(path, sumFile)) // if that fails, the next start rebuilds the index without need
	}
	b.index, err = scorch.NewScorch(scorch.Name, map[string]any{
		"path": path, "unsafe_batch": true, "bolt_timeout": "1s", "numSnapshotsToKeep": 1,
		"asyncErrorCallbackName": callbackName, "read_only": reads,
	}, b.queue)
	if err != nil {
		return nil, err
	}
	if err := b.index.Open(); err != nil {
		b.queue.Close()
		return nil, fmt.Errorf("open search index: %w", err)
	}
	return b, nil
}

// close closes the index. It gives up after a while: a goroutine of Bleve that panicked may have left the root file locked. Bleve
// then keeps its files open until the process ends, and the index is built again in new files.
func (b *bleveIndex) close() error {
	failures.Delete(b.path)
	closed := make(chan error, 1)
	go func() {
		var err error
		defer func() { closed <- err }()
		defer recovered(&err)
		err = b.index.Close()
		b.queue.Close()
		if err == nil && !b.reads {
			err = seal(b.path)
		}
	}()
	select {
	case err := <-closed:
		return err
	case <-time.After(flushWait):
		return errors.New("search index does not close")
	}
}

// recovered sets err to a panic of Bleve. It is deferred.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("search index panicked: %v", v)
	}
}

const callbackName = "crm"

// failures has by the path of each open index the channel for the errors of Bleve's goroutines.
var failures sync.Map

func init() {
	scorch.RegistryAsyncErrorCallbacks[callbackName] = func(err error, path string) {
		if failed, ok := failures.Load(path); ok {
			select {
			case failed.(chan error) <- err:
			default:
			}
		}
	}
}

// write indexes documents in one batch, and stores a state with them unless it is nil.
func (b *bleveIndex) write(documents []Document, state *state) (err error) {
	defer recovered(&err)
	batch := index.NewBatch()
	for _, d := range documents {
		doc := document.NewDocument(string(d.ID[:]))
		doc.AddField(&termsField{text: d.Text})
		batch.Update(doc)
	}
	if state != nil {
		batch.SetInternal(stateKey, state.encode())
	}
	return b.index.Batch(batch)
}

// flush waits until everything that was written is in files, but not for ever. The next start writes the rest again.
func (b *bleveIndex) flush() (err error) {
	defer recovered(&err)
	persisted := make(chan error, 1)
	batch := index.NewBatch()
	batch.SetInternal([]byte("flushed"), []byte(time.Now().UTC().Format(time.RFC3339)))
	batch.SetPersistedCallback(func(err error) { persisted <- err })
	if err := b.index.Batch(batch); err != nil {
		return err
	}
	select {
	case err := <-persisted:
		return err
	case <-time.After(flushWait):
		return nil
	}
}

// flushWait bounds how long a stop waits for Bleve to write and close its files.
const flushWait = 10 * time.Second
