package index

import (
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"crm/index/column"
	"crm/store"
)

// A view is one snapshot of Bleve's index with the rows of its documents.
type view struct {
	reader   *scorch.IndexSnapshot
	segments []segmentRows
}

// segmentRows is a segment and the row of each of its documents, noRow for one of no customer.
type segmentRows struct {
	segment *scorch.SegmentSnapshot
	rows    []uint32
}

const noRow = ^uint32(0)

// newView takes a snapshot. known are the rows of segments that earlier views had.
func newView(b *bleveIndex, known *view, rowOf func(store.ID) (uint32, bool)) (v *view, err error) {
	defer recovered(&err)
	reader, err := b.index.Reader()
	if err != nil {
		return nil, err
	}
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		return nil, fmt.Errorf("search index has a reader of type %T", reader)
	}
	v = &view{reader: snapshot}
	for _, s := range snapshot.Segments() {
		rows := known.rowsOf(s.Id())
		if rows == nil {
			if rows, err = readRows(s, rowOf); err != nil {
				return nil, err
			}
		}
		v.segments = append(v.segments, segmentRows{s, rows})
	}
	return v, nil
}

func (v *view) rowsOf(segment uint64) []uint32 {
	if v != nil {
		for _, s := range v.segments {
			if s.segment.Id() == segment {
				return s.rows
			}
		}
	}
	return nil
}

func readRows(s *scorch.SegmentSnapshot, rowOf func(store.ID) (uint32, bool)) ([]uint32, error) {
	rows := make([]uint32, s.Segment().Count())
	for doc := range rows {
		id, err := s.DocID(uint64(doc))
		if err != nil {
			return nil, err
		}
		rows[doc] = noRow
		if len(id) == 16 {
			if row, ok := rowOf(store.ID(id)); ok {
				rows[doc] = row
			}
		}
	}
	return rows, nil
}

// same reports whether another view would see the same segments.
func (v *view) same(b *bleveIndex) bool {
	reader, err := b.index.Reader()
	if err != nil {
		return false
	}
	defer reader.Close()
	segments := reader.(*scorch.IndexSnapshot).Segments()
	if len(segments) != len(v.segments) {
		return false
	}
	for i, s := range segments {
		if s.Id() != v.segments[i].segment.Id() {
			return false
		}
	}
	return true
}

// covered is the rows that have a live document.
func (v *view) covered() *roaring.Bitmap {
	covered := roaring.New()
	for _, s := range v.segments {
		deleted := s.segment.Deleted()
		for doc, row := range s.rows {
			if row != noRow && (deleted == nil || !deleted.Contains(uint32(doc))) {
				covered.Add(row)
			}
		}
	}
	return covered
}

// state is what the snapshot says it holds.
func (v *view) state() (state, error) {
	raw, err := v.reader.GetInternal(stateKey)
	if err != nil {
		return state{}, err
	}
	return decodeState(raw)
}

// propose adds the rows whose terms may answer a query, and a few that do not any more: documents that were
// replaced are not told from those that hold. The matcher decides.
func (v *view) propose(rows column.Bits, clauses []clause) (err error) {
	defer recovered(&err)
	buf := make([]uint32, 4096)
	for _, s := range v.segments {
		docs, err := s.docs(clauses)
		if err != nil {
			return err
		}
		it := docs.ManyIterator()
		for n := it.NextMany(buf); n > 0; n = it.NextMany(buf) {
			for _, doc := range buf[:n] {
				if row := s.rows[doc]; row != noRow {
					rows.Add(row)
				}
			}
		}
	}
	return nil
}

// docs is the documents of the segment that have all terms of an alternative of every clause.
func (s *segmentRows) docs(clauses []clause) (*roaring.Bitmap, error) {
	must := make([]*roaring.Bitmap, 0, len(clauses))
	for _, c := range clauses {
		some := make([]*roaring.Bitmap, 0, len(c.anyOf))
		for _, terms := range c.anyOf {
			docs, err := s.withAll(terms)
			if err != nil {
				return nil, err
			}
			some = append(some, docs)
		}
		must = append(must, roaring.FastOr(some...))
	}
	return roaring.FastAnd(must...), nil
}

func (s *segmentRows) withAll(terms []string) (*roaring.Bitmap, error) {
	dict, err := s.segment.Segment().Dictionary(fieldTerms)
	if err != nil {
		return nil, err
	}
	all := make([]*roaring.Bitmap, 0, len(terms))
	for _, term := range terms {
		docs, err := posting(dict, term)
		if err != nil || docs.IsEmpty() {
			return roaring.New(), err
		}
		all = append(all, docs)
	}
	return roaring.FastAnd(all...), nil
}

// posting is the documents that have a term, deleted ones included.
func posting(dict segment.TermDictionary, term string) (*roaring.Bitmap, error) {
	list, err := dict.PostingsList([]byte(term), nil, nil)
	if err != nil {
		return nil, err
	}
	it, ok := list.Iterator(false, false, false, nil).(segment.OptimizablePostingsIterator)
	if !ok {
		return roaring.New(), nil
	}
	if doc, ok := it.DocNum1Hit(); ok {
		return roaring.BitmapOf(uint32(doc)), nil
	}
	if docs := it.ActualBitmap(); docs != nil {
		return docs, nil
	}
	return roaring.New(), nil
}

// maxVariants bounds how many words of the vocabulary a mistyped word may stand for.
const maxVariants = 1_000

// variants are the terms of the vocabulary's words within an edit distance of word.
func (v *view) variants(word string, distance int) (terms []string, err error) {
	defer recovered(&err)
	var dict index.FieldDict
	dict, err = v.reader.FieldDictFuzzy(fieldTerms, wordMarker+word, distance, wordMarker)
	if err != nil {
		return nil, err
	}
	defer dict.Close()
	for len(terms) < maxVariants {
		entry, err := dict.Next()
		if err != nil || entry == nil {
			return terms, err
		}
		terms = append(terms, entry.Term)
	}
	return terms, nil
}
