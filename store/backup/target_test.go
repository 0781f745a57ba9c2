package backup

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"crm/store"
	"crm/store/storetest"
)

// Somebody who may write to a folder of backups replaces the file, while a backup is written, by a link to a file elsewhere: that one stays as
// it is, and what is no longer the file that was written does not become a backup.
func TestBackupIsWrittenToTheClaimedFile(t *testing.T) {
	s, _ := storetest.Filled(t, 2)
	folder, victim := t.TempDir(), filepath.Join(t.TempDir(), "victim")
	storetest.Write(t, victim, []byte("mine"))
	path := filepath.Join(folder, "monday"+Suffix)
	replace := func(string) error {
		return errors.Join(os.Remove(path+PartSuffix), os.Symlink(victim, path+PartSuffix))
	}
	j := &job{throttle: store.Unthrottled(t.Context()), store: s, begin: replace}
	if b, err := j.makeAt(path); !errors.Is(err, errMoved) {
		t.Errorf("got %+v, %v, want %v", b, err, errMoved)
	}
	if raw := storetest.Read(t, victim); string(raw) != "mine" {
		t.Errorf("the file elsewhere has %d bytes", len(raw))
	}
	if left := storetest.Names(t, folder); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

// fetching sends content, and then an error if there is one.
func fetching(content []byte, err error) func(context.Context, string, io.Writer) error {
	return func(_ context.Context, _ string, w io.Writer) error {
		_, failed := w.Write(content)
		return errors.Join(failed, err)
	}
}

// A backup that is received is compared with its seal as it lies on the disk: one that was cut off, or changed, becomes none.
func TestReceive(t *testing.T) {
	s, dir := storetest.Filled(t, 2)
	good := storetest.Read(t, backup(t, s, filepath.Join(dir, store.BackupsName)).Path)
	changed := append([]byte(nil), good...)
	changed[len(good)/2] ^= 1
	failed := errors.New("the connection broke")
	for name, test := range map[string]struct {
		content []byte
		err     error
		want    error
	}{
		"whole": {good, nil, nil}, "cut off": {good[:len(good)-1], nil, errCut}, "changed": {changed, nil, errCut}, "nothing": {nil, nil, errCut}, "failed": {good, failed, failed},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			b, err := Receive(t.Context(), folder, nil, fetching(test.content, test.err))
			if !errors.Is(err, test.want) {
				t.Fatalf("got %+v, %v, want %v", b, err, test.want)
			}
			if left := storetest.Names(t, folder); err != nil && len(left) > 0 || err == nil && (len(left) != 1 || b.Path != filepath.Join(folder, left[0])) {
				t.Errorf("left %q of %s", left, b.Path)
			}
		})
	}
}

// The folder's own path is a link: what is meant by it at the beginning counts until the end.
func TestBackupStaysInItsFolder(t *testing.T) {
	s, _ := storetest.Filled(t, 2)
	around := t.TempDir()
	link, first, second := filepath.Join(around, "link"), filepath.Join(around, "first"), filepath.Join(around, "second")
	if err := errors.Join(os.Mkdir(first, 0o700), os.Mkdir(second, 0o700), os.Symlink(first, link)); err != nil {
		t.Skip(err)
	}
	b := &Schedule{Store: s, Dir: link}
	if _, err := b.Make(t.Context(), store.By{Actor: "somebody"}, ""); err != nil {
		t.Fatal(err)
	}
	j := &job{throttle: store.Unthrottled(t.Context()), store: s, begin: func(string) error {
		return errors.Join(os.Remove(link), os.Symlink(second, link))
	}}
	if _, err := j.makeAt(filepath.Join(link, "monday"+Suffix)); err != nil {
		t.Logf("it is refused: %v", err)
	}
	if left := storetest.Names(t, second); len(left) > 0 {
		t.Errorf("written to the other folder: %q", left)
	}
}
