package doctor_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"crm/store/doctor"
)

// A finding is a code with facts, from which the caller makes a sentence.
func ExampleExamine() {
	dir, err := os.MkdirTemp("", "crm-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for _, finding := range doctor.Examine(dir, filepath.Join(dir, "backups"), time.Now()) {
		if finding.Code == doctor.DatabaseMissing {
			fmt.Println(finding.Code, filepath.Base(finding.Facts["path"].(string)))
		}
	}
	// Output: database_missing crm.db
}
