package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"crm/store"
	"crm/store/kv"
)

// errCut is why a received file is no backup.
var errCut = errors.New("it was cut off or changed on its way")

// Receive writes a backup that somebody else makes to a path, as the function Make does, and compares what is then in the file with the
// sum that the backup has of itself. fetch gets the name of the file and writes the content to w. With recipients the content is
// encrypted for them, and lies only among the temporary files before.
func Receive(ctx context.Context, path string, recipients *Recipients, fetch func(ctx context.Context, path string, w io.Writer) error) (b File, err error) {
	t, err := newTarget(path, store.Now())
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	if err := t.claim(store.ID{}); err != nil {
		return b, err
	}
	r := receiver{ctx, t.path(), fetch}
	if recipients == nil {
		err = r.into(t.part)
	} else {
		err = r.encryptInto(t.part, recipients)
	}
	if err != nil {
		return b, err
	}
	return t.publish()
}

type receiver struct {
	ctx   context.Context
	path  string
	fetch func(ctx context.Context, path string, w io.Writer) error
}

// into writes the content to a file.
func (r receiver) into(file *os.File) error {
	if err := r.fetch(r.ctx, r.path, &throttledFile{File: file, throttle: store.Unthrottled(r.ctx)}); err != nil {
		return kv.Classify(err)
	}
	if err := file.Sync(); err != nil {
		return kv.Classify(err)
	}
	return checkSeal(file)
}

// ErrEncryptedAlready is returned where a backup would be encrypted a second time.
var ErrEncryptedAlready = errors.New("the service encrypts its backups itself")

func (r receiver) encryptInto(file *os.File, recipients *Recipients) error {
	dir, err := spoolIn(kv.TemporaryFolders(), 0)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	spooled, err := os.OpenFile(filepath.Join(dir, "received"), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer spooled.Close()
	if err := r.into(spooled); err != nil {
		return err
	}
	if readEnvelope(spooled) != nil {
		return ErrEncryptedAlready
	}
	return encrypt(file, spooled, recipients, store.Unthrottled(r.ctx), store.TimeOf(store.Now()))
}

// checkSeal compares the bytes of a file with its seal.
func checkSeal(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	s := readSeal(file, info.Size())
	if s == nil {
		return fmt.Errorf("%w: %w", ErrNotBackup, errCut)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(file, 0, s.Bytes)); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != s.SHA256 {
		return fmt.Errorf("%w: %w", ErrNotBackup, errCut)
	}
	return nil
}
