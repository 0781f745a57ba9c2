package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
)

// compactSuffix is of the file that a compaction writes.
const compactSuffix = ".compact"

// Compact writes the database of dir anew without its free pages and puts that in place in one step. It returns both sizes in
// bytes. The folder must not be in use. Where ctx ends before the new file is in place, the old one stays as it is.
func Compact(ctx context.Context, dir string) (before, after int64, err error) {
	path := filepath.Join(dir, FileName)
	old, err := openKV(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, old.close(), removeIfThere(path+compactSuffix)) }()
	p := &pace{ctx: ctx}
	if err := firstError(checkPages(p, path), old.check(p, func([]byte) error { return nil })); err != nil {
		return 0, 0, err
	}
	if err := compactTo(ctx, path+compactSuffix, old); err != nil {
		return 0, 0, fmt.Errorf("compact: %w", err)
	}
	if before, after, err = sizes(path, path+compactSuffix); err != nil || ctx.Err() != nil {
		return 0, 0, errors.Join(err, ctx.Err())
	}
	if runtime.GOOS == "windows" { // which does not replace an open file
		if err := old.close(); err != nil {
			return 0, 0, err
		}
	}
	return before, after, errors.Join(os.Rename(path+compactSuffix, path), syncDir(dir))
}

// compactTo copies all pairs in their order, and compares what there is to count.
func compactTo(ctx context.Context, path string, old *kv) error {
	if err := removeIfThere(path); err != nil {
		return err
	}
	packed, err := old.pack(ctx, path)
	if err != nil {
		return err
	}
	return errors.Join(sameCounts(old, packed), packed.close())
}

// sameCounts compares two files' newest change and how many records they have.
func sameCounts(a, b *kv) error {
	return a.view(func(kv *kvTx) error {
		x := &Tx{kv: kv}
		return b.view(func(kv *kvTx) error {
			if y := (&Tx{kv: kv}); x.Seq() != y.Seq() || !maps.Equal(x.Counts(), y.Counts()) {
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
