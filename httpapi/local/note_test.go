package local

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"crm/store"
)

// FuzzNote checks that a note is read as it was written, or not at all.
func FuzzNote(f *testing.F) {
	for _, seed := range []string{
		`{"address":"http://127.0.0.1:8001","pid":1,"backups":"/var/lib/crm","certificate":"00"}`, "", "null", "[]", "{", `{"address":1}`, `{"pid":1e99}`, "\xff", `{"backups":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, NoteName), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		first, again := Note{dir: dir}, Note{dir: dir}
		if err := first.read(); err != nil {
			if got := BackupsOf(dir); got != store.BackupsOf(dir) {
				t.Errorf("got backups in %q of a note that cannot be read", got)
			}
			return
		}
		if err := first.Write(); err != nil {
			t.Fatal(err)
		}
		if err := again.read(); err != nil || again != first {
			t.Errorf("%q was read as %+v, and then as %+v, %v", bytes.TrimSpace(raw), first, again, err)
		}
	})
}
