package kv

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// A DB is an open file of sorted key-value pairs. Its methods are safe for concurrent use, except that Update must be called by one
// goroutine at a time.
type DB struct {
	bolt     *bolt.DB
	buckets  []string // names of the buckets, by Bucket
	file     *os.File
	path     string       // of the file, or of the file that this is a copy of
	wal      *wal         // nil if bbolt syncs each commit
	base     *bolt.Tx     // a read transaction on the log's base, so that none of its pages is overwritten
	failed   error        // of a sync, after which it is unknown what is on the disk
	replayed int          // see Replayed
	release  func() error // removes a copy; nil if the DB is no copy
}

// A Bucket is a sorted key space of the file. Its number is the index of its name in the list given to Open.
type Bucket uint8

// maxBuckets is how many buckets a file may have.
const maxBuckets = 32

// lockWait is how long Open tries to lock the file. It is long enough for a process that is just ending.
const lockWait = 300 * time.Millisecond

// Open opens and locks an existing file. It returns ErrLocked if another process has the file open, and a DamagedError for a file that
// cannot be read. If a crash has left commits in a write-ahead log, they are replayed first.
func Open(path string, buckets []string) (*DB, error) {
	return open(path, buckets, bolt.Options{InitialMmapSize: initialMmap(), OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
		return os.OpenFile(name, flag&^os.O_CREATE, mode) // else bbolt would create a file
	}})
}

// openOrBegin is like Open, for a file that need not exist yet.
func openOrBegin(path string, buckets []string) (*DB, error) {
	return open(path, buckets, bolt.Options{InitialMmapSize: initialMmap()})
}

// open opens a file. If a crash has left a write-ahead log, it restores the log's base before bbolt reads the file, and replays the
// commits after that.
func open(path string, buckets []string, o bolt.Options) (*DB, error) {
	var left *walContent
	openFile := o.OpenFile
	if openFile == nil {
		openFile = os.OpenFile
	}
	o.OpenFile = func(name string, flag int, mode os.FileMode) (file *os.File, err error) {
		if file, err = openFile(name, flag, mode); err == nil && !o.ReadOnly {
			left, err = recoverBase(path, file)
		}
		return file, err
	}
	db, err := openBolt(path, buckets, o)
	if err != nil {
		return nil, err
	}
	if replaced(path, db.file) {
		return nil, errors.Join(fmt.Errorf("%s: %w", filepath.Dir(path), ErrLocked), db.Close())
	}
	if err := db.recoverCommits(left); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	left = nil // can be freed now, although bbolt keeps OpenFile, which refers to left
	return db, nil
}

// openBolt makes bbolt open a file. Its errors name the path.
func openBolt(path string, buckets []string, o bolt.Options) (db *DB, err error) {
	var file *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil { // the list of free pages cannot be read
			db, err = nil, errors.Join(&DamagedError{Path: path, Cause: fmt.Errorf("%v", v)}, unlock(file), file.Close())
		}
	}()
	if info, err := os.Stat(path); err == nil && info.Size() == 0 { // bbolt would initialise it as a new database
		return nil, &DamagedError{Path: path, Cause: errors.New("the file is empty")}
	}
	o.Timeout, o.FreelistType, o.PreLoadFreelist = lockWait, bolt.FreelistMapType, true
	openFile := o.OpenFile
	o.OpenFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		file, err = openFile(name, flag, mode)
		if err == nil && !o.ReadOnly {
			if damage := checkFreeList(file); damage != nil {
				err = &DamagedError{Path: path, Cause: damage}
			}
		}
		return file, err
	}
	opened, err := bolt.Open(path, 0o600, &o)
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
	opened.AllocSize = growth
	return &DB{bolt: opened, buckets: buckets, file: file, path: path}, nil
}

// replaced reports whether a path no longer leads to an open file, because the file was deleted, or replaced by a compaction or restore.
// What is written to the open file would be lost.
func replaced(path string, file *os.File) bool {
	ours, err := file.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(ours, now)
}

// growth is how many bytes are added to the file at a time.
const growth = 1 << 20

// initialMmap returns how many bytes of address space are mapped when the file is opened. Growing the map waits for all readers, and a
// backup reads for long, so there is room for 64 GB, which costs nothing until it is used. On Windows the file would become as large as
// the map. There bbolt doubles the map when needed, by 1 GB at most, and a commit that needs this waits for a running backup.
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

func (db *DB) Close() error {
	var err error
	if db.wal != nil {
		err = db.stopWAL()
	}
	if db.wal != nil {
		err = errors.Join(err, db.leaveWAL())
	}
	err = errors.Join(err, db.bolt.Close())
	if db.release != nil {
		release := db.release
		db.release = func() error { return nil } // Close may be called twice
		err = errors.Join(err, release())
	}
	return err
}

// Size returns the length of the file in bytes.
func (db *DB) Size() (n int64) {
	_ = db.bolt.View(func(tx *bolt.Tx) error { n = tx.Size(); return nil })
	return n
}

// Free returns how many bytes of the file are in free pages.
func (db *DB) Free() int64 {
	stats := db.bolt.Stats()
	return int64(stats.FreePageN+stats.PendingPageN) * int64(db.bolt.Info().PageSize)
}

// View runs fn in a read transaction, which is a snapshot that no writer changes. It turns a panic that means damage into a DamagedError.
func (db *DB) View(fn func(*Tx) error) error {
	return db.guarded(func() error {
		return db.bolt.View(func(tx *bolt.Tx) error { return fn(&Tx{tx: tx, db: db}) })
	})
}

// Update runs fn in a write transaction and returns when that is durable. If fn returns an error, nothing is written.
func (db *DB) Update(fn func(*Tx) error) error {
	return db.guarded(func() error {
		if db.release == nil && replaced(db.path, db.file) {
			return fmt.Errorf("%s: %w", db.path, ErrGone)
		}
		if db.wal != nil && (db.outgrown() || replaced(WALPath(db.bolt.Path()), db.wal.file)) {
			if err := db.stopWAL(); err != nil {
				return err
			}
		}
		if db.wal != nil {
			return db.updateLogged(fn)
		}
		return db.bolt.Update(func(tx *bolt.Tx) error { return fn(&Tx{tx: tx, db: db}) })
	})
}
