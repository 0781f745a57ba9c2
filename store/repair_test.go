package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"crm/store/kv"
)

func check(t testing.TB, s *Store) []Problem {
	t.Helper()
	problems, err := s.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return problems
}

// TestRepair deletes and falsifies everything that is derived, and checks that Repair restores it.
func TestRepair(t *testing.T) {
	s, _ := filled(t, 300)
	if problems := check(t, s); problems != nil {
		t.Fatalf("before: %v", problems)
	}
	derived := []kv.Bucket{bucketCustomerEmail, bucketCustomerPhone, bucketActivity, bucketInteractionCustomer, bucketFeedbackCustomer, bucketLogRecord}
	want := contents(t, s, derived)
	update(t, s, func(tx *Tx) error {
		for i, b := range derived {
			n := 0
			for _, key := range slices.Collect(maps.Keys(maps.Collect(pairs(tx, b)))) {
				if n++; n%3 == 0 {
					if err := tx.delete(b, []byte(key)); err != nil {
						return err
					}
				}
			}
			stray := append([]byte(fmt.Sprint("stray", i)), make([]byte, 19)...)
			if err := tx.put(b, stray, make([]byte, 16)); err != nil {
				return err
			}
		}
		return nil
	})
	if problems := check(t, s); len(problems) < 300 {
		t.Errorf("damaged: got %d problems", len(problems))
	}
	written, left, err := s.Repair(t.Context())
	if err != nil || left != nil || written < 500 {
		t.Fatalf("got %d, left %v, %v", written, left, err)
	}
	for i, got := range contents(t, s, derived) {
		if !slices.Equal(got, want[i]) {
			t.Errorf("%s: %d pairs are not those %d that were there", bucketNames[derived[i]], len(got), len(want[i]))
		}
	}
}

func contents(t testing.TB, s *Store, buckets []kv.Bucket) (all [][]string) {
	t.Helper()
	view(t, s, func(tx *Tx) error {
		for _, b := range buckets {
			var list []string
			for key, value := range pairs(tx, b) {
				list = append(list, key+" "+value)
			}
			all = append(all, list)
		}
		return nil
	})
	return all
}

// What cannot be derived from other records is reported and not changed.
func TestRepairLeavesWhatItCannotKnow(t *testing.T) {
	s, dir := filled(t, 3)
	var id ID
	update(t, s, func(tx *Tx) error {
		for id = range tx.Customers(ID{}) {
			break
		}
		return tx.delete(bucketCustomers, id[:])
	})
	written, left, err := s.Repair(t.Context())
	if err != nil || len(left) == 0 || written == 0 {
		t.Fatalf("wrote %d, left %v, %v", written, left, err)
	}
	for _, p := range left {
		if p.Derived() || !strings.Contains(p.Text, id.String()) {
			t.Errorf("left %q (derived: %t), want what is about %s", p.Text, p.Derived(), id)
		}
	}
	closeStore(t, s)
	openAt(t, emptied(t, dir))
}

func TestCompact(t *testing.T) {
	t.Parallel()
	s, dir := filled(t, 200)
	if _, _, err := Compact(t.Context(), dir); err == nil || !strings.Contains(err.Error(), ErrLocked.Error()) {
		t.Errorf("while it is open: got %v, want %v", err, ErrLocked)
	}
	var ids []ID
	view(t, s, func(tx *Tx) error {
		for id := range tx.Interactions(ID{}) {
			ids = append(ids, id)
		}
		return nil
	})
	update(t, s, func(tx *Tx) error {
		for _, id := range ids {
			if err := tx.DeleteInteraction(id); err != nil {
				return err
			}
		}
		return nil
	})
	id, seq := s.ID(), s.Seq()
	want := contents(t, s, []kv.Bucket{bucketCustomers, bucketFeedback, bucketLog, bucketLogRecord, bucketActivity})
	closeStore(t, s)
	before, after, err := Compact(t.Context(), dir)
	if err != nil || after >= before || after == 0 {
		t.Fatalf("from %d to %d bytes, %v", before, after, err)
	}
	s = openAt(t, dir)
	if s.ID() != id || s.Seq() != seq {
		t.Errorf("database %s up to %d, want %s up to %d", s.ID(), s.Seq(), id, seq)
	}
	for i, got := range contents(t, s, []kv.Bucket{bucketCustomers, bucketFeedback, bucketLog, bucketLogRecord, bucketActivity}) {
		if !slices.Equal(got, want[i]) {
			t.Errorf("bucket %d has %d pairs, want %d", i, len(got), len(want[i]))
		}
	}
	if left := names(t, dir); slices.Contains(left, FileName+compactSuffix) {
		t.Errorf("left %q", left)
	}
}
