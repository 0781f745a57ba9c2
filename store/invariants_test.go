package store

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
)

// checkFile reads every page of a closed database and walks its invariants.
func checkFile(t testing.TB, path string) {
	t.Helper()
	if err := CheckFile(path, nil); err != nil {
		t.Errorf("file: %v", err)
		return
	}
	k, err := openKV(path)
	if err != nil {
		t.Errorf("file: %v", err)
		return
	}
	defer k.close()
	err = k.view(func(kv *kvTx) error {
		for err := range kv.tx.Check() {
			t.Errorf("pages: %v", err)
		}
		if kv.get(bucketMeta, metaLoading) == nil { // half loaded: nothing is promised
			for i, problem := range invariants(&Tx{kv: kv}) {
				if i < 10 {
					t.Errorf("invariant: %s", problem)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// invariants are the sentences about all that contradicts.
func invariants(tx *Tx) (problems []string) {
	err := tx.check(context.Background(), func(p Problem) bool { problems = append(problems, p.Text); return true })
	if err != nil {
		problems = append(problems, err.Error())
	}
	return problems
}

// pairs yields a bucket's pairs as strings, which outlive the transaction.
func pairs(tx *Tx, b bucket) func(yield func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for k, v := range tx.kv.scan(b, nil) {
			if !yield(string(k), string(v)) {
				return
			}
		}
	}
}

func later(t *Time, other Time) *Time {
	if t != nil && *t > other {
		return t
	}
	return &other
}

func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// TestInvariants damages a good file in every way that the walk is there for.
func TestInvariants(t *testing.T) {
	tests := []struct {
		name   string
		damage func(tx *Tx, customer, interaction ID) error
	}{
		{"lost index entry", func(tx *Tx, _, _ ID) error {
			return tx.delete(bucketCustomerEmail, []byte("a@example.com"))
		}},
		{"stray index entry", func(tx *Tx, id, _ ID) error {
			return tx.put(bucketCustomerEmail, []byte("b@example.com"), id[:])
		}},
		{"lost customer", func(tx *Tx, id, _ ID) error { return tx.delete(bucketCustomers, id[:]) }},
		{"lost interaction", func(tx *Tx, _, id ID) error { return tx.delete(bucketInteractions, id[:]) }},
		{"wrong activity", func(tx *Tx, id, _ ID) error {
			return tx.count(id, func(a *Activity) { a.Channels[0]++ })
		}},
		{"wrong last interaction", func(tx *Tx, id, _ ID) error {
			c, err := tx.Customer(id)
			if err != nil {
				return err
			}
			*c.LastInteraction++
			return customers.rewrite(tx, c)
		}},
		{"gap in the log", func(tx *Tx, _, _ ID) error { return tx.delete(bucketLog, seqKey(1)) }},
		{"lost record of the log", func(tx *Tx, id, _ ID) error {
			return tx.delete(bucketLogRecord, append(id[:], seqKey(3)...))
		}},
	}
	s := open(t)
	id := createCustomer(t, s, "a@example.com")
	contact := createInteraction(t, s, id, Never)
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { c.Notes = new("Calls back."); return nil })
		return err
	})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			undo := fmt.Errorf("undo")
			var got []string
			_, err := s.Update(By{}, func(tx *Tx) error {
				if err := tt.damage(tx, id, contact); err != nil {
					return err
				}
				got = invariants(tx)
				return undo
			})
			if err != undo || len(got) == 0 {
				t.Errorf("problems %v, error %v; want a problem", got, err)
			}
		})
	}
}
