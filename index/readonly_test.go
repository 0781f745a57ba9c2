//go:build !windows

package index

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestReadOnlyFiles takes the right to write each file of the index between two runs, and then the folder's. Searches
// answer all the same. The superuser may write anyway, so for root the test runs as nobody.
func TestReadOnlyFiles(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	h := newFixture(t)
	h.fill(3000)
	want := h.search("number12")
	h.settled()
	h.stop()
	files, err := filepath.Glob(filepath.Join(h.folder(), "*"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, path := range append(files, filepath.Join(h.dir, "index", "facets")) {
		if err := os.Chmod(path, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	h.start()
	if got := h.search("number12"); got != want {
		t.Errorf("read-only files: found %d, want %d", got, want)
	}
	h.settled() // the index has been rebuilt
	h.create("Nadia Number12", "nadia@example.com", "0611111111")
	if got := h.search("number12"); got != want+1 {
		t.Errorf("after a write: found %d, want %d", got, want+1)
	}

	for n, folder := range []string{h.folder(), filepath.Join(h.dir, "index")} {
		h.stop()
		if err := os.Chmod(folder, 0o500); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.Chmod(folder, 0o700) }()
		h.start()
		h.create("Nadia Number12", fmt.Sprintf("nadia%d@example.com", n), "0611111111")
		if got := h.search("number12"); got != want+n+2 {
			t.Errorf("read-only folder %s: found %d, want %d", folder, got, want+n+2)
		}
	}
}

// asNobody runs the test again as the user nobody, from a copy of this binary that everybody may run.
func asNobody(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(dir, "index.test")
	if err := copyFile(binary, os.Args[0]); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "-test.run=^"+t.Name()+"$")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TMPDIR="+os.TempDir(), "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}
