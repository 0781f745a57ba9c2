package index

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"crm/store"
)

// FuzzSavedFacets checks that reading any file with a correct checksum returns facets or an error, and takes no more memory than the size
// of the file justifies.
func FuzzSavedFacets(f *testing.F) {
	file := filepath.Join(f.TempDir(), "facets")
	if err := saveFacets(file, origin{database: store.ID{1}}, fewFacets(f), 3); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		f.Fatal(err)
	}
	content := whole[:len(whole)-crc32.Size]
	header := len(savedMagic) + 8 + 16 + 8 + 2 + 8 + len(positions()) + 8
	f.Add(content[header:])
	f.Add(content[header : len(content)/2])
	f.Add([]byte{})
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\x7f"))
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, rest []byte) {
		raw := append(content[:header:header], rest...)
		raw = binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw))
		path := filepath.Join(t.TempDir(), "facets")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		facets, seq, err := loadFacets(path, origin{database: store.ID{1}})
		if err == nil && (facets == nil || seq != 3) {
			t.Errorf("got facets %v at %d and no error", facets, seq)
		}
	})
}

// fewFacets returns those of a few records of each kind.
func fewFacets(t testing.TB) *facets {
	h := newFixture(t)
	_, err := h.store.Update(store.By{}, func(tx *store.Tx) error {
		for n := range 12 {
			c := &store.Customer{FullName: new(fmt.Sprint("Ahmed ", n)), ContactType: "Individual", Email: fmt.Sprintf("c%d@example.com", n), Phone: "0612345678", Tags: []string{"VIP"}}
			if _, err := tx.CreateCustomer(c, nil); err != nil {
				return err
			}
			i := store.Interaction{CustomerID: c.ID, Channel: "phone", Summary: "x", FollowUpRequired: true, FollowUpDate: new(tx.Now()), Timestamp: store.Never}
			if _, err := tx.CreateInteraction(&i, nil); err != nil {
				return err
			}
			if _, err := tx.CreateFeedback(&store.Feedback{CustomerID: &c.ID, ServiceType: "Tour", Rating: 4}, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.index.Wait(t.Context(), h.store.Seq()); err != nil {
		t.Fatal(err)
	}
	return h.index.facets
}
