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

// started is when the program started.
var started = time.Now()

// ahead returns how far Now is ahead of the machine's clock. It reads the environment at its first call, since go test does not notice
// variables that are read before the tests, and would then use cached results.
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

// Now returns the time of the machine, or in tests that of a clock which was set to $CRM_TEST_NOW when the program started. Whatever has
// a date uses it; durations are measured with package time.
func Now() time.Time {
	d, _ := ahead()
	return time.Now().Add(d)
}

// ClockIsSet reports whether $CRM_TEST_NOW has set Now. It returns an error for a value that is not a time, which has no effect.
func ClockIsSet() (bool, error) {
	d, err := ahead()
	return d != 0, err
}

// Modified returns when a file was changed, by the clock of Now.
func Modified(file fs.FileInfo) time.Time {
	d, _ := ahead()
	return file.ModTime().Add(d)
}
