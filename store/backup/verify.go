package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"

	"crm/store"
	"crm/store/kv"
)

// VerifyPrefix begins the name of a folder in which a backup is verified.
const VerifyPrefix = ".crm-verify-"

// Verify reads all of a backup. It checks the sums, every page of the database in it, and the number of records. It needs disk space for
// the database among the temporary files, or else beside the backup. Of an encrypted backup without identities it compares all bytes with
// the sum in the seal.
func Verify(ctx context.Context, path string, identities *Identities) (File, error) {
	b, err := Read(path)
	if err != nil {
		return b, err
	}
	if b.EncryptedFor != nil && identities == nil {
		return b, opened(path, func(file *os.File, _ int64) error { return checkSeal(file) })
	}
	dir, err := scratch(path, b.Bytes)
	if err != nil {
		return b, err
	}
	defer os.RemoveAll(dir)
	err = opened(path, func(file *os.File, size int64) (err error) {
		b.Manifest, _, err = verifyIn(store.Unthrottled(ctx), file, size, identities, dir)
		return err
	})
	return b, err
}

// scratch creates a folder on a disk with room for a number of bytes: among the temporary files, or else beside the file at path.
func scratch(path string, bytes int64) (dir string, err error) {
	for _, parent := range append(kv.TemporaryFolders(), filepath.Dir(path)) {
		if err = kv.HasRoom(parent, bytes); err != nil {
			continue
		}
		if dir, err = os.MkdirTemp(parent, VerifyPrefix); err == nil {
			return dir, nil
		}
	}
	return "", err
}

// verifyPart verifies a backup that was just written and seals it, through the file that was written.
func verifyPart(p *store.Throttle, t *target, now store.Time) (err error) {
	scratch := t.name + PartSuffix + scratchSuffix
	if err := errors.Join(t.folder.RemoveAll(scratch), t.folder.Mkdir(scratch, 0o700)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.folder.RemoveAll(scratch)) }()
	size, err := t.size()
	if err != nil {
		return err
	}
	_, sum, err := verifyIn(p.Restart(), t.part, size, nil, filepath.Join(t.dir, scratch))
	if err != nil {
		return err
	}
	return (&seal{now, size, sum}).appendTo(t.part)
}

// verifyIn unpacks a backup into dir and compares the database with the manifest.
func verifyIn(p *store.Throttle, file io.ReaderAt, size int64, identities *Identities, dir string) (m Manifest, sum string, err error) {
	if m, sum, err = extract(p, file, size, identities, dir, ""); err != nil {
		return m, "", err
	}
	return m, sum, verifyDatabase(p, filepath.Join(dir, store.FileName), m)
}

// verifyDatabase reads every page of a database and compares its content with a manifest.
func verifyDatabase(p *store.Throttle, path string, m Manifest) error {
	found, err := store.Inspect(path, p.Step)
	if err != nil {
		return err
	}
	if found.Database != m.Database || found.Schema != m.Schema {
		return fmt.Errorf("%w: the database is %s of schema %d, the manifest says %s of schema %d", ErrNotBackup, found.Database, found.Schema, m.Database, m.Schema)
	}
	maps.DeleteFunc(found.Counts, func(kind store.Kind, _ int) bool { _, counted := m.Counts[kind]; return !counted }) // kinds that older backups did not count
	if found.Seq != m.Seq || found.Size != m.Bytes || !maps.Equal(found.Counts, m.Counts) {
		return fmt.Errorf("%w: the database has %v up to change %d, the manifest says %v up to %d", ErrNotBackup, found.Counts, found.Seq, m.Counts, m.Seq)
	}
	return nil
}
