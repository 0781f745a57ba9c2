package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFeedbackJSON(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	id := createCustomer(t, s, "a@example.com")
	f := Feedback{CustomerID: &id, BookingID: &ID{2}, ServiceType: "Tour", Rating: 4, Comments: new(" Très bien ")}
	got := createFeedback(t, s, f)
	view(t, s, func(tx *Tx) error {
		raw, err := tx.FeedbackJSON(got)
		want := fmt.Sprintf(`{"id":"%s","customer_id":"%s","booking_id":"02000000-0000-0000-0000-000000000000",`+
			`"service_type":"Tour","rating":4,"comments":"Très bien","resolved":false,"resolution_notes":null,"resolved_by":null,`+
			`"resolved_at":null,"is_anonymous":false,"source":"web","submitted_at":"2026-11-23T06:01:56.852Z",`+
			`"created_at":"2026-11-23T06:01:56.852Z","sentiment":"positive"}`, got, id)
		if string(raw) != want {
			t.Errorf("\n got %s\nwant %s", raw, want)
		}
		return err
	})
}

func TestFeedbackRules(t *testing.T) {
	text := func(n int) *string { return new(strings.Repeat("م", n)) }
	tests := []struct {
		name string
		set  func(*Feedback)
		want []string
	}{
		{"good", func(*Feedback) {}, nil},
		{"no service", func(f *Feedback) { f.ServiceType = "" }, []string{"service_type missing"}},
		{"unknown service", func(f *Feedback) { f.ServiceType = "tour" }, []string{"service_type enum"}},
		{"rating 0", func(f *Feedback) { f.Rating = 0 }, []string{"rating range"}},
		{"rating 1", func(f *Feedback) { f.Rating = 1 }, nil},
		{"rating 6", func(f *Feedback) { f.Rating = 6 }, []string{"rating range"}},
		{"longest", func(f *Feedback) { f.Comments, f.ResolutionNotes, f.Source = text(2000), text(1000), *text(50) }, nil},
		{"everything", func(f *Feedback) {
			*f = Feedback{ServiceType: "x", Comments: text(2001), ResolutionNotes: text(1001), Source: *text(51)}
		}, []string{"service_type enum", "rating range", "comments string_too_long", "resolution_notes string_too_long", "source string_too_long"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &Feedback{ServiceType: "General", Rating: 5}
			tt.set(f)
			if got := broken(f.Validate()); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSentiment(t *testing.T) {
	for i, want := range []string{"negative", "negative", "neutral", "positive", "positive"} {
		f := &Feedback{ServiceType: "General", Rating: int64(i) + 1}
		if err := f.Validate(); err != nil || f.Sentiment != want {
			t.Errorf("%d stars: got %s (%v), want %s", f.Rating, f.Sentiment, err, want)
		}
	}
}

func TestResolve(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	customer := createCustomer(t, s, "a@example.com")
	id := createFeedback(t, s, Feedback{CustomerID: &customer, ServiceType: "Tour", Rating: 1})
	amal, brahim := ID{1}, ID{2}
	set := func(resolved bool, by *ID) func(*Feedback) {
		return func(f *Feedback) {
			if f.Resolved = resolved; by != nil {
				f.ResolvedBy = by
			}
		}
	}
	var first, second Time
	tests := []struct {
		name   string
		caller *ID
		patch  func(*Feedback)
		at     *Time
		by     *ID
		logged uint64
	}{
		{"notes only", &amal, func(f *Feedback) { f.ResolutionNotes = new("Called") }, nil, nil, 1},
		{"by a name without resolving", &amal, set(false, &brahim), nil, nil, 0},
		{"resolved by the caller", &amal, set(true, nil), &first, &amal, 1},
		{"again, by another caller", &brahim, set(true, nil), &first, &amal, 0},
		{"again, with another name", &amal, set(true, &brahim), &first, &amal, 0},
		{"notes while resolved", &brahim, func(f *Feedback) { f.ResolutionNotes = new("Refund") }, &first, &amal, 1},
		{"opened again", &brahim, set(false, nil), nil, nil, 1},
		{"resolved by the one who is named", &amal, set(true, &brahim), &second, &brahim, 1},
		{"opened again", nil, set(false, nil), nil, nil, 1},
		{"resolved by nobody known", nil, set(true, nil), &second, nil, 1},
	}
	for i, tt := range tests { // each builds on those before it
		clock.move(time.Hour)
		switch i {
		case 2:
			first = clock.now()
		case 7, 9:
			second = clock.now()
		}
		before := s.Seq()
		update(t, s, func(tx *Tx) error {
			_, err := tx.UpdateFeedback(id, tt.caller, func(f *Feedback) Invalid { tt.patch(f); return nil })
			return err
		})
		var f *Feedback
		view(t, s, func(tx *Tx) (err error) { f, err = tx.Feedback(id); return err })
		if got, want := asJSON([]any{f.Resolved, f.ResolvedAt, f.ResolvedBy}), asJSON([]any{tt.at != nil, tt.at, tt.by}); got != want {
			t.Errorf("%s: got %s, want %s", tt.name, got, want)
		}
		if got := s.Seq() - before; got != tt.logged {
			t.Errorf("%s: %d changes logged, want %d", tt.name, got, tt.logged)
		}
	}
}

func TestAnonymousForgetsTheCustomer(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	named := createCustomer(t, s, "a@example.com")
	seq := s.Seq()
	f := createFeedback(t, s, Feedback{CustomerID: &named, ServiceType: "Tour", Rating: 1, IsAnonymous: true})
	update(t, s, func(tx *Tx) error {
		_, err := tx.UpdateFeedback(f, nil, func(f *Feedback) Invalid { f.Resolved = true; return nil })
		return err
	})
	update(t, s, func(tx *Tx) error { return tx.DeleteFeedback(f) })
	if a := activity(t, s, named); a.Feedback() != 0 || a.LastFeedback != nil {
		t.Errorf("activity %+v, want none", a)
	}
	view(t, s, func(tx *Tx) error {
		for key, raw := range tx.kv.Scan(bucketLog, seqKey(seq+1)) {
			if bytes.Contains(raw, []byte(named.String())) || bytes.Contains(raw, named[:]) {
				t.Errorf("log %x names the customer: %s", key, raw)
			}
		}
		return nil
	})

	// Nor is the id in a page that was freed.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, []byte(`"customer_id":"`+named.String())) {
		t.Error("the file has the customer's id in a feedback")
	}
}

func TestFeedbackOfBooking(t *testing.T) {
	s := open(t)
	id := createCustomer(t, s, "a@example.com")
	first, second := ID{1}, ID{1, 1}
	feedback := func(booking *ID) ID {
		return createFeedback(t, s, Feedback{CustomerID: &id, BookingID: booking, ServiceType: "Tour", Rating: 5})
	}
	a, b := feedback(&first), feedback(&second)
	feedback(nil)
	c := feedback(&first)
	check := func(booking ID, want ...ID) {
		t.Helper()
		view(t, s, func(tx *Tx) error {
			if got := tx.FeedbackOfBooking(booking); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			return nil
		})
	}
	check(first, a, c)
	check(second, b)
	check(ID{2})
	update(t, s, func(tx *Tx) error { return tx.DeleteFeedback(a) })
	check(first, c)
}

func TestFeedbackActivity(t *testing.T) {
	clock := newClock()
	s := open(t, WithClock(clock.time))
	id := createCustomer(t, s, "a@example.com")
	first := clock.now()
	tour := createFeedback(t, s, Feedback{CustomerID: &id, ServiceType: "Tour", Rating: 2})
	clock.move(time.Hour)
	general := createFeedback(t, s, Feedback{CustomerID: &id, ServiceType: "General", Rating: 5})
	check := func(want Activity, n int64) {
		t.Helper()
		if got := activity(t, s, id); asJSON(got) != asJSON(want) || got.Feedback() != n {
			t.Errorf("got %s, want %s", asJSON(got), asJSON(want))
		}
	}
	check(Activity{Services: Counts{{"General", 1}, {"Tour", 1}}, Ratings: 7, LastFeedback: new(clock.now())}, 2)
	update(t, s, func(tx *Tx) error { return tx.DeleteFeedback(general) })
	check(Activity{Services: Counts{{"Tour", 1}}, Ratings: 2, LastFeedback: &first}, 1)
	update(t, s, func(tx *Tx) error { return tx.DeleteFeedback(tour) })
	check(Activity{}, 0)
}

func TestFeedbackRefused(t *testing.T) {
	s := open(t)
	id := createCustomer(t, s, "a@example.com")
	tests := []struct {
		name string
		f    Feedback
		want string
	}{
		{"nobody", Feedback{ServiceType: "Tour", Rating: 1}, "customer_id: Field required"},
		{"nobody, anonymous", Feedback{ServiceType: "Tour", Rating: 9, IsAnonymous: true},
			"customer_id: Field required; rating: Must be a whole number from 1 to 5"},
		{"unknown customer", Feedback{CustomerID: &ID{1}, ServiceType: "Tour", Rating: 1}, "Customer not found"},
		{"unknown customer, anonymous", Feedback{CustomerID: &ID{1}, ServiceType: "Tour", Rating: 1, IsAnonymous: true}, "Customer not found"},
		{"broken rule", Feedback{CustomerID: &id, ServiceType: "Tour"}, "rating: Must be a whole number from 1 to 5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.Update(By{}, func(tx *Tx) error { _, err := tx.CreateFeedback(&tt.f, nil); return err })
			if fmt.Sprint(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
