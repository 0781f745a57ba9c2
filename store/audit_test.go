package store

import (
	"fmt"
	"testing"
)

// The work for a history is proportional to its length: four times as many changes are four times the work, not sixteen times.
func TestReviseLongHistory(t *testing.T) {
	s := open(t)
	work := map[int]float64{}
	for _, changes := range []int{50, 200} {
		id := createCustomer(t, s, fmt.Sprintf("c%d@example.com", changes))
		update(t, s, func(tx *Tx) error {
			for n := range changes {
				if _, err := tx.UpdateCustomer(id, func(c *Customer) Invalid { c.Notes = new(fmt.Sprint(n)); return nil }); err != nil {
					return err
				}
			}
			return nil
		})
		view(t, s, func(tx *Tx) error {
			var all []Change
			for c, err := range tx.History(id) {
				if err != nil {
					return err
				}
				all = append(all, c)
			}
			revised, err := tx.Revise(all)
			if err != nil || len(revised) != changes+1 {
				t.Fatalf("%d revisions, %v", len(revised), err)
			}
			for n, r := range revised[2:] {
				if got, want := r.Fields["notes"], fmt.Sprintf(`"%d" "%d"`, n, n+1); fmt.Sprintf("%s %s", got.Old, got.New) != want {
					t.Errorf("change %d: got %s → %s, want %s", n, got.Old, got.New, want)
				}
			}
			work[changes] = testing.AllocsPerRun(1, func() { _, _ = tx.Revise(all) })
			return nil
		})
	}
	if work[200] > 6*work[50] {
		t.Errorf("%.0f allocations for 50 changes, %.0f for 200", work[50], work[200])
	}
}
