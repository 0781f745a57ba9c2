package kv

import (
	"runtime"
	"strings"
	"testing"
)

// Where the temporary files have no room for a copy, that is what the error says.
func TestCopyWithoutRoom(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such variable")
	}
	_, err := openCopy("crm.db", testBuckets, 1<<60, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("got %v", err)
	}
}
