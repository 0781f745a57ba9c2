package store

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"crm/store/kv"
	"crm/store/zone"
)

// A Store is an open data folder. Its methods are safe for concurrent use.
type Store struct {
	kv    *kv.DB
	dir   string
	id    ID
	zone  *zone.Zone
	rules bool // follow-ups are to follow the zone's
	found int  // the schema of the file when it was opened
	// backups is the folder of the backups
	backups string
	marker  *marker // of the folder; nil for none
	// asItIs: an older schema is only looked at
	asItIs bool
	before func(*Store) error // is called before a migration; nil forbids one
	after  func(from int)     // is called after a migration; may be nil
	clock  func() time.Time
	// wal is the size of the write-ahead log in bytes; 0 for none
	wal  int64
	ids  IDSource     // the committer's
	last atomic.Int64 // the newest time that a transaction had

	queue   chan *write
	closing sync.RWMutex // held for reading while a write is queued
	closed  bool
	stopped chan struct{}

	seq      atomic.Uint64
	accounts atomic.Uint64
	follow   sync.Mutex // guards events and changed
	events   []Event    // the newest, without gaps
	changed  chan struct{}
	health   health
	aside    aside
}

// An Option changes how Open works.
type Option func(*Store)

// WithClock sets the clock, which is Now otherwise, for tests and for loading sample data at a fixed time.
func WithClock(now func() time.Time) Option { return func(s *Store) { s.clock = now } }

// WithZone sets the office's time zone, by which days are read, and makes open follow-ups follow its rules as Open opens the store. It is
// for who serves or loads records.
func WithZone(z *zone.Zone) Option { return func(s *Store) { s.zone, s.rules = z, true } }

// WithBackups names the folder of the backups, which errors and the folder's marker tell. It is the folder that the marker names
// otherwise, or BackupsName in the data folder.
func WithBackups(dir string) Option { return func(s *Store) { s.backups = dir } }

// WithWAL makes commits durable in a write-ahead log beside the database, which is faster than in the database. It is for a
// service: the log takes 16 MB while the store is open.
func WithWAL() Option { return func(s *Store) { s.wal = kv.WALSize } }

// Open opens the database in dir, makes folder and file when there never were any, and brings an older schema to this
// program's. It returns ErrLocked at once when another process has it, ErrLost where there was one and is none, ErrNewer for a
// file of a newer program, and a DamagedError for one that cannot be read.
func Open(dir string, options ...Option) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := Lost(dir, options...); err != nil {
			return nil, err
		}
		if err := kv.Create(path, bucketNames, initialise); err != nil {
			return nil, err
		}
	}
	s := newStore(dir, options)
	k, err := openDB(path)
	if err != nil {
		return nil, s.located(err)
	}
	s.kv = k
	for _, step := range []func() error{s.identify, s.migrate, s.load, s.mark, s.startWAL} {
		if err := step(); err != nil {
			return nil, errors.Join(err, k.Close())
		}
	}
	go s.commitLoop()
	if s.rules {
		if err := s.followRules(); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// newStore is a store that has not been opened yet.
func newStore(dir string, options []Option) *Store {
	s := &Store{
		dir: dir, clock: Now, zone: zone.UTC, ids: IDSource{Rand: rand.Reader}, marker: readMarker(dir),
		queue: make(chan *write, maxBatch), stopped: make(chan struct{}), changed: make(chan struct{}),
	}
	for _, option := range options {
		option(s)
	}
	if s.marker != nil {
		s.backups = cmp.Or(s.backups, s.marker.Backups)
	}
	s.backups = cmp.Or(s.backups, ownBackups(dir))
	return s
}

func (s *Store) startWAL() error {
	if s.wal == 0 {
		return nil
	}
	return s.kv.StartWAL(s.wal)
}

// located adds to an error about damage where the folder and its backups are.
func (s *Store) located(err error) error {
	if _, ok := errors.AsType[*DamagedError](err); !ok {
		return err
	}
	if _, ok := errors.AsType[*FolderError](err); ok {
		return err
	}
	return &FolderError{Dir: s.dir, Backups: s.backups, Err: err}
}

// load reads what the store must remember: the last sequence, and the time that the clock may not fall behind.
func (s *Store) load() error {
	return s.kv.View(func(pairs *kv.Tx) error {
		tx := &Tx{kv: pairs}
		s.seq.Store(tx.Seq())
		if newest, ok := tx.newest(); ok {
			s.last.Store(int64(newest.Time) + 1)
		}
		return nil
	})
}

// Dir returns the data folder.
func (s *Store) Dir() string { return s.dir }

// Backups returns the folder of the backups.
func (s *Store) Backups() string { return s.backups }

// Owns reports whether a backup of a database is of this one, or of one that this was restored from.
func (s *Store) Owns(database ID) bool { return s.marker.owns(database) }

// ID tells this database from every other, so that what is derived from one is not taken for another's.
func (s *Store) ID() ID { return s.id }

// Zone is the office's time zone, UTC unless WithZone set it.
func (s *Store) Zone() *zone.Zone { return s.zone }

// Size is the length of the database file in bytes.
func (s *Store) Size() int64 { return s.kv.Size() }

// View runs fn in a read transaction, a snapshot of one moment. What fn reads must be copied before it
// returns, and fn must not be slow: the file cannot reuse pages that it may still read.
func (s *Store) View(fn func(*Tx) error) error {
	return s.located(s.kv.View(func(pairs *kv.Tx) error { return fn(&Tx{kv: pairs, now: s.tick(), zone: s.zone, aside: &s.aside}) }))
}

// Close finishes the writes that wait, then closes the file. Every call returns when that is done.
func (s *Store) Close() error {
	s.closing.Lock()
	if !s.closed {
		s.closed = true
		close(s.queue)
	}
	s.closing.Unlock()
	<-s.stopped
	s.closing.Lock()
	defer s.closing.Unlock()
	return s.kv.Close()
}

// Keys of the meta bucket.
var (
	metaSchema = []byte("schema")
	metaID     = []byte("id")
	// metaLoading is there while Load has not finished.
	metaLoading = []byte("loading")
)

// initialise fills a new file: the newest schema needs no migration.
func initialise(pairs *kv.Tx) error {
	id := (&IDSource{Rand: rand.Reader}).Next(TimeOf(Now()))
	if err := pairs.Put(bucketMeta, metaID, id[:]); err != nil {
		return err
	}
	return pairs.Put(bucketMeta, metaSchema, binary.BigEndian.AppendUint64(nil, uint64(Schema())))
}

// migrations lead from one schema version to the next: entry i turns version i+1 into i+2. Append only;
// each has a file of its version in testdata.
var migrations = []func(*kv.Tx) error{
	func(pairs *kv.Tx) error { // replies to requests with an idempotency key
		return errors.Join(pairs.Create(bucketReplies), pairs.Create(bucketReplyTime), pairs.Create(bucketReplyRecord))
	},
	func(pairs *kv.Tx) error { return cmp.Or(nameCounts(pairs), keepCivil(pairs), closeErased(pairs)) },
	rekey,
}

// Schema is the version that this program writes.
func Schema() int { return len(migrations) + 1 }
