package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// bucket names one sorted key space of the file.
type bucket uint8

const (
	bucketMeta      bucket = iota // "schema" → version, "id" → the database's own id
	bucketLog                     // sequence → Change
	bucketLogRecord               // record id, sequence → nothing
	bucketCustomers
	bucketCustomerEmail
	bucketActivity // customer id → Activity
	bucketInteractions
	bucketInteractionCustomer
	bucketFeedback
	bucketFeedbackCustomer
	bucketFeedbackBooking
	bucketSegments
	bucketSegmentName
	bucketUsers
	bucketUserEmail
	bucketSessions
	bucketSessionUser
	bucketSessionRefresh
	bucketReplies
	bucketReplyTime
	bucketReplyRecord
	bucketBatches // id → Batch
	bucketCount
)

// bucketNames are what the file calls them; they never change once released.
var bucketNames = [bucketCount]string{
	"meta", "log", "log.record", "customers", "customers.email", "activity", "interactions", "interactions.customer",
	"feedback", "feedback.customer", "feedback.booking", "segments", "segments.name",
	"users", "users.email", "sessions", "sessions.user", "sessions.refresh",
	"replies", "replies.time", "replies.record", "batches",
}

// kv is an ordered key-value file. Everything else in this package is written in its words.
type kv struct {
	db      *bolt.DB
	file    *os.File
	path    string   // of the file; of the one that it is a copy of where that is so
	backups string   // the folder that an error about damage looks for a backup in
	journal *journal // nil where each commit is synced by itself
	base    *bolt.Tx // a reader of the journal's base, so that nobody overwrites its pages
	failed  error    // of a sync: what is in the file now is not known any more
	// replayed is how many commits of a journal are in a copy
	replayed int
	release  func() error // ends a copy of another file; nil for the file itself
}

// lockWait is how long an open tries to get the file's lock: long enough for a process that is just leaving.
const lockWait = 300 * time.Millisecond

// openKV opens a file that is there and takes its lock. It returns ErrLocked when another process has it, and a DamagedError
// for what the engine cannot read.
func openKV(path string) (*kv, error) {
	return openEngine(path, bolt.Options{InitialMmapSize: initialMmap(), OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
		return os.OpenFile(name, flag&^os.O_CREATE, mode) // the engine would begin a new one
	}})
}

// newKV is openKV for a file that need not be there yet.
func newKV(path string) (*kv, error) {
	return openEngine(path, bolt.Options{InitialMmapSize: initialMmap()})
}

// pack writes all pairs to a new file in their order, without the free pages.
func (k *kv) pack(ctx context.Context, path string) (*kv, error) {
	packed, err := openEngine(path, bolt.Options{NoSync: true})
	if err != nil {
		return nil, err
	}
	if err := firstError(copyPairs(ctx, packed.db, k.db), packed.db.Sync()); err != nil {
		return nil, errors.Join(engineError(err), packed.close())
	}
	return packed, nil
}

// copyBytes is how much copyPairs writes in one transaction.
const copyBytes = 8 << 20

// copyPairs copies every bucket to an empty file, in transactions of a bounded size, until ctx ends. Buckets have no others in them.
func copyPairs(ctx context.Context, to, from *bolt.DB) error {
	return from.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			next, stop := iter.Pull2(pairsOf(b))
			defer stop()
			for more := true; more; {
				if err := ctx.Err(); err != nil {
					return err
				}
				err := to.Update(func(tx *bolt.Tx) (err error) {
					more, err = copySome(tx, name, next)
					return err
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// copySome puts the next pairs into a bucket, up to copyBytes, and reports whether there may be more.
func copySome(tx *bolt.Tx, name []byte, next func() (k, v []byte, ok bool)) (more bool, err error) {
	b, err := tx.CreateBucketIfNotExists(name)
	if err != nil {
		return false, err
	}
	b.FillPercent = 0.9 // as they come in order
	for size := 0; size < copyBytes; {
		k, v, ok := next()
		if !ok {
			return false, nil
		}
		if err := b.Put(k, v); err != nil {
			return false, err
		}
		size += len(k) + len(v)
	}
	return true, nil
}

func pairsOf(b *bolt.Bucket) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := b.Cursor()
		for k, v := c.First(); k != nil && yield(k, v); k, v = c.Next() {
			continue
		}
	}
}

// openEngine opens a file, after it has recovered the base of a journal that a crash has left, and then makes the journal's commits again.
func openEngine(path string, o bolt.Options) (*kv, error) {
	var left *redo
	open := o.OpenFile
	if open == nil {
		open = os.OpenFile
	}
	o.OpenFile = func(name string, flag int, mode os.FileMode) (file *os.File, err error) {
		if file, err = open(name, flag, mode); err == nil && !o.ReadOnly {
			left, err = recoverBase(path, file)
		}
		return file, err
	}
	k, err := openBolt(path, o)
	if err != nil {
		return nil, err
	}
	if replaced(path, k.file) {
		return nil, errors.Join(fmt.Errorf("%s: %w", filepath.Dir(path), ErrLocked), k.close())
	}
	if err := k.makeAgain(left); err != nil {
		return nil, errors.Join(err, k.close())
	}
	left = nil // the engine keeps OpenFile, and with it what that refers to
	return k, nil
}

// openBolt lets the engine open a file. Errors name the path.
func openBolt(path string, o bolt.Options) (k *kv, err error) {
	var file *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil { // the list of free pages cannot be read
			k, err = nil, errors.Join(&DamagedError{Path: path, Cause: fmt.Errorf("%v", v)}, unlock(file), file.Close())
		}
	}()
	if info, err := os.Stat(path); err == nil && info.Size() == 0 { // the engine would begin a new one in it
		return nil, &DamagedError{Path: path, Cause: errors.New("the file is empty")}
	}
	o.Timeout, o.FreelistType, o.PreLoadFreelist = lockWait, bolt.FreelistMapType, true
	open := o.OpenFile
	o.OpenFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		file, err = open(name, flag, mode)
		if err == nil && !o.ReadOnly {
			if damage := checkFreeList(file); damage != nil {
				err = &DamagedError{Path: path, Cause: damage}
			}
		}
		return file, err
	}
	db, err := bolt.Open(path, 0o600, &o)
	switch {
	case errors.Is(err, berrors.ErrTimeout), errors.Is(err, ErrLocked):
		return nil, fmt.Errorf("%s: %w", filepath.Dir(path), ErrLocked)
	case errors.Is(err, ErrDamaged):
		return nil, err
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch),
		err != nil && strings.HasPrefix(err.Error(), "file size too small"):
		return nil, &DamagedError{Path: path, Cause: err}
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.AllocSize = growth
	return &kv{db: db, file: file, path: path, backups: backupsIn(filepath.Dir(path))}, nil
}

// replaced reports whether a path is not that of an open file any more: it was deleted, or another process put a new file in
// place, by compaction or restore, while this one waited for the lock of the old. What is written to the old one would be lost.
func replaced(path string, file *os.File) bool {
	ours, err := file.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(ours, now)
}

// growth is by how many bytes the file grows at a time.
const growth = 1 << 20

// initialMmap is how many bytes of address space are mapped from the start. Growing the map waits for all readers,
// and a backup reads for long; so there is room for 64 GB, which costs nothing until it is used. On Windows a map makes
// the file as large: there it is doubled when needed, by 1 GB at most, and the commit that needs it waits for a
// backup that is running.
func initialMmap() int {
	switch {
	case runtime.GOOS == "windows":
		return 0
	case strconv.IntSize == 32:
		return 1 << 30
	}
	room := 36
	return 1 << room
}

func (k *kv) close() error {
	var err error
	if k.journal != nil {
		err = k.endJournal()
	}
	if k.journal != nil {
		err = errors.Join(err, k.dropJournal())
	}
	err = errors.Join(err, k.db.Close())
	if k.release != nil {
		release := k.release
		k.release = func() error { return nil } // close may come twice
		err = errors.Join(err, release())
	}
	return err
}

// size is the length of the file in bytes.
func (k *kv) size() (n int64) {
	_ = k.db.View(func(tx *bolt.Tx) error { n = tx.Size(); return nil })
	return n
}

// free is how many bytes of the file no record has.
func (k *kv) free() int64 {
	stats := k.db.Stats()
	return int64(stats.FreePageN+stats.PendingPageN) * int64(k.db.Info().PageSize)
}

// view runs fn in a read transaction: a snapshot that no writer changes.
func (k *kv) view(fn func(*kvTx) error) error {
	return k.guarded(func() error {
		return k.db.View(func(tx *bolt.Tx) error { return fn(&kvTx{tx: tx}) })
	})
}

// update runs fn in the one write transaction and makes it durable; an error of fn undoes it. One at a time calls it.
func (k *kv) update(fn func(*kvTx) error) error {
	return k.guarded(func() error {
		if k.release == nil && replaced(k.path, k.file) {
			return fmt.Errorf("%s: %w", k.path, ErrGone)
		}
		if k.journal != nil && (k.outgrown() || replaced(journalOf(k.db.Path()), k.journal.file)) {
			if err := k.endJournal(); err != nil {
				return err
			}
		}
		if k.journal != nil {
			return k.journaled(fn)
		}
		return k.db.Update(func(tx *bolt.Tx) error { return fn(&kvTx{tx: tx}) })
	})
}

// engineError turns what the engine and the operating system say into this package's sentinels.
func engineError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return ErrClosed
	case isFull(err):
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// isFull reports whether there is no room for what should be written. The engine passes some errors on as texts only.
func isFull(err error) bool {
	full := []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
	if runtime.GOOS == "windows" {
		full = []syscall.Errno{112, 39} // ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL
	}
	return slices.ContainsFunc(full, func(e syscall.Errno) bool {
		return errors.Is(err, e) || strings.HasSuffix(err.Error(), e.Error())
	})
}

// kvTx is a transaction. Slices that it returns belong to it and die with it.
type kvTx struct {
	tx      *bolt.Tx
	journal *journal // nil where nothing is noted
	buckets [bucketCount]*bolt.Bucket
	cursors [bucketCount]*bolt.Cursor // of a read transaction, for get
}

func (t *kvTx) bucket(b bucket) *bolt.Bucket {
	if t.buckets[b] == nil {
		t.buckets[b] = t.tx.Bucket([]byte(bucketNames[b]))
	}
	return t.buckets[b]
}

// create makes an empty bucket unless it is there.
func (t *kvTx) create(b bucket) error {
	_, err := t.tx.CreateBucketIfNotExists([]byte(bucketNames[b]))
	return err
}

// get is the value of a key, nil when there is none.
func (t *kvTx) get(b bucket, key []byte) []byte {
	bucket := t.bucket(b)
	switch {
	case bucket == nil: // a file of another program
		return nil
	case t.tx.Writable():
		return bucket.Get(key)
	case t.cursors[b] == nil:
		t.cursors[b] = bucket.Cursor()
	}
	if k, v := t.cursors[b].Seek(key); bytes.Equal(k, key) { // as Get does, without making a cursor each time
		return v
	}
	return nil
}

// find is the value of a key and whether there is one; an index's value may be empty.
func (t *kvTx) find(b bucket, key []byte) (value []byte, there bool) {
	k, value := t.bucket(b).Cursor().Seek(key)
	return value, bytes.Equal(k, key) && k != nil
}

func (t *kvTx) put(b bucket, key, value []byte) error {
	if t.journal != nil {
		t.journal.put(b, key, value)
	}
	return t.bucket(b).Put(key, value)
}

func (t *kvTx) delete(b bucket, key []byte) error {
	if t.journal != nil {
		t.journal.delete(b, key)
	}
	return t.bucket(b).Delete(key)
}

// count is how many keys a bucket has. It reads the head of each of its pages.
func (t *kvTx) count(b bucket) int {
	if bucket := t.bucket(b); bucket != nil {
		return bucket.Stats().KeyN
	}
	return 0
}

// size is how many bytes copyTo writes: the file as the transaction sees it, a database of its own.
func (t *kvTx) size() int64                       { return t.tx.Size() }
func (t *kvTx) copyTo(w io.Writer) (int64, error) { return t.tx.WriteTo(w) }

// fill packs the bucket's pages when keys come in ascending order, as in a bulk load.
func (t *kvTx) fill(b bucket) { t.bucket(b).FillPercent = 1 }

// scan yields the pairs from a key on, ascending. The bucket must not be changed meanwhile.
func (t *kvTx) scan(b bucket, from []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := t.bucket(b).Cursor()
		for k, v := c.Seek(from); k != nil; k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// prefix yields the pairs whose key begins with p, ascending.
func (t *kvTx) prefix(b bucket, p []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := t.bucket(b).Cursor()
		for k, v := c.Seek(p); bytes.HasPrefix(k, p); k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// lastUnder is the last key that begins with p, nil when there is none.
func (t *kvTx) lastUnder(b bucket, p []byte) (k []byte) {
	c := t.bucket(b).Cursor()
	if end := after(p); end != nil {
		k, _ = c.Seek(end)
	}
	if k != nil {
		k, _ = c.Prev()
	} else if k, _ = c.First(); k != nil { // Last never returns where all keys were deleted in this transaction
		k, _ = c.Last()
	}
	if bytes.HasPrefix(k, p) {
		return k
	}
	// Prev stops at a page whose keys were all deleted in this transaction; going forward skips such pages.
	k = nil
	for key := range t.prefix(b, p) {
		k = key
	}
	return k
}

// after is the first key behind all that begin with p, nil for an empty p.
func after(p []byte) []byte {
	end := bytes.Clone(p)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
