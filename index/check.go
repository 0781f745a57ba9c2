package index

import (
	"errors"
	"fmt"
	"os"

	"crm/index/search"
	"crm/store"
)

// Check compares what is saved in an index's folder with the store: the saved facets with the records, and the search index with the
// customers' texts. It returns a sentence for each kind of difference; a start of the service does not repair these. What is missing, or
// older than the store, does not count, because the next start brings it up to date. Check changes nothing in the folder. No other process
// may write to the folder meanwhile.
func Check(st *store.Store, dir string, o Options) (problems []string, err error) {
	ix := New(st, dir, o)
	fresh, seq, err := ix.readStore()
	if err != nil {
		return nil, err
	}
	if problems, err = ix.checkSaved(fresh); err != nil {
		return nil, err
	}
	ix.facets, ix.applied = fresh, seq
	found, err := search.Check(ix.bleveDir(), ix.source())
	if lostTrack(err) {
		return problems, nil // the search index is rebuilt at the next start
	}
	return append(problems, found...), err
}

// Behind returns how many changes of the store the saved facets lack: all of them if nothing is saved. The next start reads these.
func Behind(st *store.Store, dir string, o Options) uint64 {
	ix := New(st, dir, o)
	_, seq, err := ix.loadSaved()
	if err != nil {
		return st.Seq()
	}
	return st.Seq() - seq
}

// checkSaved brings the saved facets up to date and compares them with fresh ones.
func (ix *Index) checkSaved(fresh *facets) ([]string, error) {
	saved, seq, err := ix.loadSaved()
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, errStale), lostTrack(err):
		return nil, nil
	case err != nil:
		return []string{fmt.Sprintf("the saved facets cannot be read: %v", err)}, nil
	}
	ix.facets, ix.applied = saved, seq
	for ix.Applied() < ix.store.Seq() {
		if err := ix.catchUp(); lostTrack(err) {
			return nil, nil // the facets are rebuilt at the next start
		} else if err != nil {
			return nil, err
		}
	}
	return compareFacets(saved, fresh), nil
}
