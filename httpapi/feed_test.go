package httpapi

import "testing"

// Events of many streams come from one reading of the log.
func TestFeed(t *testing.T) {
	f := newFixture(t)
	f.crowd()
	var fd feed
	want := func(seq, first uint64, n int) {
		t.Helper()
		list, err := fd.after(f.store, seq)
		if err != nil || len(list) != n || n > 0 && list[0].seq != first {
			t.Fatalf("after %d: got %d events, %v; want %d from %d on", seq, len(list), err, n, first)
		}
		for i := range list {
			if list[i].seq != first+uint64(i) {
				t.Fatalf("after %d: event %d has sequence %d", seq, i, list[i].seq)
			}
		}
	}
	newest := f.store.Seq()
	want(newest-10, newest-9, 10)
	want(newest-5, newest-4, 5)
	want(newest, 0, 0)
	want(0, 1, maxEvents) // an old client's, which are not remembered
	want(newest-10, newest-9, 10)
	f.crowd()
	for seq := newest; seq < f.store.Seq(); seq += maxEvents {
		want(seq, seq+1, min(maxEvents, int(f.store.Seq()-seq)))
	}
	if n := len(fd.recent); n != maxRecent || fd.recent[n-1].seq != f.store.Seq() {
		t.Errorf("remembers %d events up to %d, want the newest %d", n, fd.recent[n-1].seq, maxRecent)
	}
	want(f.store.Seq()-maxRecent, f.store.Seq()-maxRecent+1, maxEvents)
	want(f.store.Seq()-maxRecent-1, f.store.Seq()-maxRecent, maxEvents)
}
