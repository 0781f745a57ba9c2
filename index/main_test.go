package index

import (
	"fmt"
	"os"
	"testing"
)

// samples is a folder for what all tests of a run share.
var samples string

func sampleDir() (string, error) {
	dir, err := os.MkdirTemp("", "crm-index-test-")
	samples = dir
	return dir, err
}

// panicker stands for a test where there is none yet.
type panicker struct{ testing.TB }

func (panicker) Helper()                        {}
func (panicker) Error(args ...any)              { panic(fmt.Sprint(args...)) }
func (panicker) Fatal(args ...any)              { panic(fmt.Sprint(args...)) }
func (panicker) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }

func TestMain(m *testing.M) {
	if dir := os.Getenv("CRM_TEST_CRASH"); dir != "" {
		crashingChild(dir)
		return
	}
	code := m.Run()
	if samples != "" {
		_ = generated().store.Close()
		_ = os.RemoveAll(samples)
	}
	os.Exit(code)
}
