package search

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
)

// Matches are the rows that answer a query, those that answer it best first.
type Matches [tierCount]*roaring.Bitmap

func (m *Matches) isEmpty() bool {
	for _, rows := range m {
		if !rows.IsEmpty() {
			return false
		}
	}
	return true
}

// Find returns the rows of within that answer a query. Where no row does, it returns those that do when words may have typos.
// The caller has the texts of all rows, which must not change meanwhile, and has called Changed for each that changed before.
func (e *Engine) Find(q *Query, texts *column.Texts, within *roaring.Bitmap) Matches {
	found := match(e.candidates(q, false, texts.Len(), within), texts, q, (*matcher).match)
	if !found.isEmpty() || !q.mayHaveTypos() {
		return found
	}
	return match(e.candidates(q, true, texts.Len(), within), texts, q, (*matcher).matchTypos)
}

// match asks matches about the text of every candidate, on all CPUs. It frees the candidates.
func match(candidates column.Bits, texts *column.Texts, q *Query, matches func(m *matcher, text []byte) (tier, bool)) (found Matches) {
	defer candidates.Free()
	var sets [tierCount]column.Bits
	for t := range sets {
		sets[t] = column.NewBits(64 * len(candidates))
		defer sets[t].Free()
	}
	err := inShares(len(candidates), func(from, to int) {
		m := matcher{query: q}
		candidates.Each(from, to, func(row uint32) {
			if t, ok := matches(&m, texts.Get(row)); ok {
				sets[t].Add(row) // no other goroutine has a row of these words
			}
		})
	})
	if err != nil {
		panic(err) // in the goroutine of the request, which recovers
	}
	for t := range found {
		found[t] = sets[t].Bitmap()
	}
	return found
}

// shareWords is how many words of a set a CPU takes at a time.
const shareWords = 512

// inShares calls work for parts of n words on all CPUs. It returns a panic of work as an error.
func inShares(n int, work func(from, to int)) error {
	var (
		next atomic.Int64
		wg   sync.WaitGroup
	)
	workers := min(runtime.GOMAXPROCS(0), (n+shareWords-1)/shareWords)
	panics := make(chan error, workers)
	for range workers {
		wg.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					panics <- fmt.Errorf("panic in a search: %v\n%s", v, debug.Stack())
				}
			}()
			for to := 0; to < n; {
				to = int(next.Add(shareWords))
				work(min(to-shareWords, n), min(to, n))
			}
		})
	}
	wg.Wait()
	select {
	case err := <-panics:
		return err
	default:
		return nil
	}
}

// candidates returns the rows of within that may answer a query, of n rows in all: those that Bleve's index proposes, and those
// that it does not have yet. The caller frees the set.
func (e *Engine) candidates(q *Query, typos bool, n int, within *roaring.Bitmap) column.Bits {
	e.mu.RLock()
	defer e.mu.RUnlock()
	rows := column.NewBits(n)
	if e.snapshot == nil {
		rows.Or(within)
		return rows
	}
	if err := e.snapshot.propose(rows, q, typos); err != nil {
		select {
		case e.damaged <- err:
		default:
		}
		rows.Or(within)
		return rows
	}
	rows.Or(e.pending)
	rows.Or(e.writing)
	rows.And(within)
	return rows
}
