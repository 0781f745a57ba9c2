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

// compactSuffix is of the file that a compaction writes.
const compactSuffix = ".compact"

// Compact writes the database of dir anew without its free pages and puts that in place in one step. It returns both sizes in
// bytes. The folder must not be in use. Where ctx ends before the new file is in place, the old one stays as it is.
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
	if runtime.GOOS == "windows" { // which does not replace an open file
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

// compactTo copies all pairs in their order, and compares what there is to count.
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

// sameCounts compares two files' newest change and how many records they have.
func sameCounts(a, b *kv.DB) error {
	return a.View(func(pairs *kv.Tx) error {
		x := &Tx{kv: pairs}
		return b.View(func(pairs *kv.Tx) error {
			if y := (&Tx{kv: pairs}); x.Seq() != y.Seq() || !maps.Equal(x.Counts(), y.Counts()) {
				return errors.New("the new file has not everything that the old one has")
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
