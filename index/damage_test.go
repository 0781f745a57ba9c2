package index

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestDamage truncates, flips and deletes each file of the index between two runs.
func TestDamage(t *testing.T) {
	damages := map[string]func(t *testing.T, path string){
		"truncated to half": func(t *testing.T, path string) { truncate(t, path, 2) },
		"emptied":           func(t *testing.T, path string) { truncate(t, path, 0) },
		"deleted": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"flipped": flip,
	}
	h := newFixture(t)
	h.fill(600)
	h.settled()
	h.stop()
	h.start()
	h.create("Nadia Number12", "nadia@example.com", "0611111111") // in a segment of its own
	h.settled()
	want := h.search("number12")
	h.stop()
	dir, whole := filepath.Join(h.dir, "index"), t.TempDir()
	if err := os.CopyFS(whole, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	files := filesIn(t, whole)
	if len(files) < 4 {
		t.Fatalf("got files %q, want the facets, the root and two segments", files)
	}
	for name, damage := range damages {
		for _, file := range files {
			t.Run(name+" "+file, func(t *testing.T) {
				if err := errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(whole))); err != nil {
					t.Fatal(err)
				}
				damage(t, filepath.Join(dir, file))
				h.start()
				if got := h.search("number12"); got != want {
					t.Errorf("found %d, want %d", got, want)
				}
				h.settled()
				if got := h.search("number12"); got != want {
					t.Errorf("rebuilt: found %d, want %d", got, want)
				}
				if problems := h.check(); problems != nil {
					t.Errorf("check finds %q", problems)
				}
			})
		}
	}
	h.start() // the test's end stops it
}

// filesIn returns the paths of all files below a folder.
func filesIn(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func truncate(t *testing.T, path string, part int64) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	if part > 0 {
		size = info.Size() / part
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

func flip(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, uint64(len(raw))))
	for range 1 + len(raw)/1000 {
		raw[random.IntN(len(raw))] ^= 1 << random.IntN(8)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}
