package search

import (
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/column"
	"crm/store"
)

// Check compares Bleve's index in dir with the documents of its source, except those that changed after the index was written. It returns a
// sentence for each kind of difference. An index that is missing, of another database, or newer than the log does not count as a
// difference, because Run rebuilds it. Check changes nothing in dir.
func Check(dir string, source Source) (problems []string, err error) {
	if _, err := os.Stat(filepath.Join(dir, rootFile)); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if _, err := verify(dir); err != nil {
		return []string{fmt.Sprintf("the search index is damaged: %v", err)}, nil
	}
	b, err := openBleve(dir, true)
	if err != nil {
		return []string{fmt.Sprintf("the search index cannot be opened: %v", err)}, nil
	}
	defer func() { err = errors.Join(err, b.close()) }()
	s, err := newSnapshot(b, nil, source.Row)
	if err != nil {
		return []string{fmt.Sprintf("the search index cannot be read: %v", err)}, nil
	}
	defer s.reader.Close()
	has, err := s.state()
	if err != nil || !has.is(&source) {
		return nil, nil
	}
	changed, err := source.ChangedSince(has.cursor)
	if err != nil {
		return nil, err
	}
	different, err := s.compare(source, changed)
	if err != nil {
		return []string{fmt.Sprintf("the search index cannot be read: %v", err)}, nil
	}
	if len(different) > 0 {
		problems = append(problems, fmt.Sprintf("the search index does not have the texts of %d customers, first of %s", len(different), different[0]))
	}
	return problems, nil
}

// compare returns the customers without a document, and those whose document has other terms than their text; not those of the
// rows in except.
func (s *snapshot) compare(source Source, except *roaring.Bitmap) (different []store.ID, err error) {
	missing := roaring.AndNot(roaring.AndNot(column.UpTo(source.Rows()), s.covered()), except)
	for _, d := range source.Documents(missing.ToArray()) {
		different = append(different, d.ID)
	}
	for _, segment := range s.segments {
		seed := maphash.MakeSeed()
		sums, err := segment.termSums(seed)
		if err != nil {
			return nil, err
		}
		segment.eachRow(func(doc int, row uint32) {
			if except.Contains(row) {
				return
			}
			if d := source.Documents([]uint32{row})[0]; sums[doc] != termSum(seed, d.Text) {
				different = append(different, d.ID)
			}
		})
	}
	return different, nil
}

// termSums returns the sum of the hashes of each document's terms.
func (s *segment) termSums(seed maphash.Seed) (sums []uint64, err error) {
	defer recovered(&err)
	sums = make([]uint64, len(s.rows))
	dict, err := s.bleve.Segment().Dictionary(fieldTerms)
	if err != nil {
		return nil, err
	}
	all := dict.AutomatonIterator(nil, nil, nil)
	for entry, err := all.Next(); entry != nil || err != nil; entry, err = all.Next() {
		if err != nil {
			return nil, err
		}
		docs, err := posting(dict, entry.Term)
		if err != nil {
			return nil, err
		}
		hash := maphash.String(seed, entry.Term)
		for _, doc := range docs.ToArray() {
			sums[doc] += hash
		}
	}
	return sums, nil
}

// termSum returns the sum of the hashes of a text's terms.
func termSum(seed maphash.Seed, text []byte) (sum uint64) {
	field := termsField{text: text}
	field.Analyze()
	for term := range field.terms {
		sum += maphash.String(seed, term)
	}
	return sum
}
