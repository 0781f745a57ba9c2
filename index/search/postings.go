package search

import (
	"github.com/RoaringBitmap/roaring/v2"
	index "github.com/blevesearch/bleve_index_api"
	scorch "github.com/blevesearch/scorch_segment_api/v2"

	"crm/index/column"
)

// propose adds the rows whose terms may answer a query; with typos, also those that have a word close to one of the query. It also
// adds a few rows that do not answer: it does not tell documents that were replaced from others. The matcher decides.
func (s *snapshot) propose(rows column.Bits, q *Query, typos bool) (err error) {
	defer recovered(&err)
	clauses := q.clauses()
	if typos {
		if err := s.addVariants(clauses, q); err != nil {
			return err
		}
	}
	buf := make([]uint32, 4096)
	for _, segment := range s.segments {
		docs, err := segment.docs(clauses)
		if err != nil {
			return err
		}
		it := docs.ManyIterator()
		for n := it.NextMany(buf); n > 0; n = it.NextMany(buf) {
			for _, doc := range buf[:n] {
				if row := segment.rows[doc]; row != noRow {
					rows.Add(row)
				}
			}
		}
	}
	return nil
}

// docs returns the documents that have all terms of at least one alternative of every clause.
func (s *segment) docs(clauses []clause) (*roaring.Bitmap, error) {
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

// addVariants adds to the clause of each word that may have typos the words of the index that are close to it.
func (s *snapshot) addVariants(clauses []clause, q *Query) error {
	for i, n := range q.needles {
		if n.typos == 0 {
			continue
		}
		terms, err := s.variants(string(n.text), n.typos)
		if err != nil {
			return err
		}
		for _, term := range terms {
			clauses[i].anyOf = append(clauses[i].anyOf, []string{term})
		}
	}
	return nil
}

// maxVariants bounds how many words of the index a mistyped word may stand for.
const maxVariants = 1_000

// variants returns the terms of the words within an edit distance of word.
func (s *snapshot) variants(word string, distance int) (terms []string, err error) {
	var dict index.FieldDict
	dict, err = s.reader.FieldDictFuzzy(fieldTerms, wordMarker+word, distance, wordMarker)
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
