package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"
)

func TestCustomerSummary(t *testing.T) {
	f := newFixture(t)
	customer, other := f.storeCustomer(nil), f.storeCustomer(nil)
	path := "/v1/customers/" + customer + "/summary"
	none := map[string]any{
		"total_interactions": 0.0, "total_feedback": 0.0, "average_rating": nil, "last_feedback_date": nil, "last_interaction": nil, "segments": []any{},
		"interaction_channels": map[string]any{"email": 0.0, "phone": 0.0, "chat": 0.0, "in-person": 0.0, "whatsapp": 0.0, "sms": 0.0},
		"feedback_by_service":  map[string]any{"Tour": 0.0, "Booking": 0.0, "Support": 0.0, "Transport": 0.0, "Accommodation": 0.0, "General": 0.0},
	}
	var whole map[string]any
	f.send("GET", "/v1/customers/"+customer, nil).into(&whole)
	f.send("GET", path, nil).want(http.StatusOK).wantFields(whole).wantFields(none)

	interaction := f.logInteraction(customer, nil)
	f.logInteraction(customer, map[string]any{"channel": "in-person"})
	f.logInteraction(other, nil)
	first := f.giveFeedback(customer, map[string]any{"rating": 5})
	f.pass(time.Hour)
	last := f.giveFeedback(customer, map[string]any{"rating": 4, "service_type": "Transport"})
	f.giveFeedback(other, map[string]any{"rating": 1})
	f.send("GET", path, nil).wantFields(map[string]any{
		"total_interactions": 2.0, "interaction_channels.phone": 1.0, "interaction_channels.in-person": 1.0, "interaction_channels.email": 0.0,
		"total_feedback": 2.0, "average_rating": 4.5, "last_feedback_date": stamp(f.clock()), "feedback_by_service.Tour": 1.0, "feedback_by_service.Transport": 1.0,
	})

	f.send("PUT", "/v1/interactions/"+interaction, map[string]any{"channel": "sms"}).want(http.StatusOK)
	f.send("PUT", "/v1/feedback/"+first, map[string]any{"resolved": true}).want(http.StatusOK)
	f.send("GET", path, nil).wantFields(map[string]any{"interaction_channels.phone": 0.0, "interaction_channels.sms": 1.0, "total_interactions": 2.0, "total_feedback": 2.0})
	f.send("DELETE", "/v1/feedback/"+last, nil).want(http.StatusOK)
	f.send("GET", path, nil).wantFields(map[string]any{"total_feedback": 1.0, "average_rating": 5.0, "last_feedback_date": stamp(f.clock().Add(-time.Hour)), "feedback_by_service.Transport": 0.0})
	f.send("DELETE", "/v1/feedback/"+first, nil).want(http.StatusOK)
	for _, id := range f.send("GET", "/v1/interactions/customer/"+customer, nil).texts("items", "id") {
		f.send("DELETE", "/v1/interactions/"+id, nil).want(http.StatusOK)
	}
	f.send("GET", path, nil).wantFields(none)
	f.send("DELETE", "/v1/customers/"+customer, nil).want(http.StatusOK)
	f.send("GET", path, nil).want(http.StatusOK).wantFields(map[string]any{"is_active": false})
}

func TestInteractionStatsOfNothing(t *testing.T) {
	f := newFixture(t)
	got := f.send("GET", "/v1/interactions/stats", nil).want(http.StatusOK)
	got.wantFields(map[string]any{
		"total_interactions": 0.0, "average_duration": nil, "follow_ups_pending": 0.0,
		"by_channel": map[string]any{"email": 0.0, "phone": 0.0, "chat": 0.0, "in-person": 0.0, "whatsapp": 0.0, "sms": 0.0},
		"by_month":   months(nil),
	})
}

// months returns the twelve months up to November 2026 with these numbers.
func months(n map[string]any) map[string]any {
	all := map[string]any{"2025-12": 0.0}
	for month := range 11 {
		all[fmt.Sprintf("2026-%02d", month+1)] = 0.0
	}
	maps.Copy(all, n)
	return all
}

func TestInteractionStatsWindow(t *testing.T) {
	f := newFixture(t) // at 2026-11-23T10:00:00Z
	customer := f.storeCustomer(nil)
	for _, i := range []map[string]any{
		{"timestamp": "2026-11-23T10:00:00Z", "channel": "email", "duration_minutes": 10},
		{"timestamp": "2026-11-22T10:00:00.001Z", "channel": "email", "duration_minutes": 0},
		{"timestamp": "2026-11-22T09:59:59.999Z", "channel": "chat"},
		{"timestamp": "2026-10-24T10:00:00.001Z", "channel": "sms", "duration_minutes": 5},
		{"timestamp": "2026-10-24T09:59:59.999Z", "channel": "sms", "duration_minutes": 1000},
		{"timestamp": "2025-11-23T10:00:00.001Z", "channel": "phone"},
		{"timestamp": "2025-11-23T09:59:59.999Z", "channel": "phone"},
		{"timestamp": "1999-01-01", "channel": "whatsapp"},
	} {
		f.logInteraction(customer, i)
	}
	month := months(map[string]any{"2026-11": 3.0, "2026-10": 2.0})
	tests := []struct {
		query string
		want  map[string]any
	}{
		{"days=1", map[string]any{"total_interactions": 2.0, "by_channel.email": 2.0, "by_channel.chat": 0.0, "average_duration": 5.0, "by_month": month}},
		{"days=2", map[string]any{"total_interactions": 3.0, "by_channel.chat": 1.0, "average_duration": 5.0, "by_month": month}},
		{"days=30", map[string]any{"total_interactions": 4.0, "by_channel.sms": 1.0, "average_duration": 5.0, "by_month": month}},
		{"", map[string]any{"total_interactions": 4.0}},
		{"days=", map[string]any{"total_interactions": 4.0}},
		{"days=31", map[string]any{"total_interactions": 5.0, "average_duration": 253.75}},
		{"days=365", map[string]any{"total_interactions": 6.0, "by_channel.phone": 1.0, "by_channel.whatsapp": 0.0, "by_month": month}},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			f.in(t).send("GET", "/v1/interactions/stats?"+tt.query, nil).want(http.StatusOK).wantFields(tt.want)
		})
	}
	for _, path := range []string{"/v1/interactions/stats", "/v1/feedback/stats"} {
		for _, days := range []string{"0", "-1", "366", "x", "1.5", "1e2", "99999999999999999999"} {
			f.send("GET", path+"?days="+days, nil).wantErrors("query.days")
		}
	}
	f.later(24 * time.Hour)
	f.send("GET", "/v1/interactions/stats?days=1", nil).wantFields(map[string]any{"average_duration": 10.0, "total_interactions": 1.0})
	f.later(time.Millisecond)
	f.send("GET", "/v1/interactions/stats?days=1", nil).wantFields(map[string]any{"average_duration": nil, "total_interactions": 0.0})
}

func TestInteractionStatsFollowChanges(t *testing.T) {
	f := newFixture(t)
	id := f.logInteraction(f.storeCustomer(nil), map[string]any{"duration_minutes": 10})
	stats := func(want map[string]any) {
		t.Helper()
		f.send("GET", "/v1/interactions/stats", nil).want(http.StatusOK).wantFields(want)
	}
	stats(map[string]any{"total_interactions": 1.0, "average_duration": 10.0, "by_channel.phone": 1.0, "by_month": months(map[string]any{"2026-11": 1.0})})
	f.send("PUT", "/v1/interactions/"+id, map[string]any{"duration_minutes": nil, "channel": "email", "timestamp": "2026-10-31"}).want(http.StatusOK)
	stats(map[string]any{"total_interactions": 1.0, "average_duration": nil, "by_channel.phone": 0.0, "by_channel.email": 1.0, "by_month": months(map[string]any{"2026-10": 1.0})})
	f.send("DELETE", "/v1/interactions/"+id, nil).want(http.StatusOK)
	stats(map[string]any{"total_interactions": 0.0, "by_channel.email": 0.0, "by_month": months(nil)})
}

func TestInteractionMonthsAreTheOffices(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	for _, at := range []string{
		"2026-10-31T22:59:59.999Z", "2026-10-31T23:00:00Z", // the office is an hour ahead of UTC
		"2026-02-28T23:59:59.999Z", "2026-03-01T00:00:00Z", // but not in Ramadan
		"2026-03-31T22:59:59.999Z", "2026-03-31T23:00:00Z",
		"2025-11-30T22:59:59.999Z", "2025-11-30T23:00:00Z", // the oldest month's first moment
	} {
		f.logInteraction(customer, map[string]any{"timestamp": at})
	}
	f.send("GET", "/v1/interactions/stats?days=1", nil).want(http.StatusOK).wantFields(map[string]any{"total_interactions": 0.0, "by_month": months(
		map[string]any{"2026-11": 1.0, "2026-10": 1.0, "2026-02": 1.0, "2026-03": 2.0, "2026-04": 1.0, "2025-12": 1.0})})

	f.later(time.Date(2026, 11, 30, 22, 59, 0, 0, time.UTC).Sub(f.clock()))
	f.send("GET", "/v1/interactions/stats", nil).wantFields(map[string]any{"by_month.2025-12": 1.0, "by_month.2026-11": 1.0})
	f.later(time.Minute) // it is December in the office
	want := months(map[string]any{"2026-11": 1.0, "2026-10": 1.0, "2026-02": 1.0, "2026-03": 2.0, "2026-04": 1.0, "2026-12": 0.0})
	delete(want, "2025-12")
	f.send("GET", "/v1/interactions/stats", nil).wantFields(map[string]any{"by_month": want})
}

func TestFollowUpsPending(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	pending := func(want float64) {
		t.Helper()
		f.send("GET", "/v1/interactions/stats?days=1", nil).want(http.StatusOK).wantFields(map[string]any{"follow_ups_pending": want})
	}
	add := func(required bool, due, at any) string {
		return f.logInteraction(customer, map[string]any{"follow_up_required": required, "follow_up_date": due, "timestamp": at})
	}
	add(false, nil, nil)
	add(false, "2026-11-01", nil) // a date alone requires nothing
	pending(0)
	undated := add(true, nil, "2020-01-01") // however old
	pending(1)
	add(true, "2026-11-23T10:00:00Z", nil) // due now
	pending(2)
	add(true, "2026-11-01", nil)
	pending(3)
	soon := add(true, "2026-11-23T10:00:00.001Z", nil)
	pending(3)
	f.pass(time.Millisecond)
	pending(4)
	f.send("PUT", "/v1/interactions/"+soon, map[string]any{"follow_up_date": "2026-12-24"}).want(http.StatusOK)
	pending(3)
	f.send("PUT", "/v1/interactions/"+soon, map[string]any{"follow_up_date": nil}).want(http.StatusOK)
	pending(4)
	f.send("PUT", "/v1/interactions/"+soon, map[string]any{"follow_up_required": false}).want(http.StatusOK)
	pending(3)
	f.send("DELETE", "/v1/interactions/"+undated, nil).want(http.StatusOK)
	pending(2)
	f.send("GET", "/v1/interactions?follow_up_required=true", nil).wantFields(map[string]any{"total": 2.0})
}

func TestFeedbackStats(t *testing.T) {
	f := newFixture(t)
	stats := func(query string, want map[string]any) {
		t.Helper()
		f.send("GET", "/v1/feedback/stats"+query, nil).want(http.StatusOK).wantFields(want)
	}
	none := map[string]any{
		"total_feedback": 0.0, "average_rating": 0.0, "resolution_rate": 0.0, "pending_resolution": 0.0,
		"rating_distribution": map[string]any{"1": 0.0, "2": 0.0, "3": 0.0, "4": 0.0, "5": 0.0},
		"by_service_type":     map[string]any{"Tour": 0.0, "Booking": 0.0, "Support": 0.0, "Transport": 0.0, "Accommodation": 0.0, "General": 0.0},
		"sentiment_analysis":  map[string]any{"positive": 0.0, "neutral": 0.0, "negative": 0.0},
	}
	stats("", none)
	customer := f.storeCustomer(nil)
	old := f.giveFeedback(customer, map[string]any{"rating": 1, "service_type": "Support"})
	f.later(40 * 24 * time.Hour)
	stats("?days=30", changed(none, map[string]any{"pending_resolution": 1.0}))
	stats("?days=", changed(none, map[string]any{"pending_resolution": 1.0}))
	stats("?days=365", map[string]any{"total_feedback": 1.0, "average_rating": 1.0, "pending_resolution": 1.0})
	var ids []string
	for _, rating := range []int{5, 4, 3, 2} {
		ids = append(ids, f.giveFeedback(customer, map[string]any{"rating": rating, "is_anonymous": rating == 5}))
	}
	f.send("PUT", "/v1/feedback/"+ids[0], map[string]any{"resolved": true}).want(http.StatusOK)
	recent := map[string]any{
		"total_feedback": 4.0, "average_rating": 3.5, "resolution_rate": 0.25, "pending_resolution": 4.0,
		"rating_distribution": map[string]any{"1": 0.0, "2": 1.0, "3": 1.0, "4": 1.0, "5": 1.0},
		"by_service_type":     map[string]any{"Tour": 4.0, "Booking": 0.0, "Support": 0.0, "Transport": 0.0, "Accommodation": 0.0, "General": 0.0},
		"sentiment_analysis":  map[string]any{"positive": 2.0, "neutral": 1.0, "negative": 1.0},
	}
	stats("", recent)
	stats("?days=1", recent)
	stats("?days=365", map[string]any{"total_feedback": 5.0, "average_rating": 3.0, "resolution_rate": 0.2, "by_service_type.Support": 1.0, "rating_distribution.1": 1.0, "sentiment_analysis.negative": 2.0})
	f.send("PUT", "/v1/feedback/"+old, map[string]any{"resolved": true}).want(http.StatusOK)
	stats("", changed(recent, map[string]any{"pending_resolution": 3.0})) // the rate is the window's, the rest of any age
	f.send("PUT", "/v1/feedback/"+ids[0], map[string]any{"resolved": false}).want(http.StatusOK)
	stats("", changed(recent, map[string]any{"pending_resolution": 4.0, "resolution_rate": 0.0}))
	f.send("DELETE", "/v1/feedback/"+ids[3], nil).want(http.StatusOK)
	stats("", map[string]any{"total_feedback": 3.0, "average_rating": 4.0, "pending_resolution": 3.0, "rating_distribution.2": 0.0, "sentiment_analysis.negative": 0.0})
	f.later(24*time.Hour - time.Millisecond)
	stats("?days=1", map[string]any{"total_feedback": 3.0})
	f.later(2 * time.Millisecond)
	stats("?days=1", changed(none, map[string]any{"pending_resolution": 3.0}))
}
