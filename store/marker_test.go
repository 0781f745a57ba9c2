package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crm/store/kv"
)

// Files that may be in a folder before its first start do not count as traces of a database: a key that was copied there, an empty folder
// for backups or the index, and what an interrupted first start has left.
func TestFirstStart(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{KeyName, FileName + ".new", MarkerName + ".new", "lost+found"} {
		written(t, filepath.Join(dir, name), strings.Repeat("k", 32))
	}
	for _, name := range []string{BackupsName, IndexName} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	written(t, filepath.Join(dir, BackupsName, "crm-0"+BackupSuffix), "cut off")
	closeStore(t, openAt(t, dir))
	if !kv.Exists(filepath.Join(dir, MarkerName)) {
		t.Error("there is no marker")
	}
}

// A first start that is cut off between the database and the marker is repeated, also where another one shares the folder of the backups.
func TestFirstStartKilled(t *testing.T) {
	dir, shared := t.TempDir(), t.TempDir()
	written(t, filepath.Join(shared, "other"+BackupSuffix), strings.Repeat("another service's", 100))
	if err := kv.Create(filepath.Join(dir, FileName), bucketNames, initialise); err != nil { // up to there
		t.Fatal(err)
	}
	if kv.Exists(filepath.Join(dir, MarkerName)) {
		t.Fatal("the marker is there before anything can be lost")
	}
	closeStore(t, openAt(t, dir, WithBackups(shared)))
	removed(t, filepath.Join(dir, FileName))
	if s, err := Open(dir); !errors.Is(err, ErrLost) {
		t.Errorf("got %v, %v, want %v", s, err, ErrLost)
	}
	openAt(t, emptied(t, dir))
}
