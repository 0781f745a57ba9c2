package httpapi

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestTimesInBodies(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	tests := []struct{ name, sent, want string }{
		{"UTC", "2024-01-22T10:00:00Z", "2024-01-22T10:00:00.000Z"},
		{"milliseconds", "2024-01-22T10:00:00.5Z", "2024-01-22T10:00:00.500Z"},
		{"nanoseconds are cut", "2024-01-22T10:00:00.123999999Z", "2024-01-22T10:00:00.123Z"},
		{"offset", "2024-01-22T10:00:00+05:30", "2024-01-22T04:30:00.000Z"},
		{"negative offset over midnight", "2024-01-22T22:00:00-08:00", "2024-01-23T06:00:00.000Z"},
		{"offset without seconds", "2024-01-22T10:00+02:00", "2024-01-22T08:00:00.000Z"},
		{"UTC without seconds", "2024-01-22T10:00Z", "2024-01-22T10:00:00.000Z"},
		{"no offset is the office's", "2024-01-22T10:00", "2024-01-22T09:00:00.000Z"},
		{"no offset with seconds", "2024-01-22T10:00:30", "2024-01-22T09:00:30.000Z"},
		{"no offset with fraction", "2024-01-22T10:00:30.25", "2024-01-22T09:00:30.250Z"},
		{"space instead of T", "2024-01-22 10:00", "2024-01-22T09:00:00.000Z"},
		{"no offset in Ramadan", "2024-03-20T10:00", "2024-03-20T10:00:00.000Z"},
		{"date", "2024-01-22", "2024-01-21T23:00:00.000Z"},
		{"date in Ramadan", "2024-03-20", "2024-03-20T00:00:00.000Z"},
		{"spaces around", " 2024-01-22T10:00:00Z ", "2024-01-22T10:00:00.000Z"},
		{"before 1970", "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000Z"},
		{"1970", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
		{"leap day", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := f.in(t)
			body := changed(aCall(customer), map[string]any{"timestamp": tt.sent, "follow_up_date": tt.sent})
			created := f.send("POST", "/v1/interactions", body).want(http.StatusCreated).wantFields(map[string]any{"timestamp": tt.want, "follow_up_date": tt.want})
			f.send("PUT", created.header.Get("Location"), map[string]any{"timestamp": tt.sent, "follow_up_date": tt.sent}).want(http.StatusOK).
				wantFields(map[string]any{"timestamp": tt.want, "follow_up_date": tt.want})
		})
	}
}

func TestTimesThatAreNone(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	for _, sent := range []any{
		"yesterday", "2024", "2024-13-01", "2024-02-30", "2023-02-29T10:00:00Z", "22/01/2024", "10:00", "2024-01-22T25:00:00Z", "2024-01-22T10:00:00+25:00",
		"0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", 1705917600, 1.5, true, []any{}, map[string]any{},
	} {
		f.send("POST", "/v1/interactions", changed(aCall(customer), map[string]any{"follow_up_date": sent, "timestamp": sent})).wantErrors("body.follow_up_date", "body.timestamp")
	}
}

func TestTimestampInTheFuture(t *testing.T) {
	f := newFixture(t) // at 2026-11-23T10:00:00Z
	customer := f.storeCustomer(nil)
	id := f.logInteraction(customer, map[string]any{"timestamp": "2026-11-01"})
	tests := []struct{ name, sent, want string }{ // want is empty for a refusal
		{"a moment ago", "2026-11-23T09:59:59.999Z", "2026-11-23T09:59:59.999Z"},
		{"now", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000Z"},
		{"a little ahead counts as now", "2026-11-23T10:00:00.001Z", "2026-11-23T10:00:00.000Z"},
		{"five minutes ahead counts as now", "2026-11-23T10:05:00Z", "2026-11-23T10:00:00.000Z"},
		{"further ahead", "2026-11-23T10:05:00.001Z", ""},
		{"tomorrow", "2026-11-24", ""},
		{"today is past at midnight", "2026-11-23", "2026-11-22T23:00:00.000Z"},
		{"the office's clock now", "2026-11-23T11:00", "2026-11-23T10:00:00.000Z"},
		{"the office's clock ahead", "2026-11-23T11:06", ""},
		{"offset ahead on paper only", "2026-11-23T18:00:00+08:00", "2026-11-23T10:00:00.000Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := f.in(t)
			post := f.send("POST", "/v1/interactions", changed(aCall(customer), map[string]any{"timestamp": tt.sent}))
			put := f.send("PUT", "/v1/interactions/"+id, map[string]any{"timestamp": tt.sent})
			if tt.want == "" {
				post.wantErrors("body.timestamp")
				put.wantErrors("body.timestamp")
				return
			}
			post.want(http.StatusCreated).wantFields(map[string]any{"timestamp": tt.want, "created_at": stamp(f.clock())})
			put.want(http.StatusOK).wantFields(map[string]any{"timestamp": tt.want})
		})
	}
	f.logInteraction(customer, map[string]any{"follow_up_date": "2030-01-01"}) // a follow-up lies ahead by nature
}

// The windows of lists include both ends, and a date as to its whole day in the office's time zone.
func TestFromTo(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	times := []string{
		"2026-03-21T23:59:59.999Z", // the last night of Ramadan, when the office is at UTC
		"2026-11-19T22:59:59.999Z", "2026-11-19T23:00:00.000Z", "2026-11-20T12:00:00.000Z", "2026-11-20T22:59:59.999Z", "2026-11-20T23:00:00.000Z",
	}
	for _, at := range times {
		f.logInteraction(customer, map[string]any{"timestamp": at})
	}
	tests := []struct {
		name, from, to string
		want           []string
	}{
		{"open", "", "", times},
		{"day", "2026-11-20", "2026-11-20", times[2:5]},
		{"from day", "2026-11-20", "", times[2:]},
		{"to day", "", "2026-11-19", times[:2]},
		{"day in Ramadan", "2026-03-21", "2026-03-21", times[:1]},
		{"day after it", "2026-03-22", "2026-03-22", nil},
		{"ends included", "2026-11-19T23:00:00Z", "2026-11-20T22:59:59.999Z", times[2:5]},
		{"a moment less", "2026-11-19T23:00:00.001Z", "2026-11-20T22:59:59.998Z", times[3:4]},
		{"one instant", "2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z", times[3:4]},
		{"offset", "2026-11-20T14:00:00+02:00", "2026-11-20T14:00:00+02:00", times[3:4]},
		{"office", "2026-11-20T13:00", "2026-11-20T13:00:00", times[3:4]},
		{"backwards", "2026-11-21", "2026-11-19", nil},
		{"far ends", "0001-01-02", "9999-12-30", times},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := f.in(t)
			q := url.Values{"from": {tt.from}, "to": {tt.to}, "sort": {"timestamp"}}.Encode()
			f.send("GET", "/v1/interactions?"+q, nil).wantList("timestamp", tt.want...).wantFields(map[string]any{"total": float64(len(tt.want))})
			f.send("GET", "/v1/interactions/customer/"+customer+"?"+q, nil).wantList("timestamp", tt.want...)
		})
	}
	for _, path := range []string{"/v1/interactions", "/v1/interactions/customer/" + customer, "/v1/feedback", "/v1/feedback/customer/" + customer} {
		f.send("GET", path+"?from=x&to=2026-02-30", nil).wantErrors("query.from", "query.to")
	}
}

func TestFromToOfFeedback(t *testing.T) {
	f := newFixture(t)
	f.pass(12 * time.Hour) // 22:00 UTC, 23:00 in the office
	customer := f.storeCustomer(nil)
	var ids []string
	for range 3 {
		ids = append(ids, f.giveFeedback(customer, nil))
		f.pass(time.Hour)
	}
	tests := []struct {
		name, from, to string
		want           []string
	}{
		{"first day", "2026-11-23", "2026-11-23", ids[:1]},
		{"second day", "2026-11-24", "2026-11-24", ids[1:]},
		{"ends included", "2026-11-23T22:00:00Z", "2026-11-23T23:00:00Z", ids[:2]},
		{"office", "2026-11-24T00:00", "2026-11-24T00:00", ids[1:2]},
		{"until", "", "2026-11-22", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := f.in(t)
			q := url.Values{"from": {tt.from}, "to": {tt.to}, "sort": {"submitted_at"}}.Encode()
			f.send("GET", "/v1/feedback?"+q, nil).wantList("id", tt.want...).wantFields(map[string]any{"total": float64(len(tt.want))})
			f.send("GET", "/v1/feedback/customer/"+customer+"?"+q, nil).wantList("id", tt.want...)
		})
	}
}

func TestClockThatRunsBackwards(t *testing.T) {
	f := newFixture(t)
	first := f.storeCustomer(nil)
	f.pass(-5 * time.Second)
	second := f.storeCustomer(nil)
	f.send("GET", "/v1/customers/"+second, nil).wantFields(map[string]any{"created_at": "2026-11-23T10:00:00.000Z", "updated_at": "2026-11-23T10:00:00.000Z"})
	f.send("GET", "/v1/customers?sort=created_at", nil).wantList("id", first, second)
}
