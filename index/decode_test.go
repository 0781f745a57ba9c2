package index

import (
	"encoding/json"
	"fmt"
	"testing"

	"crm/store"
)

// A numbered is a row that decodeRows can decode.
type numbered int

func (n *numbered) Decode(_ store.ID, raw []byte) error { return json.Unmarshal(raw, n) }

// TestDecodeRows decodes more rows than it keeps in memory at a time, and rows that are no JSON.
func TestDecodeRows(t *testing.T) {
	rows := func(bad int) func(func(store.ID, []byte) bool) {
		return func(yield func(store.ID, []byte) bool) {
			for n := range 50_000 {
				raw := fmt.Appendf(nil, "%d", n)
				if n == bad {
					raw = []byte("x")
				}
				if !yield(store.ID{}, raw) {
					return
				}
			}
		}
	}
	for _, bad := range []int{-1, 30_000} {
		next, wrong := numbered(0), 0
		err := decodeRows(rows(bad), func(n *numbered) {
			if next == numbered(bad) {
				next++
			}
			if *n != next {
				t.Fatalf("got %d, want %d", *n, next)
			}
			next++
		}, func(error) { wrong++ })
		if err != nil || next != 50_000 || wrong != min(1, 1+bad) {
			t.Errorf("row %d is bad: %d rows, %d left out, error %v", bad, next, wrong, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic of put was lost")
		}
	}()
	_ = decodeRows(rows(-1), func(*numbered) { panic("put") }, func(error) {})
}
