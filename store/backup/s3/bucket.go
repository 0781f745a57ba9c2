package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// A Bucket is a location with the keys to it.
type Bucket struct {
	Location
	client *minio.Client
}

// ErrNoCredentials is returned where neither the file nor the environment has keys.
var ErrNoCredentials = errors.New("there are no keys to the bucket")

// Options are for Open.
type Options struct {
	Credentials string        // file in the form of the AWS tools; the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) when empty
	Patience    time.Duration // how long nothing may arrive or leave; DefaultPatience when 0
}

// DefaultPatience is how long a server may stop.
const DefaultPatience = time.Minute

// Limits of requests.
const (
	partSize   = 16 << 20 // bytes of a file that are sent at once, and kept in memory until the server has them
	maxRetries = 3        // of one request
)

// Open returns the bucket at a location. It sends nothing yet.
func Open(l Location, o Options) (*Bucket, error) {
	keys := credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.EnvMinio{}})
	if o.Credentials != "" {
		if _, err := os.Stat(o.Credentials); err != nil {
			return nil, err
		}
		keys = credentials.NewFileAWSCredentials(o.Credentials, "")
	}
	if found, err := keys.GetWithContext(nil); err != nil || found.AccessKeyID == "" || found.SecretAccessKey == "" {
		return nil, errors.Join(ErrNoCredentials, err)
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	client, err := minio.New(l.Endpoint, &minio.Options{
		Creds: keys, Secure: !l.Plain, Region: l.Region, Transport: transport(o.Patience), MaxRetries: maxRetries,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLocation, err)
	}
	return &Bucket{l, client}, nil
}

// transport gives up a connection on which nothing moves.
func transport(patience time.Duration) http.RoundTripper {
	dialer := &net.Dialer{Timeout: min(patience, 10*time.Second)}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: patience, ResponseHeaderTimeout: patience, IdleConnTimeout: patience,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &patientConn{c, patience}, nil
		},
	}
}

// A patientConn ends when nothing arrives or leaves for longer than it may. Who sends waits for the answer at the same time.
type patientConn struct {
	net.Conn
	patience time.Duration
}

func (c *patientConn) Read(b []byte) (int, error) {
	_ = c.SetReadDeadline(time.Now().Add(c.patience))
	return c.Conn.Read(b)
}

func (c *patientConn) Write(b []byte) (int, error) {
	_ = c.SetDeadline(time.Now().Add(c.patience))
	n, err := c.Conn.Write(b)
	_ = c.SetReadDeadline(time.Now().Add(c.patience))
	return n, err
}

// An Object is a file in the bucket.
type Object struct {
	Name string // without the location's prefix
	Size int64
	Tag  string // another one for other content
}

// List returns what is directly in the location.
func (b *Bucket) List(ctx context.Context) (list []Object, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing where it is given up
	prefix := b.key("")
	for o := range b.client.ListObjects(ctx, b.Bucket, minio.ListObjectsOptions{Prefix: prefix}) {
		if o.Err != nil {
			return nil, b.explain("list", "", o.Err)
		}
		if name := strings.TrimPrefix(o.Key, prefix); name != "" && !strings.HasSuffix(name, "/") {
			list = append(list, Object{name, o.Size, o.ETag})
		}
	}
	return list, nil
}

// Put sends a file of so many bytes, each part with its sum, and removes first what an earlier attempt has left of it.
func (b *Bucket) Put(ctx context.Context, name string, content io.Reader, size int64) error {
	if size > partSize {
		if err := b.client.RemoveIncompleteUpload(ctx, b.Bucket, b.key(name)); err != nil {
			return b.explain("put", name, err)
		}
	}
	info, err := b.client.PutObject(ctx, b.Bucket, b.key(name), content, size, minio.PutObjectOptions{
		ContentType: "application/octet-stream", PartSize: partSize, NumThreads: 1, SendContentMd5: true, // which every server knows
	})
	if err == nil && info.Size != size {
		err = io.ErrShortWrite
	}
	return b.explain("put", name, err)
}

// Remove deletes a file. One that is not there is none.
func (b *Bucket) Remove(ctx context.Context, name string) error {
	return b.explain("remove", name, b.client.RemoveObject(ctx, b.Bucket, b.key(name), minio.RemoveObjectOptions{}))
}

// Get writes a file to w.
func (b *Bucket) Get(ctx context.Context, name string, w io.Writer) error {
	o, err := b.client.GetObject(ctx, b.Bucket, b.key(name), minio.GetObjectOptions{})
	if err != nil {
		return b.explain("get", name, err)
	}
	defer func() { _ = o.Close() }()
	_, err = io.Copy(w, o)
	return b.explain("get", name, err)
}

// ReaderAt reads parts of a file. Its beginning is read once.
func (b *Bucket) ReaderAt(ctx context.Context, o Object) io.ReaderAt {
	return &readerAt{ctx: ctx, bucket: b, object: o}
}

type readerAt struct {
	ctx    context.Context
	bucket *Bucket
	object Object
	head   []byte
}

// headSize is how much of a file is read at once at its beginning.
const headSize = 64 << 10

func (r *readerAt) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 || at >= r.object.Size {
		return 0, io.EOF
	}
	if r.head == nil && at < headSize {
		head := make([]byte, min(headSize, r.object.Size))
		if _, err := r.read(head, 0); err != nil {
			return 0, err
		}
		r.head = head
	}
	if at < int64(len(r.head)) {
		n := copy(p, r.head[at:])
		if n == len(p) {
			return n, nil
		}
		more, err := r.ReadAt(p[n:], at+int64(n))
		return n + more, err
	}
	return r.read(p, at)
}

func (r *readerAt) read(p []byte, at int64) (int, error) {
	var o minio.GetObjectOptions
	if err := o.SetRange(at, min(at+int64(len(p)), r.object.Size)-1); err != nil {
		return 0, err
	}
	body, err := r.bucket.client.GetObject(r.ctx, r.bucket.Bucket, r.bucket.key(r.object.Name), o)
	if err != nil {
		return 0, r.bucket.explain("get", r.object.Name, err)
	}
	defer func() { _ = body.Close() }()
	n, err := io.ReadFull(body, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, r.bucket.explain("get", r.object.Name, err)
}

// Errors of a bucket's server.
var (
	ErrDenied   = errors.New("the keys are wrong, or do not allow it")
	ErrNotFound = errors.New("there is no such bucket or file")
	ErrFull     = errors.New("the server has no more room")
)

// explain adds to an error which request failed, and of which kind it is.
func (b *Bucket) explain(op, name string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	answer := minio.ToErrorResponse(err)
	switch {
	case answer.StatusCode == http.StatusForbidden || answer.StatusCode == http.StatusUnauthorized:
		err = fmt.Errorf("%w: %w", ErrDenied, err)
	case answer.StatusCode == http.StatusNotFound:
		err = fmt.Errorf("%w: %w", ErrNotFound, err)
	case answer.StatusCode == http.StatusInsufficientStorage, strings.Contains(answer.Code, "Quota"), answer.Code == "XMinioStorageFull":
		err = fmt.Errorf("%w: %w", ErrFull, err)
	}
	return fmt.Errorf("%s %s: %w", op, b.Name(name), err)
}
