package httpapi

import (
	"net/http"
	"testing"
	"time"
)

func TestCustomerValues(t *testing.T) {
	f := newFixture(t)
	values := func() *answer { return f.send("GET", "/api/v1/customers/values", nil).want(http.StatusOK) }
	none := map[string]any{"regions": []any{}, "tags": []any{}, "nationalities": []any{}, "languages": []any{}}
	values().wantFields(none)
	add := func(region any, tags ...string) string {
		return f.storeCustomer(map[string]any{"region": region, "tags": tags, "nationality": nil})
	}
	count := func(value string, n float64) any { return map[string]any{"value": value, "count": n} }
	add("fes", "Été", "ete", "VIP")
	first := add("Fès", "été")
	last := add("Fès", "été", "Rare")
	add("Rabat")
	add(nil, "vip")
	values().wantFields(map[string]any{
		"regions": []any{count("Fès", 3), count("Rabat", 1)}, "nationalities": []any{}, "languages": []any{count("French", 5)},
		"tags": []any{count("été", 3), count("VIP", 2), count("Rare", 1)},
	})
	// Only active customers count, and how they are written.
	f.send("DELETE", "/v1/customers/"+last, nil).want(http.StatusOK)
	f.send("PUT", "/v1/customers/"+first, map[string]any{"region": "Agadir"}).want(http.StatusOK)
	values().wantFields(map[string]any{
		"regions": []any{count("Agadir", 1), count("Rabat", 1), count("fes", 1)}, "tags": []any{count("VIP", 2), count("ete", 2)},
	})
}

func TestFeedbackTrend(t *testing.T) {
	f := newFixture(t) // at 11:00 of Monday, 2026-11-23 in the office
	customer := f.storeCustomer(nil)
	give := func(ratings ...int) {
		for _, rating := range ratings {
			f.giveFeedback(customer, map[string]any{"rating": rating})
		}
	}
	point := func(date string, total float64, average any) any {
		return map[string]any{"date": date, "total": total, "average": average}
	}
	trend := func(days string, want ...any) {
		t.Helper()
		f.send("GET", "/v1/feedback/stats?days="+days, nil).want(http.StatusOK).wantFields(map[string]any{"trend": want})
	}
	f.later(-10 * time.Hour) // the store's clock stays
	trend("1", point("2026-11-22", 0, nil), point("2026-11-23", 0, nil))
	f.later(10*time.Hour + time.Minute)
	give(5)
	f.later(12*time.Hour + 59*time.Minute - time.Millisecond) // the last moment of Monday in the office
	give(4, 1)
	f.later(time.Millisecond)
	give(2)
	trend("1", point("2026-11-23", 3, 10.0/3), point("2026-11-24", 1, 2.0))
	f.later(11*time.Hour + 2*time.Minute) // now the first is a day old
	trend("1", point("2026-11-23", 2, 2.5), point("2026-11-24", 1, 2.0))
	trend("3", point("2026-11-21", 0, nil), point("2026-11-22", 0, nil), point("2026-11-23", 3, 10.0/3), point("2026-11-24", 1, 2.0))
	f.later(6 * 24 * time.Hour) // Monday again
	give(3)
	trend("32", point("2026-10-26", 0, nil), point("2026-11-02", 0, nil), point("2026-11-09", 0, nil), point("2026-11-16", 0, nil),
		point("2026-11-23", 4, 3.0), point("2026-11-30", 1, 3.0))
	for days, points := range map[string]int{"30": 31, "31": 32, "365": 54} {
		got := f.send("GET", "/v1/feedback/stats?days="+days, nil).want(http.StatusOK)
		list, _ := got.get("trend").([]any)
		sum := 0.0
		for _, p := range list {
			n, _ := p.(map[string]any)["total"].(float64)
			sum += n
		}
		if len(list) != points || sum != got.num("total_feedback") || sum != 5 {
			t.Errorf("%s days: %d points with %v feedback, want %d with all 5; total %v", days, len(list), sum, points, got.num("total_feedback"))
		}
	}
}

// The clocks of the office are moved around Ramadan: its days are 23 and 25 hours long.
func TestFeedbackTrendOverClockChanges(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	for _, at := range []time.Time{
		time.Date(2027, 2, 6, 23, 30, 0, 0, officeZone), time.Date(2027, 2, 7, 0, 30, 0, 0, officeZone),
		time.Date(2027, 2, 7, 23, 30, 0, 0, officeZone), time.Date(2027, 2, 8, 0, 30, 0, 0, officeZone),
	} {
		f.later(at.Sub(f.clock()))
		f.giveFeedback(customer, nil)
	}
	f.send("GET", "/v1/feedback/stats?days=2", nil).want(http.StatusOK).wantFields(map[string]any{"trend": []any{
		map[string]any{"date": "2027-02-06", "total": 1.0, "average": 5.0}, map[string]any{"date": "2027-02-07", "total": 2.0, "average": 5.0},
		map[string]any{"date": "2027-02-08", "total": 1.0, "average": 5.0}}})
}
