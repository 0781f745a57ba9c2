package index

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
)

// tiers are the rows that answer a query, by how well.
type tiers [tierCount]*roaring.Bitmap

func (t *tiers) isEmpty() bool {
	for _, rows := range t {
		if !rows.IsEmpty() {
			return false
		}
	}
	return true
}

// find is the rows of within that answer a query; those with typos only when there are no others. The caller holds the lock.
func (ix *Index) find(q *query, within *roaring.Bitmap) tiers {
	found := ix.match(q.clauses(), within, q.match)
	if !found.isEmpty() || !q.mayHaveTypos() {
		return found
	}
	return ix.match(ix.typoClauses(q), within, func(text []byte) (tier, bool) { return tierInside, q.matchTypos(text) })
}

// shareWords is how many words of a column.Bits a CPU takes at a time.
const shareWords = 512

// match asks the matcher about every candidate, on all CPUs.
func (ix *Index) match(clauses []clause, within *roaring.Bitmap, matches func([]byte) (tier, bool)) (found tiers) {
	rows := ix.candidates(clauses, within)
	defer rows.Free()
	var sets [tierCount]column.Bits
	for t := range sets {
		sets[t] = column.NewBits(64 * len(rows))
		defer sets[t].Free()
	}
	err := inShares(len(rows), func(from, to int) {
		rows.Each(from, to, func(row uint32) {
			if t, ok := matches(ix.customers.text.Get(row)); ok {
				sets[t].Add(row) // nobody else has a row of these words
			}
		})
	})
	if err != nil {
		panic(err) // in the request's own goroutine, where it harms nobody else
	}
	for t := range found {
		found[t] = sets[t].Bitmap()
	}
	return found
}

// inShares calls work for parts of n words on all CPUs. A panic comes back as an error.
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

// candidates is the rows of within that may answer: what Bleve proposes and what it does not have yet.
func (ix *Index) candidates(clauses []clause, within *roaring.Bitmap) column.Bits {
	rows, s := column.NewBits(len(ix.customers.ids)), &ix.search
	if s.view == nil || clauses == nil {
		rows.Or(within)
		return rows
	}
	if err := s.view.propose(rows, clauses); err != nil {
		s.report(err)
		rows.Or(within)
		return rows
	}
	rows.Or(s.pending)
	rows.Or(s.flight)
	rows.And(within)
	return rows
}

// report tells the indexer that the view cannot be trusted.
func (s *search) report(err error) {
	select {
	case s.broken <- err:
	default:
	}
}

// typoClauses is q's clauses, where a word may also be one of the vocabulary's that is close to it; nil when
// there is no vocabulary.
func (ix *Index) typoClauses(q *query) []clause {
	view := ix.search.view
	if view == nil {
		return nil
	}
	clauses := q.clauses()
	for i, n := range q.needles {
		if n.typos == 0 {
			continue
		}
		terms, err := view.variants(string(n.text), n.typos)
		if err != nil {
			ix.search.report(err)
			return nil
		}
		for _, term := range terms {
			clauses[i].anyOf = append(clauses[i].anyOf, []string{term})
		}
	}
	return clauses
}
