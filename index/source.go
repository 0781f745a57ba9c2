package index

import (
	"bytes"

	"github.com/RoaringBitmap/roaring/v2"

	"crm/index/search"
	"crm/store"
)

// source returns the customers as the Source of package search.
func (ix *Index) source() search.Source {
	return search.Source{
		Database: ix.store.ID(), Phones: ix.store.PhoneRules(), Rows: ix.countRows, Row: ix.customerRow, Documents: ix.documents,
		Applied: ix.Applied, Seq: ix.store.Seq, ChangedSince: ix.changedSince,
	}
}

func (ix *Index) countRows() int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return len(ix.customers.ids)
}

func (ix *Index) customerRow(id store.ID) (row uint32, known bool) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.customers.ids.row(id)
}

// documents returns copies: the texts may change as soon as the lock is free.
func (ix *Index) documents(rows []uint32) []search.Document {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	documents := make([]search.Document, len(rows))
	for i, row := range rows {
		documents[i] = search.Document{ID: ix.customers.ids[row], Text: bytes.Clone(ix.customers.text.Get(row))}
	}
	return documents
}

// changedSince returns the rows of the customers that the log names after a sequence.
func (ix *Index) changedSince(seq uint64) (*roaring.Bitmap, error) {
	rows := roaring.New()
	err := ix.store.View(func(tx *store.Tx) error {
		for change, err := range tx.Changes(seq) {
			if err != nil {
				return err
			}
			if change.Kind == store.KindCustomer {
				if row, known := ix.customerRow(change.ID); known {
					rows.Add(row)
				}
			}
		}
		return nil
	})
	return rows, err
}
