package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSegmentRules(t *testing.T) {
	hundred := make([]string, 100)
	for i := range hundred {
		hundred[i] = fmt.Sprint("Fès ", i)
	}
	tests := []struct {
		name     string
		criteria Criteria
		want     []string
	}{
		{"everybody", Criteria{}, nil},
		{"every key", Criteria{"loyalty_status": {"VIP", "Gold"}, "region": {"Fès"}, "contact_type": {"Corporate"}, "tags": {"été"},
			"nationality": {"Moroccan"}, "preferred_language": {"Arabic"}}, nil},
		{"trimmed", Criteria{"loyalty_status": {" VIP "}}, nil},
		{"none", nil, []string{"criteria missing"}},
		{"unknown key", Criteria{"email": {"a"}}, []string{"criteria.email unknown"}},
		{"empty list", Criteria{"region": {}}, []string{"criteria.region too_short"}},
		{"empty value", Criteria{"region": {"Fès", " "}}, []string{"criteria.region.1 missing"}},
		{"unknown loyalty", Criteria{"loyalty_status": {"VIP", "vip"}}, []string{"criteria.loyalty_status.1 enum"}},
		{"unknown contact type", Criteria{"contact_type": {"Robot"}}, []string{"criteria.contact_type.0 enum"}},
		{"100 values", Criteria{"region": hundred}, nil},
		{"101 values", Criteria{"region": append(slices.Clone(hundred), "Rabat")}, []string{"criteria.region too_long"}},
		{"long value", Criteria{"region": {strings.Repeat("م", 256)}}, []string{"criteria.region.0 string_too_long"}},
		{"everything", Criteria{"tags": {}, "city": {"x"}, "contact_type": {"x"}, "loyalty_status": {"x", "VIP", "y"}},
			[]string{"criteria.city unknown", "criteria.contact_type.0 enum", "criteria.loyalty_status.0 enum",
				"criteria.loyalty_status.2 enum", "criteria.tags too_short"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Segment{Name: "Test", Criteria: tt.criteria}
			if got := broken(s.Validate()); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	s := &Segment{Name: " ", Description: new(strings.Repeat("م", 1001))}
	want := []string{"name missing", "description string_too_long", "criteria missing"}
	if got := broken(s.Validate()); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	s = &Segment{Name: strings.Repeat("م", 255), Description: new(strings.Repeat("م", 1000)), Criteria: Criteria{}}
	if err := s.Validate(); err != nil {
		t.Errorf("longest texts: %v", err)
	}
}

func createSegment(name string) func(*Tx) error {
	return func(tx *Tx) error {
		return tx.CreateSegment(&Segment{Name: name, Criteria: Criteria{}, IsActive: true}, nil)
	}
}

func TestSegmentNameIsUnique(t *testing.T) {
	s := open(t)
	update(t, s, createSegment("Été VIP"))
	update(t, s, createSegment("Other"))
	var ids []ID
	view(t, s, func(tx *Tx) error {
		all, err := tx.Segments()
		for _, segment := range all {
			ids = append(ids, segment.ID)
		}
		return err
	})
	rename := func(i int, name string) func(*Tx) error {
		return func(tx *Tx) error {
			_, err := tx.UpdateSegment(ids[i], func(s *Segment) Invalid { s.Name = name; return nil })
			return err
		}
	}
	tests := []struct {
		name string
		fn   func(*Tx) error
		want error
	}{
		{"other case", createSegment(" éTÉ vip"), ErrSegmentNameTaken},
		{"without accents it is another", createSegment("Ete VIP"), nil},
		{"taken by an update", rename(1, "ÉTÉ VIP"), ErrSegmentNameTaken},
		{"own in another case", rename(0, "ÉTÉ VIP"), nil},
		{"deleted", func(tx *Tx) error { return tx.DeleteSegment(ids[0]) }, nil},
		{"free again", rename(1, "été vip"), nil},
	}
	for _, tt := range tests { // each builds on those before it
		if _, err := s.Update(By{}, tt.fn); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestSegmentUpdate(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	created := clock.now()
	update(t, s, createSegment("Test"))
	check := func(updated Time, calculated *Time, logged uint64) {
		t.Helper()
		view(t, s, func(tx *Tx) error {
			all, err := tx.Segments()
			if err != nil || len(all) != 1 {
				t.Fatalf("got %d segments, %v", len(all), err)
			}
			got := asJSON(all[0])
			want := asJSON(Segment{ID: all[0].ID, Name: "Test", Criteria: all[0].Criteria, IsActive: true,
				CreatedAt: created, UpdatedAt: updated, LastCalculated: calculated})
			if got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
			one, err := tx.Segment(all[0].ID)
			if asJSON(one) != got {
				t.Errorf("\n got %s\nwant %s", asJSON(one), got)
			}
			return err
		})
		if s.Seq() != logged {
			t.Errorf("sequence %d, want %d", s.Seq(), logged)
		}
	}
	check(created, nil, 1)
	clock.move(time.Hour)
	calculated := clock.now()
	update(t, s, func(tx *Tx) error {
		if n, err := tx.MarkCalculated(); n != 1 || err != nil {
			return fmt.Errorf("%d segments calculated, want 1: %w", n, err)
		}
		return nil
	})
	check(created, &calculated, 1)
	clock.move(time.Hour)
	update(t, s, func(tx *Tx) error {
		all, err := tx.Segments()
		if err != nil {
			return err
		}
		_, err = tx.UpdateSegment(all[0].ID, func(s *Segment) Invalid { s.Criteria = Criteria{"region": {"Fès"}}; return nil })
		return err
	})
	check(clock.now(), &calculated, 2)
}
