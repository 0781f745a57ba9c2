package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"crm/store/kv"
)

// verifyPrefix begins the name of a folder in which a backup is verified.
const verifyPrefix = ".crm-verify-"

// VerifyBackup reads all of a backup: its sums, every page of the database in it, and how many records there are. It
// needs room for the database among the temporary files or, where they have none, beside the file.
func VerifyBackup(ctx context.Context, path string) (Backup, error) {
	b, err := ReadBackup(path)
	if err != nil {
		return b, err
	}
	dir, err := scratch(path, b.Bytes)
	if err != nil {
		return b, err
	}
	defer os.RemoveAll(dir)
	_, err = verifyIn(&pace{ctx: ctx}, path, dir)
	return b, err
}

// scratch makes a folder with room for so many bytes, among the temporary files or, where that cannot be, beside a file.
func scratch(path string, bytes int64) (dir string, err error) {
	for _, parent := range append(kv.TemporaryFolders(), filepath.Dir(path)) {
		if err = kv.HasRoom(parent, bytes); err != nil {
			continue
		}
		if dir, err = os.MkdirTemp(parent, verifyPrefix); err == nil {
			return dir, nil
		}
	}
	return "", err
}

// verifyPart verifies a backup that was just written and seals it.
func verifyPart(p *pace, part string, now Time) (err error) {
	dir := part + scratchSuffix
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	sum, err := verifyIn(&pace{ctx: p.ctx, rests: p.rests}, part, dir)
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
func verifyIn(p *pace, path, dir string) (sum string, err error) {
	m, sum, err := extract(p, path, dir, "")
	if err != nil {
		return "", err
	}
	return sum, verifyDatabase(p, filepath.Join(dir, FileName), m)
}

func verifyDatabase(p *pace, path string, m Manifest) error {
	if err := kv.CheckPages(path, p.step); err != nil {
		return err
	}
	k, err := readDB(path)
	if err != nil {
		return err
	}
	err = k.Check(func([]byte) error { return p.step() })
	if err == nil {
		err = sameAs(k, m)
	}
	return errors.Join(err, k.Close())
}

// sameAs returns an error unless a database holds what a manifest says.
func sameAs(k *kv.DB, m Manifest) error {
	return k.View(func(pairs *kv.Tx) error {
		tx := &Tx{kv: pairs}
		if id := pairs.Get(bucketMeta, metaID); !bytes.Equal(id, m.Database[:]) || tx.Schema() != m.Schema {
			return fmt.Errorf("%w: the database is %x of schema %d, the manifest says %s of schema %d", ErrNoBackup, id, tx.Schema(), m.Database, m.Schema)
		}
		counts := tx.Counts()
		maps.DeleteFunc(counts, func(kind Kind, _ int) bool { _, counted := m.Counts[kind]; return !counted }) // kinds that came later
		if tx.Seq() != m.Seq || pairs.Size() != m.Bytes || !maps.Equal(counts, m.Counts) {
			return fmt.Errorf("%w: the database holds %v up to change %d, the manifest says %v up to %d", ErrNoBackup, counts, tx.Seq(), m.Counts, m.Seq)
		}
		return nil
	})
}
