package store

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

	"crm/store/kv"
)

// filled is a store with a few records of every kind and a key, in a folder of its own.
func filled(t testing.TB, customers int) (*Store, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, KeyName), bytes.Repeat([]byte("k"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, dir)
	update(t, s, func(tx *Tx) error {
		for n := range customers {
			c := person(email(n))
			_, err := tx.CreateCustomer(c, nil)
			if err == nil {
				_, err = tx.CreateInteraction(&Interaction{CustomerID: c.ID, Channel: "phone", Summary: "Call", Timestamp: Never}, nil)
			}
			if err == nil {
				_, err = tx.CreateFeedback(&Feedback{CustomerID: &c.ID, ServiceType: "Tour", Rating: 4}, nil)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s, dir
}

func backup(t testing.TB, s *Store, to string) Backup {
	t.Helper()
	b, err := s.Backup(t.Context(), to, "test")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func closeStore(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestBackupSaysWhatIsInIt(t *testing.T) {
	s, dir := filled(t, 3)
	b := backup(t, s, filepath.Join(dir, BackupsName))
	if b.Seq != s.Seq() || b.Database != s.ID() || b.Schema != Schema() || b.Version != "test" || b.VerifiedAt == nil || b.Scheduled ||
		b.Counts[KindCustomer] != 3 || b.Counts[KindInteraction] != 3 || b.Counts[KindFeedback] != 3 || b.Counts[KindUser] != 0 {
		t.Errorf("got %+v", b)
	}
	if last, ok := LastVerified(filepath.Join(dir, BackupsName), nil); !ok || last.Path != b.Path {
		t.Errorf("last verified: got %+v, %t, want %s", last, ok, b.Path)
	}
	if files, _ := os.ReadDir(filepath.Dir(b.Path)); len(files) != 1 {
		t.Errorf("got files %v, want one", files)
	}
	named := filepath.Join(t.TempDir(), "new", "monday"+BackupSuffix)
	if got := backup(t, s, named); got.Path != named {
		t.Errorf("got %s, want %s", got.Path, named)
	}
	if _, err := s.Backup(t.Context(), named, ""); !errors.Is(err, ErrExists) {
		t.Errorf("a second one of the same name: got %v, want %v", err, ErrExists)
	}
}

// TestBackupUnderLoad makes a backup among many writers and restores it elsewhere: of all acknowledged writes those up to
// the manifest's sequence are there, and no others.
func TestBackupUnderLoad(t *testing.T) {
	s, dir := filled(t, 20)
	acked := make(map[string]uint64)
	var mu sync.Mutex
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	begun := make(chan struct{}, 16)
	for w := range 16 {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				c := person(fmt.Sprintf("w%d-%d@example.com", w, n))
				seq, err := s.Update(By{}, func(tx *Tx) error { _, err := tx.CreateCustomer(c, nil); return err })
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
	b := backup(t, s, filepath.Join(dir, BackupsName))
	stop()
	wg.Wait()

	elsewhere := t.TempDir()
	if _, aside, err := Restore(t.Context(), b.Path, elsewhere); err != nil || aside != "" {
		t.Fatalf("kept %q, %v", aside, err)
	}
	restored := openAt(t, elsewhere)
	if restored.Seq() != b.Seq || restored.ID() == s.ID() {
		t.Errorf("restored up to %d with id %s, want %d and another id than %s", restored.Seq(), restored.ID(), b.Seq, s.ID())
	}
	after := 0
	view(t, restored, func(tx *Tx) error {
		for email, seq := range acked {
			if _, there := customers.find(tx, bucketCustomerEmail, []byte(email)); there != (seq <= b.Seq) {
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
	key, err := os.ReadFile(filepath.Join(elsewhere, KeyName))
	if err != nil || len(key) != 32 {
		t.Errorf("key: got %q, %v", key, err)
	}
}

func TestBackupStopsWithItsContext(t *testing.T) {
	s, dir := filled(t, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if b, err := s.Backup(ctx, filepath.Join(dir, BackupsName), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v", b, err)
	}
	if files, _ := os.ReadDir(filepath.Join(dir, BackupsName)); len(files) != 0 {
		t.Errorf("left %v", files)
	}
}

// TestVerifyFindsDamage changes each part of a backup. Whatever it is, neither verify nor restore takes it.
func TestVerifyFindsDamage(t *testing.T) {
	s, dir := filled(t, 30)
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
		listed bool // as verified, for the list does not read all of a file
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
			path := filepath.Join(folder, "copy"+BackupSuffix)
			if err := os.WriteFile(path, tt.damage(bytes.Clone(good)), 0o600); err != nil {
				t.Fatal(err)
			}
			list, err := ListBackups(folder)
			if err != nil || len(list) != 1 || (list[0].VerifiedAt != nil) != tt.listed {
				t.Errorf("list: got %+v, %v; want verified: %t", list, err, tt.listed)
			}
			_, err = VerifyBackup(t.Context(), path)
			whole := tt.name == "nothing" || tt.name == "seal cut off"
			if (err == nil) != whole {
				t.Errorf("verify: got %v", err)
			}
			to := t.TempDir()
			if _, _, err := Restore(t.Context(), path, to); (err == nil) != whole {
				t.Errorf("restore: got %v", err)
			}
			if _, err := os.Stat(filepath.Join(to, FileName)); (err == nil) != whole {
				t.Errorf("database after the restore: %v", err)
			}
			if files, _ := os.ReadDir(folder); len(files) != 1 {
				t.Errorf("verify left %v", files)
			}
		})
	}
}

// A backup of a database that is damaged is no backup, whether the damage is met while it is written or only when it is read.
func TestBackupOfDamage(t *testing.T) {
	for name, harm := range map[string]func(testing.TB, string, kv.Bucket){"zeroed page": damage, "keys out of order": disorder} {
		t.Run(name, func(t *testing.T) {
			s, dir := filled(t, 50)
			closeStore(t, s)
			path := filepath.Join(dir, FileName)
			harm(t, path, bucketFeedback)
			s, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			b, err := s.Backup(t.Context(), filepath.Join(dir, BackupsName), "")
			if err == nil || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("got %+v, %v; want an error", b, err)
			}
			if files, _ := os.ReadDir(filepath.Join(dir, BackupsName)); len(files) != 0 {
				t.Errorf("left %v", files)
			}
			unchecked := filepath.Join(t.TempDir(), "unchecked"+BackupSuffix)
			if s.writeBackup(&pace{ctx: t.Context()}, unchecked, Manifest{}) == nil {
				if _, err := VerifyBackup(t.Context(), unchecked); err == nil {
					t.Error("verify finds nothing")
				}
				if _, _, err := Restore(t.Context(), unchecked, t.TempDir()); err == nil {
					t.Error("restore finds nothing")
				}
			}
			s.Close()
			if _, _, err := Compact(t.Context(), dir); !errors.Is(err, ErrDamaged) {
				t.Errorf("compact: got %v, want %v", err, ErrDamaged)
			}
			openAt(t, emptied(t, dir))
		})
	}
}

// Files and counts that are not those that the backup says make none, even where nothing else is wrong with it.
func TestBackupOfOtherFiles(t *testing.T) {
	s, dir := filled(t, 3)
	b := backup(t, s, filepath.Join(dir, BackupsName))
	closeStore(t, s)
	raw, err := os.ReadFile(filepath.Join(dir, FileName))
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
		{"of a program that knew fewer kinds", func(m *Manifest) { delete(m.Counts, KindUser) }, func([]byte) {}, true},
		{"sum", func(*Manifest) {}, func(sums []byte) { sums[0] = '0' + (sums[0]+1)%8 }, false},
		{"count", func(m *Manifest) { m.Counts[KindCustomer]++ }, func([]byte) {}, false},
		{"sequence", func(m *Manifest) { m.Seq++ }, func([]byte) {}, false},
		{"database", func(m *Manifest) { m.Database[3]++ }, func([]byte) {}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "repacked"+BackupSuffix)
			file, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			m := b.Manifest
			m.Counts = maps.Clone(m.Counts)
			tt.change(&m)
			w := newArchiveWriter(file)
			if err := errors.Join(w.manifest(m), w.add(FileName, m.Bytes, bytes.NewReader(raw).WriteTo)); err != nil {
				t.Fatal(err)
			}
			tt.sums(w.sums.Bytes())
			if err := w.close(); err != nil {
				t.Fatal(err)
			}
			if _, err := VerifyBackup(t.Context(), path); (err == nil) != tt.whole || err != nil && !errors.Is(err, ErrNoBackup) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// damage overwrites the leaf page of a bucket's first key with zeros.
func damage(t testing.TB, path string, b kv.Bucket) {
	t.Helper()
	harm(t, path, b, func(page []byte, _ int) { clear(page) })
}

// disorder makes a bucket's first key the greatest.
func disorder(t testing.TB, path string, b kv.Bucket) {
	t.Helper()
	harm(t, path, b, func(page []byte, at int) { page[at] = 0xff })
}

// harm calls do with each page that has a bucket's first key, and where it is.
func harm(t testing.TB, path string, b kv.Bucket, do func(page []byte, at int)) {
	t.Helper()
	k, err := openDB(path)
	if err != nil {
		t.Fatal(err)
	}
	var key []byte
	err = k.View(func(pairs *kv.Tx) error {
		for k := range pairs.Scan(b, nil) {
			key = bytes.Clone(k)
			break
		}
		return nil
	})
	if err := errors.Join(err, k.Close()); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for page := range slices.Chunk(raw, os.Getpagesize()) {
		if i := bytes.Index(page, key); i >= 0 {
			do(page, i)
			found = true
		}
	}
	if !found {
		t.Fatalf("no page has %x", key)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestNewestFirst: what is in a backup tells which is the newest, whatever the clock said when it was made.
func TestNewestFirst(t *testing.T) {
	one, other := ID{1}, ID{2}
	backup := func(path string, database ID, seq uint64, at Time) Backup {
		return Backup{Path: path, Manifest: Manifest{Database: database, Seq: seq, Time: at}}
	}
	list := []Backup{
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
