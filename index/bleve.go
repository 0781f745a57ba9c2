package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"

	"crm/store"
)

// Bleve's documents have one field, whose terms are the text's grams and, behind wordMarker, the words of its
// names: the vocabulary for typos. A document's id is the 16 bytes of the customer's.
const (
	fieldTerms = "t"
	wordMarker = "\x02"
)

// mappingVersion changes whenever a document would have other terms for the same customer.
const mappingVersion = 1

// A bleveIndex is Bleve's index on disk, without its query layer: documents in, postings out.
type bleveIndex struct {
	index  index.Index
	queue  *index.AnalysisQueue
	failed chan error // what Bleve's own goroutines met; holds the first
	path   string
	reads  bool // only
}

// errStale is the reason to make something anew that belongs to another database, mapping or future.
var errStale = errors.New("index belongs to other data")

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
func (b *bleveIndex) write(texts []text, state *state) (err error) {
	defer recovered(&err)
	batch := index.NewBatch()
	for _, t := range texts {
		doc := document.NewDocument(string(t.id[:]))
		doc.AddField(&termsField{text: t.text})
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

// A termsField gives Bleve the terms that our own code finds in a text. It stands where Bleve's text fields and their
// analysers do, which would make an object of each term.
type termsField struct {
	text  []byte
	terms index.TokenFrequencies
}

// once is the frequency of every term: nothing is scored.
var once = func() *index.TokenFreq {
	f := new(index.TokenFreq)
	f.SetFrequency(1)
	return f
}()

func (f *termsField) Analyze() {
	terms := appendGrams(make([][]byte, 0, 96), f.text)
	f.terms = make(index.TokenFrequencies, len(terms))
	for _, term := range terms {
		f.terms[string(term)] = once
	}
	eachWord(f.text, func(word []byte) bool {
		f.terms[wordMarker+string(word)] = once
		return true
	})
}

func (f *termsField) Name() string             { return fieldTerms }
func (f *termsField) Value() []byte            { return nil }
func (f *termsField) ArrayPositions() []uint64 { return nil }
func (f *termsField) EncodedFieldType() byte   { return 't' } // text

// Options leave out all that only scores, snippets and sorting need.
func (f *termsField) Options() index.FieldIndexingOptions {
	return index.IndexField | index.SkipFreqNorm
}

func (f *termsField) AnalyzedLength() int                              { return len(f.terms) }
func (f *termsField) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.terms }
func (f *termsField) NumPlainTextBytes() uint64                        { return uint64(len(f.text)) }
func (f *termsField) Size() int                                        { return len(f.text) }

// A state says what an index holds: every customer in it is at least as new as the log's sequence cursor.
type state struct {
	database store.ID
	cursor   uint64
}

var stateKey = []byte("crm")

func (s *state) encode() []byte {
	raw := binary.BigEndian.AppendUint32(nil, mappingVersion)
	raw = append(raw, s.database[:]...)
	raw = binary.BigEndian.AppendUint64(raw, s.cursor)
	return binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw))
}

// decodeState returns errStale for what is damaged, or written for another mapping.
func decodeState(raw []byte) (s state, err error) {
	const size = 4 + 16 + 8 + 4
	if len(raw) != size || crc32.ChecksumIEEE(raw[:size-4]) != binary.BigEndian.Uint32(raw[size-4:]) ||
		binary.BigEndian.Uint32(raw) != mappingVersion {
		return s, errStale
	}
	return state{store.ID(raw[4:20]), binary.BigEndian.Uint64(raw[20:28])}, nil
}
