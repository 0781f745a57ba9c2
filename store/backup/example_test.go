package backup_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"crm/store"
	"crm/store/backup"
)

// A backup is made while the store is in use, and restored to a folder that is not.
func Example() {
	dir, err := os.MkdirTemp("", "crm-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	st, err := store.Open(filepath.Join(dir, "data"))
	if err != nil {
		log.Fatal(err)
	}
	b, err := backup.Make(context.Background(), st, filepath.Join(dir, "backups"), "example")
	if err != nil {
		log.Fatal(err)
	}
	if err := st.Close(); err != nil {
		log.Fatal(err)
	}
	restored, _, err := backup.Restore(context.Background(), b.Path, filepath.Join(dir, "restored"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(restored.VerifiedAt != nil, restored.Seq)
	// Output: true 0
}
