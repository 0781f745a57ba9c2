package backup

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"crm/store"
	"crm/store/kv"
	"crm/store/storetest"
)

// lines collects a log that is read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// scheduled runs backups of a new store by a clock of their own until the test is over.
func scheduled(t *testing.T, keep int, fn func(b *Schedule, log *lines), to ...string) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		storetest.CreateCustomer(t, s, "a@example.com")
		var log lines
		b := &Schedule{Store: s, Dir: filepath.Join(dir, store.BackupsName), Every: 24 * time.Hour, Keep: keep, Log: slog.New(slog.NewTextHandler(&log, nil))}
		for _, dir := range to {
			b.To = append(b.To, folderPlace(dir))
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { b.Run(ctx); close(done) }()
		fn(b, &log)
		stop()
		<-done
		storetest.Close(t, s)
	})
	storetest.Open(t, dir) // which checks it when the test ends
}

// days lets time pass.
func days(n float64) {
	time.Sleep(time.Duration(n * float64(24*time.Hour))) // of the bubble, where it takes no time
	synctest.Wait()
}

func TestScheduleKeepsTheNewest(t *testing.T) {
	scheduled(t, 3, func(b *Schedule, log *lines) {
		days(0.1)
		if got := storetest.Names(t, b.Dir); len(got) != 1 {
			t.Fatalf("soon after the start: got %q, want one", got)
		}
		asked, err := b.MakeAnywhere(context.Background(), b.Dir) // a context of the bubble
		if err != nil {
			t.Fatal(err)
		}
		write := func(name, content string) {
			if err := os.WriteFile(filepath.Join(b.Dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("crm-0"+Suffix, "damaged")
		write("notes.txt", "mine")
		days(10)
		got := storetest.Names(t, b.Dir)
		if len(got) != 3+3 {
			t.Errorf("got %q, want three by themselves, one that was asked for, and two others; log %s", got, log)
		}
		for _, want := range []string{filepath.Base(asked.Path), "crm-0" + Suffix, "notes.txt"} {
			if !strings.Contains(strings.Join(got, " "), want) {
				t.Errorf("%s is gone: %q", want, got)
			}
		}
		last, ok := Newest(b.Dir, nil)
		if age := b.Store.Now().Std().Sub(last.Time.Std()); !ok || age > 24*time.Hour {
			t.Errorf("the newest is %s old", age)
		}
	})
}

// A failure is an error in the log and is tried again sooner than a day later.
func TestScheduleTriesAgain(t *testing.T) {
	scheduled(t, 3, func(b *Schedule, log *lines) {
		if err := os.WriteFile(b.Dir, nil, 0o600); err != nil { // a file where the folder should be
			t.Fatal(err)
		}
		days(0.01)
		if !strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("log: got %q, want an error", log)
		}
		if b.Failed() == nil {
			t.Error("it did not fail")
		}
		if err := os.Remove(b.Dir); err != nil {
			t.Fatal(err)
		}
		days(0.1)
		if got := storetest.Names(t, b.Dir); len(got) != 1 || b.Failed() != nil {
			t.Errorf("got %q, failed at %v; want a backup", got, b.Failed())
		}
	})
}

// The next backup deletes what a crash has left of an earlier one, and nothing else.
func TestScheduleClearsWhatACrashLeft(t *testing.T) {
	s, dir := storetest.Filled(t, 2)
	other, _ := storetest.Filled(t, 2)
	folder := filepath.Join(dir, store.BackupsName)
	for name, of := range map[string]*store.Store{"ours": s, "theirs": other} {
		b := backup(t, of, filepath.Join(folder, name+Suffix))
		raw, err := os.ReadFile(b.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.Path+PartSuffix, raw[:len(raw)*2/3], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := mkdir(filepath.Join(folder, "ours"+Suffix+PartSuffix+scratchSuffix)); err != nil {
		t.Fatal(err)
	}
	b := &Schedule{Store: s, Dir: t.TempDir()} // wherever the next one goes
	if _, err := b.MakeAnywhere(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(storetest.Names(t, folder), " ")
	if strings.Contains(got, "ours"+Suffix+PartSuffix) || !strings.Contains(got, "theirs"+Suffix+PartSuffix) || len(storetest.Names(t, folder)) != 4 {
		t.Errorf("got %s", got)
	}
}

// A laptop that sleeps at night makes its backups by the days of its clock, not by the hours that it was awake.
func TestScheduleAfterSleep(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var slept atomic.Int64 // a clock goes on meanwhile, timers do not
		s, err := store.Open(dir, store.WithClock(func() time.Time { return time.Now().Add(time.Duration(slept.Load())) }))
		if err != nil {
			t.Fatal(err)
		}
		b := &Schedule{Store: s, Dir: filepath.Join(dir, store.BackupsName), Every: 24 * time.Hour, Keep: 9, Log: slog.New(slog.DiscardHandler)}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { b.Run(ctx); close(done) }()
		days(0.5)
		slept.Add(int64(12 * time.Hour))
		days(0.01)
		if got := storetest.Names(t, b.Dir); len(got) != 2 {
			t.Errorf("after a day of which half was slept: got %q, want two backups", got)
		}
		slept.Add(-int64(240 * time.Hour)) // a clock set back stops nothing
		days(1.1)
		if got := storetest.Names(t, b.Dir); len(got) != 3 {
			t.Errorf("after another day: got %q, want three backups", got)
		}
		stop()
		<-done
		storetest.Close(t, s)
	})
}

// Two services may share a folder and make backups in the same second. Neither writes to the other's file, and a file that a crash has left
// stops neither.
func TestBackupsOfTheSameSecond(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 25, 21, 45, 0, 0, time.UTC) }
	s := storetest.Open(t, t.TempDir(), store.WithClock(now))
	folder := t.TempDir()
	theirs := filepath.Join(folder, "crm-20261125T214500Z"+Suffix+PartSuffix)
	if err := os.WriteFile(theirs, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		backup(t, s, folder)
	}
	want := []string{filepath.Base(theirs), "crm-20261125T214500Z-2" + Suffix, "crm-20261125T214500Z-3" + Suffix}
	slices.Sort(want)
	if got := storetest.Names(t, folder); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	_, err := Make(t.Context(), s, strings.TrimSuffix(theirs, PartSuffix), "")
	if err == nil || !strings.Contains(err.Error(), "delete this file when there is none under way") {
		t.Errorf("under the name of theirs: got %v", err)
	}
	if raw, err := os.ReadFile(theirs); err != nil || string(raw) != "theirs" {
		t.Errorf("theirs: got %q, %v", raw, err)
	}
	named := filepath.Join(folder, "monday"+Suffix)
	if err := written(t, s, named+PartSuffix, Manifest{}); err != nil { // and then a kill
		t.Fatal(err)
	}
	if b := backup(t, s, named); b.VerifiedAt == nil {
		t.Errorf("got %+v", b)
	}
}

// The schedule does not delete a backup that somebody has renamed, and never the last backup.
func TestScheduleLeavesWhatIsNotIts(t *testing.T) {
	scheduled(t, 0, func(b *Schedule, _ *lines) {
		days(0.1)
		first := storetest.Names(t, b.Dir)[0]
		if err := os.Rename(filepath.Join(b.Dir, first), filepath.Join(b.Dir, "before-the-move"+Suffix)); err != nil {
			t.Fatal(err)
		}
		days(3)
		if got := storetest.Names(t, b.Dir); len(got) != 2 || got[0] != "before-the-move"+Suffix {
			t.Errorf("got %q, want the renamed one and the newest", got)
		}
	})
}

// A service that is started again makes no backup while the last one is recent. If a clock that was ahead made the last one, it still makes
// the next in time.
func TestScheduleAfterAStart(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		run := func(ahead time.Duration, fn func(*Schedule)) {
			s, err := store.Open(dir, store.WithClock(func() time.Time { return time.Now().Add(ahead) }))
			if err != nil {
				t.Fatal(err)
			}
			b := &Schedule{Store: s, Dir: filepath.Join(dir, "made"), Every: 24 * time.Hour, Keep: 9, Log: slog.New(slog.DiscardHandler)}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { b.Run(ctx); close(done) }()
			fn(b)
			stop()
			<-done
			if _, err := b.MakeAnywhere(context.Background(), b.Dir); !errors.Is(err, store.ErrClosed) {
				t.Errorf("after its end: got %v, want %v", err, store.ErrClosed)
			}
			storetest.Close(t, s)
		}
		const month = 30 * 24 * time.Hour
		run(month, func(b *Schedule) { days(0.5) })
		run(month, func(b *Schedule) {
			days(0.4)
			if got := storetest.Names(t, b.Dir); len(got) != 1 {
				t.Errorf("started again: got %q, want one", got)
			}
		})
		run(0, func(b *Schedule) {
			days(1.1)
			if got := storetest.Names(t, b.Dir); len(got) != 2 {
				t.Errorf("a day after the clock was set right: got %q, want two", got)
			}
		})
	})
}

// A request for a backup while another is being made waits and gets one of its own.
func TestBackupsAtOnce(t *testing.T) {
	s, dir := storetest.Filled(t, 2)
	b := &Schedule{Store: s, Dir: filepath.Join(dir, store.BackupsName)}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if made, err := b.MakeAnywhere(t.Context(), b.Dir); err != nil || made.VerifiedAt == nil {
				t.Errorf("got %+v, %v", made, err)
			}
		})
	}
	all.Wait()
	if got := storetest.Names(t, b.Dir); len(got) != 4 {
		t.Errorf("got %q, want four backups", got)
	}
}

// Backups of other databases in the same folder are ignored: they are not counted, deleted or recommended. Those of the database that this
// one was restored from are.
func TestSharedFolderOfBackups(t *testing.T) {
	shared := t.TempDir()
	mine, dir := storetest.Filled(t, 2)
	origin := backup(t, mine, filepath.Join(shared, "crm-mine"+Suffix))
	storetest.Close(t, mine)
	other, _ := storetest.Filled(t, 3)
	storetest.CreateCustomer(t, other, "later@example.com")
	theirs := &Schedule{Store: other, Dir: shared, Every: time.Hour, Keep: 1}
	if _, err := theirs.make(context.Background(), Manifest{Scheduled: true}, store.By{}, anywhere(shared)); err != nil {
		t.Fatal(err)
	}
	newest, _ := theirs.Last()
	if _, _, err := Restore(t.Context(), origin.Path, dir, RestoreOptions{}); err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, dir, store.WithBackups(shared))
	b := &Schedule{Store: s, Dir: shared, Every: time.Hour, Keep: 1}
	if last, ok := b.Last(); !ok || last.Path != origin.Path {
		t.Errorf("last: got %+v, want %s", last, origin.Path)
	}
	storetest.Write(t, filepath.Join(shared, "crm-0"+Suffix), []byte("cut off"))
	if list, err := b.List(); err != nil || len(list) != 2 {
		t.Errorf("list: got %+v, %v, want ours and what cannot be read", list, err)
	}
	for range 3 {
		made, err := b.make(t.Context(), Manifest{Scheduled: true}, store.By{}, anywhere(shared))
		if err == nil {
			err = b.prune(made.Path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if list, _ := b.List(); len(list) != 3 || !kv.Exists(newest.Path) {
		t.Errorf("retention left %+v; theirs is there: %t", list, kv.Exists(newest.Path))
	}
	last, _ := b.Last()
	if newest, ok := NewestOf(dir, shared); !ok || newest.Path != last.Path {
		t.Errorf("newest: got %+v, want %s", newest, last.Path)
	}
}
