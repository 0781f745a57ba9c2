package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"crm/store"
	"crm/store/kv"
)

// VerifyPrefix begins the name of a folder in which a backup is verified.
const VerifyPrefix = ".crm-verify-"

// Verify reads all of a backup. It checks the sums, every page of the database in it, and the number of records. It needs disk space for
// the database among the temporary files, or else beside the backup.
func Verify(ctx context.Context, path string) (File, error) {
	b, err := Read(path)
	if err != nil {
		return b, err
	}
	dir, err := scratch(path, b.Bytes)
	if err != nil {
		return b, err
	}
	defer os.RemoveAll(dir)
	_, err = verifyIn(store.Unthrottled(ctx), path, dir)
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

// verifyPart verifies a backup that was just written and seals it.
func verifyPart(p *store.Throttle, part string, now store.Time) (err error) {
	dir := part + scratchSuffix
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	sum, err := verifyIn(p.Restart(), part, dir)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	raw, err := (&seal{now, info.Size(), sum}).encode()
	if err == nil {
		_, err = file.Write(raw)
	}
	return kv.Classify(cmp.Or(err, file.Sync(), file.Close()))
}

// verifyIn unpacks a backup into dir and compares the database with the manifest.
func verifyIn(p *store.Throttle, path, dir string) (sum string, err error) {
	m, sum, err := extract(p, path, dir, "")
	if err != nil {
		return "", err
	}
	return sum, verifyDatabase(p, filepath.Join(dir, store.FileName), m)
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
