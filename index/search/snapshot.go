package search

import (
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"

	"crm/store"
)

// A snapshot is a state of Bleve's index that later writes do not change, with the rows of its documents.
type snapshot struct {
	reader   *scorch.IndexSnapshot
	segments []segment
}

// A segment is one of Bleve's, and the row of each of its documents, noRow for that of an unknown customer.
type segment struct {
	bleve *scorch.SegmentSnapshot
	rows  []uint32
}

const noRow = ^uint32(0)

// newSnapshot takes a snapshot. It reads the rows of the segments that old, which may be nil, does not have.
func newSnapshot(b *bleveIndex, old *snapshot, rowOf func(store.ID) (uint32, bool)) (s *snapshot, err error) {
	defer recovered(&err)
	reader, err := b.index.Reader()
	if err != nil {
		return nil, err
	}
	scorch, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		return nil, fmt.Errorf("search index has a reader of type %T", reader)
	}
	s = &snapshot{reader: scorch}
	for _, bleve := range scorch.Segments() {
		rows := old.rowsOf(bleve.Id())
		if rows == nil {
			if rows, err = readRows(bleve, rowOf); err != nil {
				return nil, err
			}
		}
		s.segments = append(s.segments, segment{bleve, rows})
	}
	return s, nil
}

// rowsOf returns the rows of a segment, or nil if the snapshot does not have it.
func (s *snapshot) rowsOf(id uint64) []uint32 {
	if s != nil {
		for _, segment := range s.segments {
			if segment.bleve.Id() == id {
				return segment.rows
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
			if row, known := rowOf(store.ID(id)); known {
				rows[doc] = row
			}
		}
	}
	return rows, nil
}

// same reports whether a new snapshot would have the same segments.
func (s *snapshot) same(b *bleveIndex) bool {
	reader, err := b.index.Reader()
	if err != nil {
		return false
	}
	defer reader.Close()
	segments := reader.(*scorch.IndexSnapshot).Segments()
	if len(segments) != len(s.segments) {
		return false
	}
	for i, bleve := range segments {
		if bleve.Id() != s.segments[i].bleve.Id() {
			return false
		}
	}
	return true
}

// covered returns the rows that have a document.
func (s *snapshot) covered() *roaring.Bitmap {
	covered := roaring.New()
	for _, segment := range s.segments {
		segment.eachRow(func(_ int, row uint32) { covered.Add(row) })
	}
	return covered
}

// eachRow calls visit with each document that was not replaced or deleted, and its row.
func (s *segment) eachRow(visit func(doc int, row uint32)) {
	deleted := s.bleve.Deleted()
	for doc, row := range s.rows {
		if row != noRow && (deleted == nil || !deleted.Contains(uint32(doc))) {
			visit(doc, row)
		}
	}
}

// state returns what is stored in the index about its content.
func (s *snapshot) state() (state, error) {
	raw, err := s.reader.GetInternal(stateKey)
	if err != nil {
		return state{}, err
	}
	return decodeState(raw)
}
