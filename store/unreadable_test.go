package store

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crm/store/kv"
)

// spoil writes a pair without checking any rule.
func spoil(t *testing.T, s *Store, b kv.Bucket, key []byte, value string) {
	t.Helper()
	update(t, s, func(tx *Tx) error { return tx.put(b, key, []byte(value)) })
}

// openSpoiled returns a store whose invariants do not hold at the end.
func openSpoiled(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// A store whose newest change cannot be read opens, and its sequence and clock go on.
func TestOpenWithUnreadableChange(t *testing.T) {
	dir := t.TempDir()
	s := openSpoiled(t, dir)
	createCustomer(t, s, email(1))
	createCustomer(t, s, email(2))
	spoil(t, s, bucketLog, seqKey(2), "garbage")
	closeStore(t, s)
	s = openSpoiled(t, dir)
	if got := s.Seq(); got != 2 {
		t.Errorf("sequence: got %d, want 2", got)
	}
	if seq := update(t, s, func(tx *Tx) error { _, err := tx.CreateCustomer(person(email(3)), nil); return err }); seq != 3 {
		t.Errorf("the next change has sequence %d, want 3", seq)
	}
	var seqs []uint64
	view(t, s, func(tx *Tx) error {
		found, _, err := tx.Log(LogFilter{}, 10)
		for _, c := range found {
			seqs = append(seqs, c.Seq)
		}
		return err
	})
	if len(seqs) != 2 || seqs[0] != 3 || seqs[1] != 1 {
		t.Errorf("the log has %v, want 3 and 1", seqs)
	}
}

// The log is searched by time and trimmed past an entry that cannot be read.
func TestUnreadableChangeInTheMiddle(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s, err := Open(t.TempDir(), WithClock(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for n := range 9 {
		createCustomer(t, s, email(n))
		now = now.Add(24 * time.Hour)
	}
	for _, seq := range []uint64{3, 5} {
		spoil(t, s, bucketLog, seqKey(seq), "garbage")
	}
	day := func(n int) Time { return TimeOf(time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC)) }
	view(t, s, func(tx *Tx) error {
		for n := 1; n <= 9; n++ {
			want := uint64(n)
			if n == 4 || n == 6 { // the entry before counts as made at the same time
				want--
			}
			if n == 3 || n == 5 {
				want = uint64(n)
			}
			if got := tx.seqAt(day(n)); got != want {
				t.Errorf("seqAt of day %d: got %d, want %d", n, got, want)
			}
		}
		return nil
	})
	if n, err := s.Trim(t.Context(), day(3)); err != nil || n != 2 {
		t.Errorf("trimmed %d, %v; want 2, for nobody knows how old the third is", n, err)
	}
	if n, err := s.Trim(t.Context(), day(7)); err != nil || n != 4 {
		t.Errorf("trimmed %d, %v; want 4", n, err)
	}
}

// A session or reply that cannot be read does not keep its user from signing in, nor others from being answered.
func TestUnreadableSessionAndReply(t *testing.T) {
	now := time.Now()
	s, err := Open(t.TempDir(), WithClock(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	u := User{Email: "a@example.com", IsActive: true, Roles: []string{RoleAdmin}}
	update(t, s, func(tx *Tx) error { return tx.CreateUser(&u, nil) })
	session := func(hash string) (made Session) {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			made = Session{UserID: u.ID, RefreshHash: hash, ExpiresAt: tx.Now().Add(time.Hour)}
			return tx.CreateSession(&made)
		})
		return made
	}
	bad := session("one")
	spoil(t, s, bucketSessions, bad.ID[:], "garbage")
	session("two")
	view(t, s, func(tx *Tx) error {
		if tx.kv.Get(bucketSessions, bad.ID[:]) != nil || len(tx.sessionsOf(u.ID)) != 1 {
			t.Error("the session that cannot be read is still there")
		}
		return nil
	})
	reply := func(key ID) {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			return tx.KeepReply(&Reply{Key: key, Request: []byte("x"), Status: 200, Body: []byte("{}")})
		})
	}
	reply(ID{1})
	key := ID{1}
	spoil(t, s, bucketReplies, key[:], "garbage")
	now = now.Add(ReplyTTL + time.Hour)
	reply(ID{2})
	view(t, s, func(tx *Tx) error {
		if tx.kv.Get(bucketReplies, key[:]) != nil {
			t.Error("the reply that cannot be read is still there")
		}
		return nil
	})
}

// A refresh token that another session has is not reported as an e-mail address that is taken.
func TestRefreshTokenTwice(t *testing.T) {
	s := open(t)
	u := User{Email: "a@example.com", IsActive: true}
	update(t, s, func(tx *Tx) error { return tx.CreateUser(&u, nil) })
	var err error
	for range 2 {
		_, err = s.Update(By{}, func(tx *Tx) error {
			return tx.CreateSession(&Session{UserID: u.ID, RefreshHash: "same", ExpiresAt: tx.Now().Add(time.Hour)})
		})
	}
	if !errors.Is(err, errRefreshTaken) || errors.Is(err, ErrEmailTaken) {
		t.Errorf("got %v", err)
	}
}

// A customer's counts follow from the records, and are computed again if they cannot be read.
func TestUnreadableActivity(t *testing.T) {
	s := open(t)
	id := createCustomer(t, s, email(1))
	talk := func() {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			_, err := tx.CreateInteraction(&Interaction{CustomerID: id, Channel: "phone", Summary: "talk", Timestamp: Never}, nil)
			return err
		})
	}
	talk()
	for want := range int64(2) {
		spoil(t, s, bucketActivity, id[:], "garbage")
		if want > 0 {
			talk()
		}
		view(t, s, func(tx *Tx) error {
			if a, err := tx.Activity(id); err != nil || a.Interactions() != want+1 {
				t.Errorf("got %d interactions, %v; want %d", a.Interactions(), err, want+1)
			}
			return nil
		})
	}
}

// Check names what cannot be read by its id, and what follows it in the log is right.
func TestCheckNamesUnreadable(t *testing.T) {
	s := openSpoiled(t, t.TempDir())
	id := createCustomer(t, s, email(1))
	createCustomer(t, s, email(2))
	createCustomer(t, s, email(3))
	spoil(t, s, bucketCustomers, id[:], "garbage")
	spoil(t, s, bucketLog, seqKey(2), "garbage")
	found, err := s.Check(t.Context())
	if err != nil || len(found) != 2 {
		t.Fatalf("got %v, %v", found, err)
	}
	for i, want := range []string{"customer " + id.String() + " cannot be read", "change 2 of the log cannot be read"} {
		if !strings.Contains(found[i].Text, want) {
			t.Errorf("got %q, want %q", found[i].Text, want)
		}
	}
}

// Compacting and checking stop when they are told to, before they have read or written everything.
func TestCompactStops(t *testing.T) {
	s, dir := filled(t, 50)
	closeStore(t, s)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	k, err := openDB(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if packed, err := k.Pack(ctx, filepath.Join(dir, "packed")); !errors.Is(err, context.Canceled) {
		t.Errorf("copying: got %v", err)
		_ = packed.Close()
	}
	visited := 0
	if err := k.Check(func([]byte) error { visited++; return ctx.Err() }); !errors.Is(err, context.Canceled) || visited > 1 {
		t.Errorf("checking: got %v after %d values", err, visited)
	}
	_ = k.Close()
	if _, _, err := Compact(ctx, dir); !errors.Is(err, context.Canceled) || kv.Exists(filepath.Join(dir, FileName+compactSuffix)) {
		t.Errorf("compacting: got %v", err)
	}
	if err := CheckFolder(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("checking a folder: got %v", err)
	}
}
