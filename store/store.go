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
	"crm/store/text"
	"crm/store/zone"
)

// A Store is an open data folder. Its methods are safe for concurrent use.
type Store struct {
	kv    *kv.DB
	dir   string
	id    ID
	zone  *zone.Zone
	rules bool // whether Open computes follow-ups again when the zone's rules have changed
	phoneRules
	found      int                // the schema of the file when it was opened
	backups    string             // the folder of the backups
	marker     *marker            // of the folder; nil if there is none
	keepSchema bool               // see KeepSchema
	before     func(*Store) error // called before a migration; nil forbids migrations
	after      func(from int)     // called after a migration; may be nil
	clock      func() time.Time
	wal        int64        // the size of the write-ahead log in bytes; 0 for none
	ids        IDSource     // the committer's
	last       atomic.Int64 // the time of the newest transaction

	queue   chan *write
	closing sync.RWMutex // locked for reading while a write is queued
	closed  bool
	stopped chan struct{}

	seq      atomic.Uint64
	accounts atomic.Uint64
	follow   sync.Mutex // guards events and changed
	events   []Event    // the newest, without gaps
	changed  chan struct{}
	health   health
	skipped  skipped
}

// An Option changes how Open works.
type Option func(*Store)

// WithClock replaces the clock, which is Now by default. It is for tests, and for loading sample data at a fixed time.
func WithClock(now func() time.Time) Option { return func(s *Store) { s.clock = now } }

// WithZone sets the office's time zone, and makes Open compute the instants of open follow-ups again if its rules have changed. It is for
// programs that serve or load records.
func WithZone(z *zone.Zone) Option { return func(s *Store) { s.zone, s.rules = z, true } }

// WithBackups sets the folder of the backups, which errors and the folder's marker name. By default it is the one in the marker, or else
// BackupsName in the data folder.
func WithBackups(dir string) Option { return func(s *Store) { s.backups = dir } }

// WithWAL makes commits durable in a write-ahead log beside the database, which is faster than in the database itself. It is for a
// service, because the log takes 16 MB while the store is open.
func WithWAL() Option { return func(s *Store) { s.wal = kv.WALSize } }

// Open opens the database in dir. It creates the folder and the database if there never were any, and migrates an older schema to this
// program's. It returns ErrLocked at once if another process has the database open, ErrLost if the database has disappeared, ErrNewer for
// a file of a newer program, and a DamagedError for one that cannot be read.
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
	for _, step := range []func() error{s.identify, s.migrate, s.readPhones, s.load, s.mark, s.startWAL} {
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

// newStore returns a store that has not been opened yet.
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

// located adds the data folder and the folder of its backups to an error about damage.
func (s *Store) located(err error) error {
	if _, ok := errors.AsType[*DamagedError](err); !ok {
		return err
	}
	if _, ok := errors.AsType[*FolderError](err); ok {
		return err
	}
	return &FolderError{Dir: s.dir, Backups: s.backups, Err: err}
}

// load reads the last sequence, and the time of the last change, which later transactions must be after.
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

// Owns reports whether backups of a database belong to this one: it is the same, or one that this was restored from.
func (s *Store) Owns(database ID) bool { return s.marker.owns(database) }

// ID returns the id of this database, by which a saved index or a backup is recognised as belonging to it.
func (s *Store) ID() ID { return s.id }

// Zone returns the office's time zone, which is UTC unless WithZone has set it.
func (s *Store) Zone() *zone.Zone { return s.zone }

// Size returns the length of the database file in bytes.
func (s *Store) Size() int64 { return s.kv.Size() }

// View runs fn in a read transaction, which is a snapshot of one moment. fn must copy what it reads before it returns. fn must not be
// slow, because the file cannot reuse pages that a transaction may still read.
func (s *Store) View(fn func(*Tx) error) error {
	return s.located(s.kv.View(func(pairs *kv.Tx) error { return fn(&Tx{kv: pairs, now: s.tick(), zone: s.zone, skipped: &s.skipped}) }))
}

// Close finishes the waiting writes and then closes the file. Every call of Close returns when that is done.
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
	// metaLoading exists until Load has finished.
	metaLoading = []byte("loading")
)

// initialise writes the id and the newest schema to a new file.
func initialise(pairs *kv.Tx) error {
	id := (&IDSource{Rand: rand.Reader}).Next(TimeOf(Now()))
	if err := pairs.Put(bucketMeta, metaID, id[:]); err != nil {
		return err
	}
	if err := pairs.Put(bucketMeta, metaPhones, []byte(DefaultRegion+" "+text.PhoneRules)); err != nil {
		return err
	}
	return pairs.Put(bucketMeta, metaSchema, binary.BigEndian.AppendUint64(nil, uint64(Schema())))
}

// Free returns how many bytes of the database file are in free pages.
func (s *Store) Free() int64 { return s.kv.Free() }

// DiskFree returns the free space in bytes on the disk of the data folder.
func (s *Store) DiskFree() (uint64, error) {
	v, err := kv.VolumeOf(s.dir)
	return v.Free, err
}
