package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
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

// fail is a folder as a power failure may leave it.
func (d *disk) fail(t *testing.T, r *rand.Rand) (dir string) {
	t.Helper()
	const page = 4096
	base, newest := d.versions[0], d.versions[len(d.versions)-1]
	image := make([]byte, len(base)+r.IntN(len(newest)-len(base)+1)/page*page)
	for at := 0; at < len(image); at += page {
		version := d.versions[r.IntN(len(d.versions))]
		if at < len(version) {
			copy(image[at:at+page], version[at:])
		}
	}
	dir = t.TempDir()
	for name, raw := range map[string][]byte{FileName: image, JournalName: d.journal} {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
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
// mixture of old and new pages. Exactly what was acknowledged must be there.
func TestPowerFailure(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	s := openAt(t, t.TempDir(), WithJournal(), func(s *Store) { s.journal = 40 << 10 })
	var (
		d              disk
		ids            []ID
		bases, commits int
	)
	d.see(t, s)
	for n := range 80 {
		before := everything(t, s)
		journal := d.journal
		update(t, s, func(tx *Tx) error { return someChange(tx, n, &ids, r.Uint64()) })
		after := everything(t, s)
		versions := d.versions
		if d.see(t, s) {
			bases++
			half := disk{versions: append(slices.Clone(versions), d.versions[0]), journal: journal}
			wantAfterFailure(t, half.fail(t, r), fmt.Sprintf("in the middle of commit %d, a new base", n), before)
		}
		commits++
		wantAfterFailure(t, d.fail(t, r), fmt.Sprintf("after commit %d", n), after)
		torn := d
		torn.journal = bytes.Clone(d.journal)
		copy(torn.journal[s.kv.journal.at:], "half a record that nobody was told of")
		wantAfterFailure(t, torn.fail(t, r), fmt.Sprintf("in the middle of the commit after %d", n), after)
	}
	if bases < 5 || commits-bases < 40 {
		t.Errorf("%d commits made %d bases: too few of one of them", commits, bases)
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
