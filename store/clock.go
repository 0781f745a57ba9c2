package store

import (
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// ClockVariable is the environment variable that sets Now for tests, to a time such as 2027-02-28T23:59:30Z.
const ClockVariable = "CRM_TEST_NOW"

// started is when the program was.
var started = time.Now()

// ahead is how far Now is from the machine's clock. (It is read at its first use: go test takes results from its cache for what is
// read before the tests.)
var ahead = sync.OnceValues(func() (time.Duration, error) { return readClock(os.Getenv(ClockVariable), started) })

func readClock(value string, began time.Time) (ahead time.Duration, err error) {
	if value == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return 0, fmt.Errorf("$%s, which sets the clock for tests, must be a time such as 2027-02-28T23:59:30Z, and is %q", ClockVariable, value)
	}
	return t.Sub(began), nil
}

// Now is the clock of whatever has a date: the machine's, or in tests one that began at $CRM_TEST_NOW when the program did.
// Who measures how long something takes asks the machine's.
func Now() time.Time {
	d, _ := ahead()
	return time.Now().Add(d)
}

// ClockIsSet reports whether $CRM_TEST_NOW has set Now. It returns an error for a value that is no time, which changes nothing.
func ClockIsSet() (bool, error) {
	d, err := ahead()
	return d != 0, err
}

// Modified returns when a file was changed, by Now.
func Modified(file fs.FileInfo) time.Time {
	d, _ := ahead()
	return file.ModTime().Add(d)
}
