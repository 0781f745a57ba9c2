package search

import (
	"github.com/RoaringBitmap/roaring/v2"
	scorch "github.com/blevesearch/scorch_segment_api/v2"

	"crm/index/column"
)

// propose adds the rows whose terms may answer a query; with typos, also those that have a word close to one of the query. It also
// adds a few rows that do not answer: it does not tell documents that were replaced from others. The matcher decides.
func (s *snapshot) propose(rows column.Bits, q *Query, typos bool) (err error) {
	defer recovered(&err)
	docs, err := s.docs(q, typos)
	if err != nil {
		return err
	}
	buf := make([]uint32, 4096)
	for i, docs := range docs {
		it := docs.ManyIterator()
		for n := it.NextMany(buf); n > 0; n = it.NextMany(buf) {
			for _, doc := range buf[:n] {
				if row := s.segments[i].rows[doc]; row != noRow {
					rows.Add(row)
				}
			}
		}
	}
	return nil
}

// docs returns by segment the documents that satisfy every clause of a query. It asks for no further clause when none is left: words
// with typos are slow to look up.
func (s *snapshot) docs(q *Query, typos bool) ([]*roaring.Bitmap, error) {
	docs := make([]*roaring.Bitmap, len(s.segments))
	near := variants{snapshot: s, runs: make([]clause, len(q.runs))}
	for i, c := range q.clauses() {
		if word := i - len(q.numbers); typos && word >= 0 {
			if err := near.addTo(&c, q, word); err != nil {
				return nil, err
			}
		}
		left := false
		for at := range s.segments {
			some, err := s.segments[at].withAny(c)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				some = roaring.And(some, docs[at])
			}
			docs[at] = some
			left = left || !some.IsEmpty()
		}
		if !left {
			return nil, nil
		}
	}
	return docs, nil
}

// withAny returns the documents that have all terms of at least one alternative of a clause.
func (s *segment) withAny(c clause) (*roaring.Bitmap, error) {
	some := make([]*roaring.Bitmap, 0, len(c.anyOf))
	for _, terms := range c.anyOf {
		docs, err := s.withAll(terms)
		if err != nil {
			return nil, err
		}
		some = append(some, docs)
	}
	return roaring.FastOr(some...), nil
}

func (s *segment) withAll(terms []string) (*roaring.Bitmap, error) {
	dict, err := s.bleve.Segment().Dictionary(fieldTerms)
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

// posting returns the documents that have a term, replaced ones included.
func posting(dict scorch.TermDictionary, term string) (*roaring.Bitmap, error) {
	list, err := dict.PostingsList([]byte(term), nil, nil)
	if err != nil {
		return nil, err
	}
	it, ok := list.Iterator(false, false, false, nil).(scorch.OptimizablePostingsIterator)
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
