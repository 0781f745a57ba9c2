package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"crm/store"
	"crm/store/backup/s3"
	"crm/store/kv"
)

// A Place keeps copies of backups: a folder, such as on another disk, or a bucket on another machine.
type Place interface {
	String() string
	// path is what a file in the place is called.
	path(name string) string
	// list returns the backups, newest first, and files that cannot be read.
	list(ctx context.Context) ([]File, error)
	// put copies a file under its own name, which nothing in the place has.
	put(ctx context.Context, file string) error
	remove(ctx context.Context, name string) error
	get(ctx context.Context, name string, w io.Writer) error
}

// OpenPlace returns the place at an address, a bucket where that begins with s3:// and else a folder.
func OpenPlace(address string, o s3.Options) (Place, error) {
	if !IsRemote(address) {
		dir, err := filepath.Abs(address)
		return folderPlace(dir), err
	}
	location, err := s3.Parse(address)
	if err != nil {
		return nil, err
	}
	bucket, err := s3.Open(location, o)
	if err != nil {
		return nil, err
	}
	return &bucketPlace{Bucket: bucket, read: map[s3.Object]File{}}, nil
}

// IsRemote reports whether an address is of a bucket, and not a path.
func IsRemote(address string) bool { return strings.HasPrefix(address, s3.Scheme) }

// ListPlace returns the backups in a place, newest first.
func ListPlace(ctx context.Context, p Place) ([]File, error) { return p.list(ctx) }

// Fetch copies a backup from a bucket to a file of this machine, which done removes.
func Fetch(ctx context.Context, address string, o s3.Options) (path string, done func(), err error) {
	location, err := s3.Parse(address)
	if err != nil {
		return "", nil, err
	}
	in, name := location.Split()
	bucket, err := s3.Open(in, o)
	if err != nil {
		return "", nil, err
	}
	dir, err := spoolIn(kv.TemporaryFolders(), 0)
	if err != nil {
		return "", nil, err
	}
	done = func() { _ = os.RemoveAll(dir) }
	path = filepath.Join(dir, "fetched"+Suffix)
	for range fetchAttempts {
		if err = fetch(ctx, bucket, name, path); err == nil || ctx.Err() != nil || errors.Is(err, s3.ErrDenied) || errors.Is(err, s3.ErrNotFound) || errors.Is(err, store.ErrFull) {
			break
		}
	}
	if err != nil {
		done()
		return "", nil, err
	}
	return path, done, nil
}

// fetchAttempts is how often a connection may break.
const fetchAttempts = 3

func fetch(ctx context.Context, bucket *s3.Bucket, name, path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return kv.Classify(errors.Join(bucket.Get(ctx, name, file), file.Close()))
}

// A folderPlace is the path of a folder.
type folderPlace string

func (p folderPlace) String() string          { return string(p) }
func (p folderPlace) path(name string) string { return filepath.Join(string(p), name) }

func (p folderPlace) list(context.Context) ([]File, error) {
	if err := mkdir(string(p)); err != nil { // a disk that is not mounted is no empty folder
		return nil, err
	}
	return List(string(p))
}

func (p folderPlace) remove(_ context.Context, name string) error { return os.Remove(p.path(name)) }

func (p folderPlace) get(_ context.Context, name string, w io.Writer) error {
	return opened(p.path(name), func(file *os.File, _ int64) error {
		_, err := io.Copy(w, file)
		return err
	})
}

func (p folderPlace) put(ctx context.Context, file string) (err error) {
	t, err := newTarget(p.path(filepath.Base(file)), store.Now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	b, err := Read(file)
	if err != nil {
		return err
	}
	if err := errors.Join(t.clearParts(b.Database), t.claim(b.Database)); err != nil {
		return err
	}
	out := &throttledFile{File: t.part, throttle: store.NewThrottle(ctx)}
	err = opened(file, func(in *os.File, _ int64) error {
		_, err := io.Copy(struct{ io.Writer }{out}, in)
		return err
	})
	if err := kv.Classify(errors.Join(err, t.part.Sync())); err != nil {
		return err
	}
	if err := checkSeal(t.part); err != nil {
		return err
	}
	_, err = t.publish()
	return err
}

// A bucketPlace remembers what files in a bucket say of themselves.
type bucketPlace struct {
	*s3.Bucket
	mu   sync.Mutex
	read map[s3.Object]File
}

func (p *bucketPlace) path(name string) string { return p.Name(name) }

func (p *bucketPlace) list(ctx context.Context) ([]File, error) {
	objects, err := p.List(ctx)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	list, known := []File{}, make(map[s3.Object]File)
	for _, o := range objects {
		if !strings.HasSuffix(o.Name, Suffix) {
			continue
		}
		b, ok := p.read[o]
		if !ok {
			if b, err = read(p.ReaderAt(ctx, o), o.Size, p.path(o.Name)); err != nil && !errors.Is(err, ErrNotBackup) && !errors.Is(err, store.ErrNewer) {
				return nil, fmt.Errorf("read %s: %w", p.path(o.Name), err)
			}
		}
		known[o] = b
		list = append(list, b)
	}
	p.read = known
	newestFirst(list)
	return list, nil
}

func (p *bucketPlace) put(ctx context.Context, file string) error {
	return opened(file, func(in *os.File, size int64) error { return p.Put(ctx, filepath.Base(file), in, size) })
}

func (p *bucketPlace) remove(ctx context.Context, name string) error { return p.Remove(ctx, name) }

func (p *bucketPlace) get(ctx context.Context, name string, w io.Writer) error {
	return p.Get(ctx, name, w)
}
