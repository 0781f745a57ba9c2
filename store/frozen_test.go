package store

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestOpensEverySchema opens a copy of a file of each schema version that was ever released: whatever an office has,
// this program reads it, and goes on writing to it.
func TestOpensEverySchema(t *testing.T) {
	files, err := filepath.Glob("../testdata/schema-*.db.gz")
	if err != nil || len(files) != Schema() {
		t.Fatalf("got %d frozen files, %v; want one for each of %d schema versions", len(files), err, Schema())
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			dir := t.TempDir()
			unpack(t, file, filepath.Join(dir, FileName))
			s := openAt(t, dir)
			view(t, s, func(tx *Tx) error {
				n := 0
				for range tx.Customers(ID{}) {
					n++
				}
				if n != 12 || tx.Seq() != 73 {
					t.Errorf("got %d customers and %d changes, want 12 and 73", n, tx.Seq())
				}
				_, err := tx.UserByEmail("ADMIN@example.com")
				return err
			})
			createInteraction(t, s, createCustomer(t, s, "new@example.com"), Never)
			keepReply(t, s, 2, ID{})
		})
	}
}

func unpack(t *testing.T, from, to string) {
	t.Helper()
	packed, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	in, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
}
