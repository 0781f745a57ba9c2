package kv

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// A disk is what may be on disk of a database file with a WAL when the power fails: of each page one of the versions that
// were written since the last sync of all of them.
type disk struct {
	versions [][]byte // of the whole file, one a commit, from the base of the log on
	log      []byte
	epoch    uint64
}

// see takes the files as they are after a commit. It reports whether that became the base of the log.
func (d *disk) see(t *testing.T, s *DB) (checkpoint bool) {
	t.Helper()
	file := mustRead(t, s.path)
	d.log = mustRead(t, WALPath(s.path))
	if checkpoint = d.epoch != s.wal.epoch; checkpoint {
		d.versions, d.epoch = nil, s.wal.epoch
	}
	d.versions = append(d.versions, file)
	return checkpoint
}

// image returns a folder as a power failure may leave it. Some fail once more, or twice, while the folder is recovered.
func (d *disk) image(t *testing.T, r *rand.Rand) (dir string) {
	t.Helper()
	dir = folderOf(t, mixture(r, d.versions), d.log)
	for r.IntN(3) == 0 {
		dir = failAgain(t, dir, r)
	}
	return dir
}

// mixture has of each page one of its versions.
func mixture(r *rand.Rand, versions [][]byte) []byte {
	const page = 4096
	base, newest := versions[0], versions[len(versions)-1]
	image := make([]byte, len(base)+r.IntN(len(newest)-len(base)+1)/page*page)
	for at := 0; at < len(image); at += page {
		version := versions[r.IntN(len(versions))]
		if at < len(version) {
			copy(image[at:at+page], version[at:])
		}
	}
	return image
}

// failAgain returns a folder after a power failure in the middle of its recovery: while the base was restored, or while the
// log was replayed.
func failAgain(t *testing.T, dir string, r *rand.Rand) string {
	t.Helper()
	path := filepath.Join(dir, fileName)
	left, log := mustRead(t, path), mustRead(t, WALPath(path))
	if r.IntN(2) == 0 { // sectors of a page that say something else than its head are of no use in a meta page
		tear(left, r)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		err = errors.Join(parseWAL(log).restoreBase(file), file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	base := mustRead(t, path)
	db, err := Open(path, testBuckets)
	if err != nil {
		t.Fatal(err)
	}
	again := mustRead(t, path)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if r.IntN(2) == 0 {
		return folderOf(t, mixture(r, [][]byte{left, base}), log)
	}
	return folderOf(t, mixture(r, [][]byte{base, again}), log)
}

// tear makes one of the meta pages, or both, worthless.
func tear(file []byte, r *rand.Rand) {
	for slot := range 2 {
		if r.IntN(2) == 0 {
			file[slot*4096+metaHead+40] ^= 0xff
		}
	}
}

// TestPowerFailure lets the power fail after commits, and in the middle of checkpoints: each time with another
// mixture of old and new pages. Exactly what was acknowledged must be there. Now and then the store goes on in what a failure has
// left, with a WAL of another size. CRM_POWER sets how many commits there are.
func TestPowerFailure(t *testing.T) {
	total := 80
	if n, err := strconv.Atoi(os.Getenv("CRM_POWER")); err == nil {
		total = n
	}
	r := rand.New(rand.NewPCG(7, uint64(total)))
	bases, lives := 0, 0
	for n, dir := 0, t.TempDir(); n < total; lives++ {
		s := openAt(t, dir, int64(5+r.IntN(15))*walPage)
		life := life{DB: s, random: r}
		life.see(t, s)
		for until := min(total, n+5+r.IntN(40)); n < until; n++ {
			life.commit(t, n)
		}
		bases += life.bases
		if dir = life.image(t, r); lives%5 == 4 { // a new file, so that it stays small
			dir = t.TempDir()
		}
		closeDB(t, s)
	}
	if bases < total/20 || bases > total/2 || lives < 2 {
		t.Errorf("%d commits made %d bases in %d lives: too few or too many", total, bases, lives)
	}
}

// A life of a store is from one failure to the next.
type life struct {
	disk
	*DB
	random *rand.Rand
	keys   []string // of the rows
	bases  int
}

// commit makes a commit, and looks at what is left of it when the power fails before, in the middle and after.
func (l *life) commit(t *testing.T, n int) {
	t.Helper()
	before, earlier, at := everything(t, l.DB), disk{versions: l.versions, log: l.disk.log}, l.DB.wal.at
	update(t, l.DB, func(tx *Tx) error { return someChange(tx, n, &l.keys, l.random.Uint64()) })
	after := everything(t, l.DB)
	if l.see(t, l.DB) {
		l.bases++
		earlier.versions = append(slices.Clone(earlier.versions), l.versions[0])
		l.fails(t, &earlier, fmt.Sprintf("in the middle of commit %d, a checkpoint", n), before)
	} else if earlier.log = l.tornAt(at); !bytes.Equal(earlier.log, l.disk.log) {
		l.fails(t, &earlier, fmt.Sprintf("in the middle of commit %d", n), before)
	}
	l.fails(t, &l.disk, fmt.Sprintf("after commit %d", n), after)
}

// tornAt returns the log without a part of its last record, which begins there: up to some byte of the record, or, as a disk tears
// it that writes whole pages, without the record's pages.
func (l *life) tornAt(at int64) []byte {
	torn, record := bytes.Clone(l.disk.log), int64(len(l.DB.wal.record))
	from := at + recordHead + l.random.Int64N(record-recordHead)
	if l.random.IntN(2) == 0 {
		from = at / 4096 * 4096
	}
	clear(torn[from : at+record])
	return torn
}

// fails looks at what a failure leaves, and takes it away.
func (l *life) fails(t *testing.T, d *disk, when string, want [][]string) {
	t.Helper()
	dir := d.image(t, l.random)
	wantAfterFailure(t, dir, when, want)
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}

// someChange makes a commit of another size and kind each time.
func someChange(tx *Tx, n int, keys *[]string, random uint64) error {
	known := slices.Clone(*keys)
	some := func() int { return int(random % uint64(len(known))) }
	switch {
	case n%10 == 9: // too large for a record
		for i := range 60 {
			value := bytes.Repeat([]byte("n"), 1200)
			if err := tx.Put(rows, fmt.Appendf(nil, "bulk %d-%d", n, i), value); err != nil {
				return err
			}
		}
		return nil
	case n%3 == 1 && len(known) > 0: // another value
		return tx.Put(rows, []byte(known[some()]), fmt.Append(nil, random))
	case n%7 == 2 && len(known) > 0: // less
		gone := some()
		k := known[gone]
		*keys = slices.Delete(known, gone, gone+1)
		return errors.Join(tx.Delete(rows, []byte(k)), tx.Delete(entries, []byte("entry of "+k)))
	}
	k := fmt.Sprintf("row %d-%d", random%1000, n)
	*keys = append(known, k)
	return putRow(tx, k)
}
