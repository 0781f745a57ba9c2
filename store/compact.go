package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"

	"crm/store/kv"
)

// compactSuffix ends the name of the file that a compaction writes.
const compactSuffix = ".compact"

// Compact copies the database of dir to a new file without free pages, and replaces the old file in one step. It returns both sizes in
// bytes. The folder must not be in use. If ctx ends before that step, the old file stays as it is.
func Compact(ctx context.Context, dir string) (before, after int64, err error) {
	path := filepath.Join(dir, FileName)
	old, err := openDB(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, old.Close(), kv.RemoveIfThere(path+compactSuffix)) }()
	if err := checkAll(ctx, path, old); err != nil {
		return 0, 0, err
	}
	if err := compactTo(ctx, path+compactSuffix, old); err != nil {
		return 0, 0, fmt.Errorf("compact: %w", err)
	}
	if before, after, err = sizes(path, path+compactSuffix); err != nil || ctx.Err() != nil {
		return 0, 0, errors.Join(err, ctx.Err())
	}
	if runtime.GOOS == "windows" { // cannot replace an open file
		if err := old.Close(); err != nil {
			return 0, 0, err
		}
	}
	return before, after, errors.Join(os.Rename(path+compactSuffix, path), kv.SyncDir(dir))
}

// checkAll reads every page of an open database.
func checkAll(ctx context.Context, path string, db *kv.DB) error {
	if err := kv.CheckPages(path, ctx.Err); err != nil {
		return err
	}
	return db.Check(func([]byte) error { return ctx.Err() })
}

// compactTo copies all pairs in the order of their keys, and compares the counts of both files.
func compactTo(ctx context.Context, path string, old *kv.DB) error {
	if err := kv.RemoveIfThere(path); err != nil {
		return err
	}
	packed, err := old.Pack(ctx, path)
	if err != nil {
		return err
	}
	return errors.Join(sameCounts(old, packed), packed.Close())
}

// sameCounts returns an error unless two files have the same newest change and the same number of records of each kind.
func sameCounts(a, b *kv.DB) error {
	return a.View(func(pairs *kv.Tx) error {
		x := &Tx{kv: pairs}
		return b.View(func(pairs *kv.Tx) error {
			if y := (&Tx{kv: pairs}); x.Seq() != y.Seq() || !maps.Equal(x.Counts(), y.Counts()) {
				return errors.New("the new file lacks records of the old one")
			}
			return nil
		})
	})
}

func sizes(a, b string) (int64, int64, error) {
	old, err := os.Stat(a)
	if err != nil {
		return 0, 0, err
	}
	packed, err := os.Stat(b)
	if err != nil {
		return 0, 0, err
	}
	return old.Size(), packed.Size(), nil
}
