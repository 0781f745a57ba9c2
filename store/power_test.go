package store

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

// A disk is what may be on disk of a database file with a journal when the power fails: of each page one of the versions that
// were written since the last sync of all of them.
type disk struct {
	versions [][]byte // of the whole file, one a commit, from the journal's base on
	journal  []byte
	epoch    uint64
}

// see takes the files as they are after a commit. It reports whether that became the journal's base.
func (d *disk) see(t *testing.T, s *Store) (rebased bool) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(s.dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if d.journal, err = os.ReadFile(filepath.Join(s.dir, JournalName)); err != nil {
		t.Fatal(err)
	}
	if rebased = d.epoch != s.kv.journal.epoch; rebased {
		d.versions, d.epoch = nil, s.kv.journal.epoch
	}
	d.versions = append(d.versions, file)
	return rebased
}

// fail is a folder as a power failure may leave it. Some fail once more, or twice, while the folder is recovered.
func (d *disk) fail(t *testing.T, r *rand.Rand) (dir string) {
	t.Helper()
	dir = folderOf(t, mixture(r, d.versions), d.journal)
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

// folderOf is a folder with a database and its journal.
func folderOf(t *testing.T, database, journal []byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, raw := range map[string][]byte{FileName: database, JournalName: journal} {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// failAgain is a folder after a power failure in the middle of its recovery: while the base was put back, or while the
// journal's commits were made again.
func failAgain(t *testing.T, dir string, r *rand.Rand) string {
	t.Helper()
	path := filepath.Join(dir, FileName)
	read := func(path string) []byte {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	left, journal := read(path), read(journalOf(path))
	if r.IntN(2) == 0 { // sectors of a page that say something else than its head are of no use in a meta page
		tear(left, r)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		err = errors.Join(parseJournal(journal).putBack(file), file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	base := read(path)
	k, err := openKV(path)
	if err != nil {
		t.Fatal(err)
	}
	again := read(path)
	if err := k.close(); err != nil {
		t.Fatal(err)
	}
	if r.IntN(2) == 0 {
		return folderOf(t, mixture(r, [][]byte{left, base}), journal)
	}
	return folderOf(t, mixture(r, [][]byte{base, again}), journal)
}

// tear makes one of the meta pages, or both, worthless.
func tear(file []byte, r *rand.Rand) {
	for slot := range 2 {
		if r.IntN(2) == 0 {
			file[slot*4096+metaHead+40] ^= 0xff
		}
	}
}

// everything is all pairs of a store.
func everything(t *testing.T, s *Store) [][]string {
	t.Helper()
	return contents(t, s, slices.Collect(func(yield func(bucket) bool) {
		for b := range bucketCount {
			if b != bucketMeta && !yield(b) { // Open notes nothing there that a commit must keep
				return
			}
		}
	}))
}

// wantAfterFailure opens what is left and compares it with what was acknowledged.
func wantAfterFailure(t *testing.T, dir, when string, want [][]string) {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	got := everything(t, s)
	if !slices.EqualFunc(got, want, slices.Equal) {
		for b := range got {
			if !slices.Equal(got[b], want[b]) {
				t.Errorf("%s: %d pairs, want %d in the same state", when, len(got[b]), len(want[b]))
			}
		}
	}
	closeStore(t, s)
	checkFile(t, filepath.Join(dir, FileName))
	if isThere(filepath.Join(dir, JournalName)) {
		t.Errorf("%s: the journal is still there", when)
	}
}

// TestPowerFailure lets the power fail after commits, and in the middle of those that make a new base: each time with another
// mixture of old and new pages. Exactly what was acknowledged must be there. Now and then the store goes on in what a failure has
// left, with a journal of another size. CRM_POWER sets how many commits there are.
func TestPowerFailure(t *testing.T) {
	total := 80
	if n, err := strconv.Atoi(os.Getenv("CRM_POWER")); err == nil {
		total = n
	}
	r := rand.New(rand.NewPCG(7, uint64(total)))
	bases, lives := 0, 0
	for n, dir := 0, t.TempDir(); n < total; lives++ {
		s := openAt(t, dir, WithJournal(), func(s *Store) { s.journal = int64(5+r.IntN(15)) * journalPage })
		life := life{Store: s, random: r}
		life.see(t, s)
		for until := min(total, n+5+r.IntN(40)); n < until; n++ {
			life.commit(t, n)
		}
		bases += life.bases
		if dir = life.fail(t, r); lives%5 == 4 { // the file is made anew and stays small
			dir = t.TempDir()
		}
		closeStore(t, s)
	}
	if bases < total/20 || bases > total/2 || lives < 2 {
		t.Errorf("%d commits made %d bases in %d lives: too few or too many", total, bases, lives)
	}
}

// A life of a store is from one failure to the next.
type life struct {
	disk
	*Store
	random *rand.Rand
	ids    []ID
	bases  int
}

// commit makes a commit, and looks at what is left of it when the power fails before, in the middle and after.
func (l *life) commit(t *testing.T, n int) {
	t.Helper()
	before, earlier, at := everything(t, l.Store), disk{versions: l.versions, journal: l.disk.journal}, l.kv.journal.at
	update(t, l.Store, func(tx *Tx) error { return someChange(tx, n, &l.ids, l.random.Uint64()) })
	after := everything(t, l.Store)
	if l.see(t, l.Store) {
		l.bases++
		earlier.versions = append(slices.Clone(earlier.versions), l.versions[0])
		l.fails(t, &earlier, fmt.Sprintf("in the middle of commit %d, a new base", n), before)
	} else if earlier.journal = l.tornAt(at); !bytes.Equal(earlier.journal, l.disk.journal) {
		l.fails(t, &earlier, fmt.Sprintf("in the middle of commit %d", n), before)
	}
	l.fails(t, &l.disk, fmt.Sprintf("after commit %d", n), after)
}

// tornAt is the journal with its last record, which begins there, only up to some byte.
func (l *life) tornAt(at int64) []byte {
	torn, record := bytes.Clone(l.disk.journal), int64(len(l.kv.journal.record))
	clear(torn[at+recordHead+l.random.Int64N(record-recordHead) : at+record])
	return torn
}

// fails looks at what a failure leaves, and takes it away.
func (l *life) fails(t *testing.T, d *disk, when string, want [][]string) {
	t.Helper()
	dir := d.fail(t, l.random)
	wantAfterFailure(t, dir, when, want)
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}

// someChange makes a commit of another size and kind each time.
func someChange(tx *Tx, n int, ids *[]ID, random uint64) error {
	known := slices.Clone(*ids)
	switch {
	case n%10 == 9: // too large for the journal
		for i := range 60 {
			c := person(fmt.Sprintf("bulk%d-%d@example.com", n, i))
			c.Notes = new(string(bytes.Repeat([]byte("n"), 900)))
			if _, err := tx.CreateCustomer(c, nil); err != nil {
				return err
			}
		}
	case n%3 == 1 && len(known) > 0:
		_, err := tx.UpdateCustomer(known[random%uint64(len(known))], func(c *Customer) Invalid { c.Notes = new(fmt.Sprint(random)); return nil })
		return err
	case n%7 == 2 && len(known) > 0:
		i := &Interaction{CustomerID: known[random%uint64(len(known))], Channel: "sms", Summary: fmt.Sprint(n), Timestamp: Never}
		if _, err := tx.CreateInteraction(i, nil); err != nil || random%2 == 0 {
			return err
		}
		return tx.DeleteInteraction(i.ID)
	}
	c := person(fmt.Sprintf("c%d-%d@example.com", random%1000, n))
	if _, err := tx.CreateCustomer(c, nil); err != nil {
		return err
	}
	*ids = append(known, c.ID)
	return nil
}
