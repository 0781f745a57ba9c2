package httpapi

import "testing"

// Events of many streams come from one reading of the log.
func TestFeed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.crowd()
	var fd feed
	want := func(seq, first uint64, n int) {
		t.Helper()
		list, err := fd.after(seq, f.api.readFeed)
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

// A stream that is far behind, or that reads the newest events, does not delay those that want cached events.
func TestFeedWhileReading(t *testing.T) {
	var fd feed
	list := func(seq uint64) ([]event, error) { return []event{{seq: seq + 1}}, nil }
	if _, err := fd.after(10, list); err != nil {
		t.Fatal(err)
	}
	for _, slow := range []uint64{2, 11} {
		begun, end, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			_, _ = fd.after(slow, func(seq uint64) ([]event, error) {
				close(begun)
				<-end
				return list(seq)
			})
		}()
		<-begun
		if got, err := fd.after(10, nil); err != nil || len(got) == 0 || got[0].seq != 11 {
			t.Errorf("while %d is read: got %v, %v", slow, got, err)
		}
		close(end)
		<-done
	}
}
