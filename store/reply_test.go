package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"crm/store/kv"
)

func keepReply(t testing.TB, s *Store, key byte, record ID) {
	t.Helper()
	update(t, s, func(tx *Tx) error {
		return tx.KeepReply(&Reply{Key: ID{key}, Request: []byte{key}, Record: record, Status: 201, Body: json.RawMessage(fmt.Sprintf(`{"n":%d,"é<&>":" \u2028"}`, key))})
	})
}

func reply(t testing.TB, s *Store, key byte) (r *Reply) {
	t.Helper()
	view(t, s, func(tx *Tx) (err error) {
		if r, err = tx.Reply(ID{key}); errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	})
	return r
}

func count(t testing.TB, s *Store, b kv.Bucket) (n int) {
	t.Helper()
	view(t, s, func(tx *Tx) error {
		for range pairs(tx, b) {
			n++
		}
		return nil
	})
	return n
}

func TestReplyIsKeptForADay(t *testing.T) {
	clock := newClock()
	dir := t.TempDir()
	s := openAt(t, dir, WithClock(clock.time))
	keepReply(t, s, 1, ID{9})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, dir, WithClock(clock.time))
	clock.move(ReplyTTL - time.Millisecond)
	if r := reply(t, s, 1); r == nil || r.Record != (ID{9}) || r.Status != 201 || !bytes.Equal(r.Request, []byte{1}) || string(r.Body) != `{"n":1,"é<&>":" \u2028"}` {
		t.Errorf("got %+v", r)
	}
	if r := reply(t, s, 2); r != nil {
		t.Errorf("got %+v for a key that nobody used", r)
	}
	clock.move(time.Millisecond)
	if r := reply(t, s, 1); r != nil {
		t.Errorf("got %+v after a day", r)
	}
	keepReply(t, s, 1, ID{8})
	if r := reply(t, s, 1); r == nil || r.Record != (ID{8}) {
		t.Errorf("got %+v, want the new one", r)
	}
}

// Expired replies are deleted a few at a time, with the writes that store new ones, until none is left.
func TestExpiredRepliesAreRemoved(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	for key := range byte(100) {
		keepReply(t, s, key, ID{})
		clock.move(time.Second)
	}
	clock.move(ReplyTTL)
	for n := range byte(14) {
		before := count(t, s, bucketReplies)
		keepReply(t, s, 200+n, ID{1})
		if after := count(t, s, bucketReplies); after < before+1-maxExpired || before > 100+1 {
			t.Errorf("%d replies became %d in one write", before, after)
		}
	}
	if got := count(t, s, bucketReplies); got != 14 {
		t.Errorf("got %d replies, want the 14 new ones", got)
	}
}

func TestReplyOfAFailedWrite(t *testing.T) {
	s := open(t)
	_, err := s.Update(By{}, func(tx *Tx) error {
		if err := tx.KeepReply(&Reply{Key: ID{1}, Body: json.RawMessage("{}")}); err != nil {
			return err
		}
		return ErrFull
	})
	if !errors.Is(err, ErrFull) || reply(t, s, 1) != nil {
		t.Errorf("got %v and %+v, want the error and no reply", err, reply(t, s, 1))
	}
}

func TestForgetReplies(t *testing.T) {
	s := open(t)
	for key := range byte(6) {
		keepReply(t, s, key, ID{key % 2})
	}
	update(t, s, func(tx *Tx) error { return tx.ForgetReplies(ID{1}) })
	for key := range byte(6) {
		if got, want := reply(t, s, key) != nil, key%2 == 0; got != want {
			t.Errorf("reply %d: there is %t, want %t", key, got, want)
		}
	}
}
