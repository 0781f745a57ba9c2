package backup

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"crm/store"
	"crm/store/kv"
	"crm/store/storetest"
)

// TestRetained has three scheduled backups of which two are kept, one made by hand, and a folder with what a restore replaced.
func TestRetained(t *testing.T) {
	scheduled(t, 2, func(b *Schedule, _ *lines) {
		old := b.Store.Now()
		days(2.5) // scheduled ones after no day, one and two
		if _, err := b.MakeAnywhere(context.Background(), b.Dir); err != nil {
			t.Fatal(err)
		}
		if err := mkdir(b.Store.Dir() + "/" + store.ReplacedPrefix + store.Now().UTC().Format(nameTime)); err != nil {
			t.Fatal(err)
		}
		all, err := b.Retained(old)
		if err != nil {
			t.Fatal(err)
		}
		list, err := b.List()
		if err != nil || len(list) != 3 || len(all) != 4 {
			t.Fatalf("%d backups, %v; retained %+v", len(list), err, all)
		}
		newest, older := *all[1].Until, *all[2].Until
		if all[0].Until != nil || all[3].Until != nil || newest-older != store.Time(b.Every.Milliseconds()) || older < b.Store.Now() {
			t.Errorf("until: got %+v", all)
		}
		days(float64(older-b.Store.Now())/float64((24*time.Hour).Milliseconds()) + 0.01)
		if list, _ := b.List(); slices.ContainsFunc(list, func(b File) bool { return b.Path == all[2].Path }) {
			t.Errorf("%s should be gone at %s", all[2].Path, older)
		}
		if list, _ := b.List(); !slices.ContainsFunc(list, func(b File) bool { return b.Path == all[1].Path }) {
			t.Errorf("%s should be there until %s", all[1].Path, newest)
		}
		since, err := b.Retained(all[0].Time + 1)
		if err != nil || len(since) != 2 || since[0].Time < all[0].Time || since[1].Path != all[3].Path {
			t.Errorf("after %s: got %+v, %v; want a newer backup and the folder, whose name has no milliseconds", all[0].Time, since, err)
		}
	})
}

// A backup that is being written is going to contain the person, and what a crash has left of one may contain it.
func TestRetainedWhatIsBeingWritten(t *testing.T) {
	s, dir := storetest.Filled(t, 2)
	b := &Schedule{Store: s, Dir: filepath.Join(dir, store.BackupsName), Every: time.Hour, Keep: 1}
	if err := mkdir(b.Dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(b.Dir, "crm-0"+Suffix)
	begun := s.Now()
	if err := written(t, s, path+PartSuffix, Manifest{Scheduled: true}); err != nil {
		t.Fatal(err)
	}
	if retained, err := b.Retained(begun); err != nil || len(retained) != 1 || retained[0].Path != path+PartSuffix || retained[0].Until != nil {
		t.Errorf("left by a crash: got %+v, %v", retained, err)
	}
	b.running.Lock()
	defer b.running.Unlock()
	if retained, err := b.Retained(begun); err != nil || len(retained) != 1 || retained[0].Path != path || retained[0].Until == nil {
		t.Errorf("while it is written: got %+v, %v", retained, err)
	}
	if retained, err := b.Retained(s.Now().Add(time.Second)); err != nil || len(retained) != 0 {
		t.Errorf("of somebody who came later: got %+v, %v", retained, err)
	}
	if err := os.Truncate(path+PartSuffix, 0); err != nil { // it does not say yet whose it is
		t.Fatal(err)
	}
	if retained, err := b.Retained(begun); err != nil || len(retained) != 1 || retained[0].Path != path {
		t.Errorf("just begun: got %+v, %v", retained, err)
	}
}

// A write-ahead log of another database, which a restore kept, has people in it.
func TestWALPutAside(t *testing.T) {
	dir, _ := storetest.Crashed(t)
	other, from := storetest.Filled(t, 40)
	for n := range 30 { // other transactions than those of the write-ahead log
		storetest.CreateCustomer(t, other, storetest.Email(100+n))
	}
	storetest.Close(t, other)
	storetest.Copy(t, filepath.Join(from, store.FileName), filepath.Join(dir, store.FileName))
	s, unused := storetest.Open(t, dir), filepath.Join(dir, store.WALName+kv.UnusedSuffix)
	b := &Schedule{Store: s, Dir: filepath.Join(dir, store.BackupsName)}
	if retained, err := b.Retained(0); err != nil || len(retained) != 1 || retained[0].Path != unused || retained[0].Until != nil {
		t.Errorf("got %+v, %v, want %s", retained, err, unused)
	}
}
