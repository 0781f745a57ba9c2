package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"crm/store"
	"crm/store/storetest"
)

func backup(t testing.TB, s *store.Store, to string) File {
	t.Helper()
	b, err := Make(t.Context(), s, to, "test")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// written writes a backup that is not verified to a new file, as a kill leaves it.
func written(t testing.TB, s *store.Store, path string, m Manifest) error {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return errors.Join((&job{throttle: store.Unthrottled(t.Context()), store: s, manifest: m}).write(file), file.Close())
}

func TestBackupSaysWhatIsInIt(t *testing.T) {
	s, dir := storetest.Filled(t, 3)
	b := backup(t, s, filepath.Join(dir, store.BackupsName))
	if b.Seq != s.Seq() || b.Database != s.ID() || b.Schema != store.Schema() || b.Version != "test" || b.VerifiedAt == nil || b.Scheduled ||
		b.Counts[store.KindCustomer] != 3 || b.Counts[store.KindInteraction] != 3 || b.Counts[store.KindFeedback] != 3 || b.Counts[store.KindUser] != 0 {
		t.Errorf("got %+v", b)
	}
	if last, ok := Newest(filepath.Join(dir, store.BackupsName), nil); !ok || last.Path != b.Path {
		t.Errorf("last verified: got %+v, %t, want %s", last, ok, b.Path)
	}
	if files, _ := os.ReadDir(filepath.Dir(b.Path)); len(files) != 1 {
		t.Errorf("got files %v, want one", files)
	}
	named := filepath.Join(t.TempDir(), "new", "monday"+Suffix)
	if got := backup(t, s, named); got.Path != named {
		t.Errorf("got %s, want %s", got.Path, named)
	}
	if _, err := Make(t.Context(), s, named, ""); !errors.Is(err, ErrExists) {
		t.Errorf("a second one of the same name: got %v, want %v", err, ErrExists)
	}
}

// TestBackupUnderLoad makes a backup among many writers and restores it elsewhere: of all acknowledged writes those up to
// the manifest's sequence are there, and no others.
func TestBackupUnderLoad(t *testing.T) {
	s, dir := storetest.Filled(t, 20)
	acked := make(map[string]uint64)
	var mu sync.Mutex
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	begun := make(chan struct{}, 16)
	for w := range 16 {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				c := storetest.Person(fmt.Sprintf("w%d-%d@example.com", w, n))
				seq, err := s.Update(store.By{}, func(tx *store.Tx) error { _, err := tx.CreateCustomer(c, nil); return err })
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acked[c.Email] = seq
				mu.Unlock()
				if n == 5 {
					begun <- struct{}{}
				}
			}
		})
	}
	for range 16 {
		<-begun
	}
	b := backup(t, s, filepath.Join(dir, store.BackupsName))
	stop()
	wg.Wait()

	elsewhere := t.TempDir()
	if _, aside, err := Restore(t.Context(), b.Path, elsewhere, RestoreOptions{}); err != nil || aside != "" {
		t.Fatalf("kept %q, %v", aside, err)
	}
	restored := storetest.Open(t, elsewhere)
	if restored.Seq() != b.Seq || restored.ID() == s.ID() {
		t.Errorf("restored up to %d with id %s, want %d and another id than %s", restored.Seq(), restored.ID(), b.Seq, s.ID())
	}
	after := 0
	storetest.View(t, restored, func(tx *store.Tx) error {
		emails := map[string]bool{}
		for id, raw := range tx.Customers(store.ID{}) {
			var c store.Customer
			if err := c.Decode(id, raw); err != nil {
				return err
			}
			emails[c.Email] = true
		}
		for email, seq := range acked {
			if there := emails[email]; there != (seq <= b.Seq) {
				t.Errorf("%s, change %d: there %t; the backup goes up to %d", email, seq, there, b.Seq)
			}
			if seq > b.Seq {
				after++
			}
		}
		return nil
	})
	if after == 0 || after == len(acked) {
		t.Errorf("%d of %d writes came after the backup: it was not made among them", after, len(acked))
	}
	key, err := os.ReadFile(filepath.Join(elsewhere, store.KeyName))
	if err != nil || len(key) != 32 {
		t.Errorf("key: got %q, %v", key, err)
	}
}

func TestBackupStopsWithItsContext(t *testing.T) {
	s, dir := storetest.Filled(t, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if b, err := Make(ctx, s, filepath.Join(dir, store.BackupsName), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v", b, err)
	}
	if files, _ := os.ReadDir(filepath.Join(dir, store.BackupsName)); len(files) != 0 {
		t.Errorf("left %v", files)
	}
}

// TestVerifyFindsDamage changes each part of a backup. Neither Verify nor Restore accepts the result.
func TestVerifyFindsDamage(t *testing.T) {
	s, dir := storetest.Filled(t, 30)
	b := backup(t, s, dir)
	good, err := os.ReadFile(b.Path)
	if err != nil {
		t.Fatal(err)
	}
	flip := func(at int) func([]byte) []byte {
		return func(raw []byte) []byte { raw[at] ^= 0x01; return raw } // no digit of a sum becomes a quote
	}
	tests := []struct {
		name   string
		damage func([]byte) []byte
		listed bool // as verified, because the list does not read all of a file
	}{
		{"nothing", func(raw []byte) []byte { return raw }, true},
		{"in the middle", flip(len(good) / 2), true},
		{"near the end", flip(len(good) - sealSize - 20), true},
		{"in the sum", flip(len(good) - sealSize + sealHead + bytes.Index(good[len(good)-sealSize+sealHead:], []byte("sha256")) + 12), true},
		{"seal cut off", func(raw []byte) []byte { return raw[:len(raw)-sealSize] }, false},
		{"cut off", func(raw []byte) []byte { return raw[:len(raw)/2] }, false},
		{"hole", func(raw []byte) []byte { clear(raw[len(raw)/3 : len(raw)/2]); return raw }, true},
		{"longer", func(raw []byte) []byte { return append([]byte("x"), raw...) }, false},
		{"text", func([]byte) []byte { return []byte("Dear customer") }, false},
		{"nothing in it", func([]byte) []byte { return nil }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "copy"+Suffix)
			if err := os.WriteFile(path, tt.damage(bytes.Clone(good)), 0o600); err != nil {
				t.Fatal(err)
			}
			list, err := List(folder)
			if err != nil || len(list) != 1 || (list[0].VerifiedAt != nil) != tt.listed {
				t.Errorf("list: got %+v, %v; want verified: %t", list, err, tt.listed)
			}
			_, err = Verify(t.Context(), path, nil)
			whole := tt.name == "nothing" || tt.name == "seal cut off"
			if (err == nil) != whole {
				t.Errorf("verify: got %v", err)
			}
			to := t.TempDir()
			if _, _, err := Restore(t.Context(), path, to, RestoreOptions{}); (err == nil) != whole {
				t.Errorf("restore: got %v", err)
			}
			if _, err := os.Stat(filepath.Join(to, store.FileName)); (err == nil) != whole {
				t.Errorf("database after the restore: %v", err)
			}
			if files, _ := os.ReadDir(folder); len(files) != 1 {
				t.Errorf("verify left %v", files)
			}
		})
	}
}

// A backup of a damaged database fails, whether the damage is found while the backup is written or when it is verified.
func TestBackupOfDamage(t *testing.T) {
	for name, harm := range map[string]func(testing.TB, string, string){"zeroed page": storetest.Damage, "keys out of order": storetest.Disorder} {
		t.Run(name, func(t *testing.T) {
			s, dir := storetest.Filled(t, 50)
			storetest.Close(t, s)
			path := filepath.Join(dir, store.FileName)
			harm(t, path, "feedback")
			s, err := store.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			b, err := Make(t.Context(), s, filepath.Join(dir, store.BackupsName), "")
			if err == nil || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("got %+v, %v; want an error", b, err)
			}
			if files, _ := os.ReadDir(filepath.Join(dir, store.BackupsName)); len(files) != 0 {
				t.Errorf("left %v", files)
			}
			unchecked := filepath.Join(t.TempDir(), "unchecked"+Suffix)
			if written(t, s, unchecked, Manifest{}) == nil {
				if _, err := Verify(t.Context(), unchecked, nil); err == nil {
					t.Error("verify finds nothing")
				}
				if _, _, err := Restore(t.Context(), unchecked, t.TempDir(), RestoreOptions{}); err == nil {
					t.Error("restore finds nothing")
				}
			}
			s.Close()
			if _, _, err := store.Compact(t.Context(), dir); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("compact: got %v, want %v", err, store.ErrDamaged)
			}
			storetest.Open(t, storetest.Empty(t, dir))
		})
	}
}

// A backup is refused if its files or counts are not those of its manifest, even if nothing else is wrong with it.
func TestBackupOfOtherFiles(t *testing.T) {
	s, dir := storetest.Filled(t, 3)
	b := backup(t, s, filepath.Join(dir, store.BackupsName))
	storetest.Close(t, s)
	raw, err := os.ReadFile(filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	raw = raw[:b.Bytes]
	tests := []struct {
		name   string
		change func(m *Manifest)
		sums   func(sums []byte)
		whole  bool
	}{
		{"nothing", func(*Manifest) {}, func([]byte) {}, true},
		{"of a program that knew fewer kinds", func(m *Manifest) { delete(m.Counts, store.KindUser) }, func([]byte) {}, true},
		{"sum", func(*Manifest) {}, func(sums []byte) { sums[0] = '0' + (sums[0]+1)%8 }, false},
		{"count", func(m *Manifest) { m.Counts[store.KindCustomer]++ }, func([]byte) {}, false},
		{"sequence", func(m *Manifest) { m.Seq++ }, func([]byte) {}, false},
		{"database", func(m *Manifest) { m.Database[3]++ }, func([]byte) {}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "repacked"+Suffix)
			file, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			m := b.Manifest
			m.Counts = maps.Clone(m.Counts)
			tt.change(&m)
			w := newArchiveWriter(file)
			if err := errors.Join(w.manifest(m), w.add(store.FileName, m.Bytes, bytes.NewReader(raw).WriteTo)); err != nil {
				t.Fatal(err)
			}
			tt.sums(w.sums.Bytes())
			if err := w.close(); err != nil {
				t.Fatal(err)
			}
			if _, err := Verify(t.Context(), path, nil); (err == nil) != tt.whole || err != nil && !errors.Is(err, ErrNotBackup) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestNewestFirst checks that backups are ordered by their content, whatever the clock said when they were made.
func TestNewestFirst(t *testing.T) {
	one, other := store.ID{1}, store.ID{2}
	backup := func(path string, database store.ID, seq uint64, at store.Time) File {
		return File{Path: path, Manifest: Manifest{Database: database, Seq: seq, Time: at}}
	}
	list := []File{
		backup("crm-a", one, 5, 100), backup("crm-ahead", one, 3, 900), backup("crm-a-2", one, 5, 100), backup("crm-a-10", one, 5, 100),
		backup("old", other, 50, 10), backup("older", other, 40, 20),
	}
	newestFirst(list)
	var got []string
	for _, b := range list {
		got = append(got, b.Path)
	}
	if want := []string{"crm-a-10", "crm-a-2", "crm-a", "crm-ahead", "old", "older"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
