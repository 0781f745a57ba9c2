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

// A bleveIndex is Bleve's index on disk, without its query layer: documents in, postings out.
type bleveIndex struct {
	index  index.Index
	queue  *index.AnalysisQueue
	failed chan error // what Bleve's own goroutines met; holds the first
	path   string
	reads  bool // only
}

// openBleve opens or makes the index in path, or opens it for reading alone. A damaged one can make Bleve panic; that becomes an error.
func openBleve(path string, reads bool) (b *bleveIndex, err error) {
	defer recovered(&err)
	b = &bleveIndex{queue: index.NewAnalysisQueue(2), failed: make(chan error, 1), path: path, reads: reads}
	failures.Store(path, b.failed)
	if !reads {
		_ = os.Remove(filepath.Join(path, sumFile)) // where that fails, the index is made anew once too often
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

// close returns after a while even if Bleve does not: one of its goroutines that panicked may have left its root file
// locked. What it holds then stays until the process ends, in files that are made anew.
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

// recovered turns a panic of Bleve into an error.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("search index panicked: %v", v)
	}
}

const callbackName = "crm"

// failures leads from an index's path to the channel that wants to know of its asynchronous errors.
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

// write indexes texts in one batch. A state that is not nil is stored with them.
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

// flush returns when all that was written is in files, or after a while: what is not will be written again.
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

// flushWait bounds how long a stop waits for Bleve's files.
const flushWait = 10 * time.Second
