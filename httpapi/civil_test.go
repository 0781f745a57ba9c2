package httpapi

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"crm/store/zone"
)

// What was sent as a day, or without an offset, is kept beside its instant.
func TestFollowUpLocal(t *testing.T) {
	f := newFixture(t) // at 2026-11-23T10:00:00Z, an hour ahead of UTC
	customer := f.storeCustomer(nil)
	tests := []struct {
		name        string
		sent        any
		date, local any
	}{
		{"a day", "2026-12-10", "2026-12-09T23:00:00.000Z", "2026-12-10"},
		{"a time", "2026-12-10T10:00", "2026-12-10T09:00:00.000Z", "2026-12-10T10:00"},
		{"a time with a blank", " 2026-12-10 10:00 ", "2026-12-10T09:00:00.000Z", "2026-12-10T10:00"},
		{"seconds", "2026-12-10T10:00:00", "2026-12-10T09:00:00.000Z", "2026-12-10T10:00:00"},
		{"decimals", "2026-12-10T10:00:05.25", "2026-12-10T09:00:05.250Z", "2026-12-10T10:00:05.25"},
		{"an offset", "2026-12-10T10:00:00+01:00", "2026-12-10T09:00:00.000Z", nil},
		{"UTC", "2026-12-10T10:00Z", "2026-12-10T10:00:00.000Z", nil},
		{"nothing", nil, nil, nil},
		{"an empty text", "", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := f.in(t)
			want := map[string]any{"follow_up_date": tt.date, "follow_up_local": tt.local}
			id := f.logInteraction(customer, map[string]any{"follow_up_required": true, "follow_up_date": tt.sent})
			f.send("GET", "/v1/interactions/"+id, nil).wantFields(want)
			f.send("PATCH", "/v1/interactions/"+id, map[string]any{"summary": "Other"}).wantFields(want)
			f.send("PUT", "/v1/interactions/"+id, map[string]any{"follow_up_date": tt.date}).wantFields(want) // sent back
			f.send("PUT", "/v1/interactions/"+id, map[string]any{"follow_up_date": "2027-01-05"}).wantFields(map[string]any{"follow_up_local": "2027-01-05"})
			f.send("PUT", "/v1/interactions/"+id, map[string]any{"follow_up_date": tt.sent}).wantFields(want)
			if tt.date == nil {
				return
			}
			f.send("POST", "/v1/interactions/"+id+"/snooze", map[string]any{"until": "2027-01-05T08:00:00Z"}).
				wantFields(map[string]any{"follow_up_date": "2027-01-05T08:00:00.000Z", "follow_up_local": nil})
			f.send("POST", "/v1/interactions/"+id+"/snooze", map[string]any{"until": tt.sent}).wantFields(want)
			f.send("POST", "/v1/interactions/"+id+"/complete", nil).wantFields(want)
		})
	}
	id := f.logInteraction(customer, map[string]any{"follow_up_required": true, "follow_up_date": "2026-12-10"})
	f.send("PUT", "/v1/interactions/"+id, map[string]any{"follow_up_date": "2026-13-10"}).wantErrors("body.follow_up_date")
	f.send("GET", "/v1/interactions/"+id, nil).wantFields(map[string]any{"follow_up_local": "2026-12-10"})
}

// Programs that cannot know the office's clock learn it here.
func TestDescriptionOfTheClock(t *testing.T) {
	f := newFixture(t)
	f.pass(13 * time.Hour) // 23:00 in UTC
	type offset struct {
		From    string  `json:"from"`
		Minutes float64 `json:"minutes"`
	}
	type description struct {
		Zone    string   `json:"timezone"`
		Data    string   `json:"timezone_data"`
		Today   string   `json:"today"`
		Offsets []offset `json:"utc_offsets"`
	}
	read := func() (d description) {
		f.send("GET", "/api/v1/", nil).want(http.StatusOK).into(&d)
		return d
	}
	d := read()
	if d.Zone != "Africa/Casablanca" || d.Data != "2025c" || d.Today != "2026-11-24" {
		t.Errorf("got %+v", d)
	}
	if first := d.Offsets[0]; first != (offset{"2016-11-23T23:00:00.000Z", 0}) {
		t.Errorf("the first offset is %+v", first)
	}
	last := d.Offsets[len(d.Offsets)-1]
	if last != (offset{"2029-02-18T02:00:00.000Z", 60}) && last.From < "2029-01-01" || last.From > "2029-11-24" {
		t.Errorf("the last offset is %+v", last)
	}
	for i := 1; i < len(d.Offsets); i++ {
		if a, b := d.Offsets[i-1], d.Offsets[i]; a.From >= b.From || a.Minutes == b.Minutes {
			t.Errorf("%+v is followed by %+v", a, b)
		}
	}
	f.logInteraction(f.storeCustomer(nil), map[string]any{"timestamp": "1999-05-05T10:00:00Z"})
	f.send("GET", "/v1/interactions", nil) // has waited until it is indexed
	if first := read().Offsets[0]; first != (offset{"1999-01-01T00:00:00.000Z", 0}) {
		t.Errorf("with a record of 1999 the first offset is %+v", first)
	}
}

// Cairo's clocks go from 23:59 on 29 April 2027 to 01:00 on the 30th, which is one day all the same.
func TestDayWithoutMidnight(t *testing.T) {
	cairo, err := zone.Before().Zone("Africa/Cairo")
	if err != nil {
		t.Fatal(err)
	}
	thursday := time.Date(2027, 4, 29, 21, 30, 0, 0, time.UTC) // 23:30
	f := newIn(t, cairo, func(*fixture) error { return nil })
	f.later(thursday.Sub(f.now))
	customer := f.storeCustomer(nil)
	var subjects []string
	for _, subject := range []string{"23:30", "01:30", "00:30 in May"} { // an hour later each, but the last
		f.logInteraction(customer, map[string]any{"subject": subject})
		f.giveFeedback(customer, nil)
		subjects = append(subjects, subject)
		if f.later(time.Hour); subject == "01:30" {
			f.later(22 * time.Hour)
		}
	}
	for day, want := range map[string][]string{"2027-04-29": subjects[:1], "2027-04-30": subjects[1:2], "2027-05-01": subjects[2:]} {
		q := url.Values{"from": {day}, "to": {day}, "sort": {"timestamp"}}.Encode()
		f.send("GET", "/v1/interactions?"+q, nil).wantList("subject", want...)
		f.send("GET", "/v1/feedback?from="+day+"&to="+day, nil).wantFields(map[string]any{"total": 1.0})
	}
	var stats struct {
		Trend []struct {
			Date  string
			Total int
		}
	}
	f.send("GET", "/v1/feedback/stats?days=2", nil).into(&stats)
	for _, day := range stats.Trend {
		if want := 1; day.Date == "2027-04-28" || day.Total != want {
			t.Errorf("trend: %d on %s, want %d", day.Total, day.Date, want)
		}
	}
	if len(stats.Trend) != 3 {
		t.Errorf("trend: got %+v, want 29 April to 1 May", stats.Trend)
	}

	g := newIn(t, cairo, func(*fixture) error { return nil })
	g.later(thursday.Sub(g.now))
	customer = g.storeCustomer(nil)
	for _, day := range []string{"2027-04-29", "2027-04-30", "2027-05-01"} {
		id := g.logInteraction(customer, map[string]any{"subject": day, "follow_up_required": true, "follow_up_date": day})
		g.send("GET", "/v1/interactions/"+id, nil).wantFields(map[string]any{"follow_up_local": day})
	}
	wantDays := func(overdue, today, week []string) {
		t.Helper()
		g.send("GET", "/v1/interactions?follow_up=overdue", nil).wantList("subject", overdue...)
		g.send("GET", "/v1/interactions?follow_up=today", nil).wantList("subject", today...)
		g.send("GET", "/v1/interactions?follow_up=week", nil).wantList("subject", week...)
	}
	days := []string{"2027-04-29", "2027-04-30", "2027-05-01"}
	wantDays(nil, days[:1], days[1:])
	g.later(30*time.Minute - time.Second)
	wantDays(nil, days[:1], days[1:])
	g.later(time.Second) // 01:00
	wantDays(days[:1], days[1:2], days[2:])
	g.later(23*time.Hour - time.Second)
	wantDays(days[:1], days[1:2], days[2:])
	g.later(time.Second)
	wantDays(days[:2], days[2:], nil)
}
