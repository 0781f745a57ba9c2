package httpapi

import (
	"bytes"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"crm/store"
)

// giveFeedback gives five stars for a tour, with other fields, and returns the id.
func (f *fixture) giveFeedback(customer string, fields map[string]any) string {
	f.t.Helper()
	return f.send("POST", "/v1/feedback", changed(praise(customer), fields)).want(http.StatusCreated).str("id")
}

// praise returns the least that feedback needs.
func praise(customer string) map[string]any {
	return map[string]any{"customer_id": customer, "service_type": "Tour", "rating": 5}
}

func TestFeedbackFieldsAreAlwaysPresent(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	created := f.send("POST", "/api/v1/feedback/", praise(customer)).want(http.StatusCreated)
	want := map[string]any{
		"customer_id": customer, "booking_id": nil, "service_type": "Tour", "rating": 5.0, "comments": nil, "resolved": false, "resolution_notes": nil,
		"resolved_by": nil, "resolved_at": nil, "is_anonymous": false, "source": "web", "submitted_at": stamp(f.clock()), "created_at": stamp(f.clock()),
		"sentiment": "positive",
	}
	created.wantFields(want)
	id := created.str("id")
	if got, want := created.header.Get("Location"), "/api/v1/feedback/"+id; got != want {
		t.Errorf("Location: got %q, want %q", got, want)
	}
	f.send("GET", "/api/v1/feedback/"+id, nil).want(http.StatusOK).wantFields(want)
}

func TestFeedbackCreate(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	type test struct {
		name         string
		fields, want map[string]any
	}
	tests := []test{
		{"everything", map[string]any{"booking_id": someUUID, "comments": "C", "source": "app", "is_anonymous": false}, map[string]any{"booking_id": someUUID, "comments": "C", "source": "app"}},
		{"nulls", map[string]any{"booking_id": nil, "comments": nil, "source": nil, "is_anonymous": nil}, map[string]any{"booking_id": nil, "comments": nil, "source": "web", "is_anonymous": false}},
		{"empty", map[string]any{"booking_id": "", "comments": " ", "source": " ", "is_anonymous": ""}, map[string]any{"booking_id": nil, "comments": nil, "source": "web", "is_anonymous": false}},
		{"blank booking", map[string]any{"booking_id": " "}, map[string]any{"booking_id": nil}},
		{"trimmed", map[string]any{"comments": " C\n", "source": " app ", "service_type": " Tour "}, map[string]any{"comments": "C", "source": "app", "service_type": "Tour"}},
		{"longest", map[string]any{"comments": strings.Repeat("é", 2000), "source": strings.Repeat("é", 50)}, map[string]any{"comments": strings.Repeat("é", 2000)}},
		{"not the sender's to set", map[string]any{"resolved": true, "resolved_by": "x", "sentiment": "negative", "submitted_at": "2020-01-01"},
			map[string]any{"resolved": false, "resolved_by": nil, "sentiment": "positive", "submitted_at": stamp(f.clock())}},
	}
	for rating, sentiment := range []string{"", "negative", "negative", "neutral", "positive", "positive"} {
		if rating > 0 {
			tests = append(tests, test{"sentiment " + sentiment, map[string]any{"rating": rating}, map[string]any{"rating": float64(rating), "sentiment": sentiment}})
		}
	}
	for _, service := range []string{"Tour", "Booking", "Support", "Transport", "Accommodation", "General"} {
		tests = append(tests, test{service, map[string]any{"service_type": service}, map[string]any{"service_type": service}})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := f.in(t)
			f.send("GET", "/v1/feedback/"+f.giveFeedback(customer, tt.fields), nil).want(http.StatusOK).wantFields(tt.want)
		})
	}
}

func TestFeedbackRefusals(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	tests := []struct {
		name   string
		fields map[string]any
		want   []string
	}{
		{"required absent", map[string]any{"customer_id": absent, "service_type": absent, "rating": absent}, []string{"body.customer_id", "body.service_type", "body.rating"}},
		{"required null", map[string]any{"customer_id": nil, "service_type": nil, "rating": nil}, []string{"body.customer_id", "body.service_type", "body.rating"}},
		{"required empty", map[string]any{"customer_id": "", "service_type": " ", "rating": ""}, []string{"body.customer_id", "body.service_type", "body.rating"}},
		{"no star", map[string]any{"rating": 0}, []string{"body.rating"}},
		{"six stars", map[string]any{"rating": 6}, []string{"body.rating"}},
		{"minus", map[string]any{"rating": -1}, []string{"body.rating"}},
		{"half a star", map[string]any{"rating": 4.5}, []string{"body.rating"}},
		{"number in quotes", map[string]any{"rating": "5"}, []string{"body.rating"}},
		{"huge", map[string]any{"rating": 1e300}, []string{"body.rating"}},
		{"enum", map[string]any{"service_type": "tour"}, []string{"body.service_type"}},
		{"too long", map[string]any{"comments": strings.Repeat("é", 2001), "source": strings.Repeat("é", 51)}, []string{"body.comments", "body.source"}},
		{"all at once", map[string]any{"customer_id": "x", "booking_id": "x", "service_type": 1, "rating": "x", "comments": 1, "is_anonymous": "yes", "source": 1},
			[]string{"body.customer_id", "body.booking_id", "body.service_type", "body.rating", "body.comments", "body.is_anonymous", "body.source"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.in(t).send("POST", "/v1/feedback", changed(praise(customer), tt.fields)).wantDetail("Validation error").wantErrors(tt.want...)
		})
	}
	for _, anonymous := range []bool{false, true} {
		f.send("POST", "/v1/feedback", changed(praise(someUUID), map[string]any{"is_anonymous": anonymous, "rating": 9})).want(http.StatusNotFound).wantDetail("Customer not found")
	}
	f.send("GET", "/v1/feedback", nil).wantFields(map[string]any{"total": 0.0})
}

func TestFeedbackResolution(t *testing.T) {
	f := newFixture(t)
	path := "/v1/feedback/" + f.giveFeedback(f.storeCustomer(nil), map[string]any{"rating": 1})
	put := func(method string, body, want map[string]any) {
		t.Helper()
		f.pass(time.Minute)
		f.send(method, path, body).want(http.StatusOK).wantFields(want)
		f.send("GET", path, nil).want(http.StatusOK).wantFields(want)
	}
	open := map[string]any{"resolved": false, "resolved_at": nil, "resolved_by": nil}
	put("PUT", map[string]any{}, open)
	put("PUT", map[string]any{"resolution_notes": " called back "}, changed(open, map[string]any{"resolution_notes": "called back"}))
	put("PUT", map[string]any{"resolved_by": someUUID}, open)

	put("PUT", map[string]any{"resolved": true}, map[string]any{"resolved": true, "resolved_by": testUser, "resolved_at": stamp(f.clock().Add(time.Minute)), "resolution_notes": "called back"})
	first := map[string]any{"resolved": true, "resolved_by": testUser, "resolved_at": stamp(f.clock())}
	put("PATCH", map[string]any{"resolved": true}, first)
	put("PUT", map[string]any{"resolved": true, "resolved_by": someUUID}, first)
	put("PUT", map[string]any{"resolved_by": someUUID}, first)
	put("PUT", map[string]any{"resolved_by": nil}, first)
	put("PUT", map[string]any{"resolution_notes": ""}, changed(first, map[string]any{"resolution_notes": nil}))

	put("PUT", map[string]any{"resolved": false, "resolved_by": someUUID, "resolution_notes": "again"}, changed(open, map[string]any{"resolution_notes": "again"}))
	put("PATCH", map[string]any{"resolved": true, "resolved_by": someUUID}, map[string]any{"resolved": true, "resolved_by": someUUID, "resolved_at": stamp(f.clock().Add(time.Minute)), "resolution_notes": "again"})
	put("PUT", map[string]any{"resolved": nil}, open)
	put("PUT", map[string]any{"rating": 5, "comments": "x", "sentiment": "positive", "is_anonymous": true, "service_type": "General"},
		map[string]any{"rating": 1.0, "comments": nil, "sentiment": "negative", "is_anonymous": false, "service_type": "Tour"})

	f.token = f.tokenFor("robot", "crm:update:feedback", "crm:read:feedback")
	put("PUT", map[string]any{"resolved": true, "resolved_by": ""}, map[string]any{"resolved": true, "resolved_by": nil, "resolved_at": stamp(f.clock().Add(time.Minute))})
}

func TestFeedbackUpdateRefusals(t *testing.T) {
	f := newFixture(t)
	path := "/v1/feedback/" + f.giveFeedback(f.storeCustomer(nil), nil)
	before := f.send("GET", path, nil).body
	for _, method := range []string{"PUT", "PATCH"} {
		f.send(method, path, map[string]any{"resolved": "true", "resolution_notes": 1, "resolved_by": "me"}).wantErrors("body.resolved", "body.resolution_notes", "body.resolved_by")
		f.send(method, path, map[string]any{"resolved": true, "resolution_notes": strings.Repeat("é", 1001)}).wantErrors("body.resolution_notes")
		f.send(method, path, map[string]any{"resolved": 1}).wantErrors("body.resolved")
		f.send(method, "/v1/feedback/"+someUUID, map[string]any{"resolved": 1}).want(http.StatusNotFound).wantDetail("Feedback not found")
	}
	if after := f.send("GET", path, nil).body; !bytes.Equal(after, before) {
		t.Errorf("after refusals: got %s, want %s", after, before)
	}
	f.send("PUT", path, map[string]any{"resolution_notes": strings.Repeat("é", 1000)}).want(http.StatusOK)
}

func TestFeedbackDelete(t *testing.T) {
	f := newFixture(t)
	id := f.giveFeedback(f.storeCustomer(nil), nil)
	f.send("DELETE", "/v1/feedback/"+id, nil).want(http.StatusOK).wantFields(map[string]any{"message": "Feedback deleted successfully"})
	for _, method := range []string{"GET", "DELETE"} {
		f.send(method, "/v1/feedback/"+id, nil).want(http.StatusNotFound).wantDetail("Feedback not found")
	}
	f.send("GET", "/v1/feedback", nil).wantList("id").wantFields(map[string]any{"total": 0.0})
}

func TestAnonymousFeedbackNamesNobody(t *testing.T) {
	var logged bytes.Buffer
	f := newFixture(t, func(c *Config) {
		c.Log = slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	customer := f.storeCustomer(nil)
	seq := f.store.Seq()
	logged.Reset()
	created := f.send("POST", "/v1/feedback", changed(praise(customer), map[string]any{"is_anonymous": true, "booking_id": someUUID})).want(http.StatusCreated)
	created.wantFields(map[string]any{"customer_id": nil, "is_anonymous": true, "rating": 5.0})
	if got := logged.String(); got == "" || strings.Contains(got, customer) {
		t.Errorf("the service's log: got %q, want a line without the customer", got)
	}
	path := "/v1/feedback/" + created.str("id")
	f.send("PUT", path, map[string]any{"resolved": true, "customer_id": customer, "is_anonymous": false}).want(http.StatusOK).wantFields(map[string]any{"customer_id": nil, "is_anonymous": true})
	stored := f.send("GET", path, nil).want(http.StatusOK)

	f.send("GET", "/v1/feedback", nil).wantList("id", created.str("id"))
	f.send("GET", "/v1/feedback?booking_id="+someUUID, nil).wantList("id", created.str("id"))
	f.send("GET", "/v1/feedback?customer_id="+customer, nil).wantList("id")
	f.send("GET", "/v1/feedback/customer/"+customer, nil).wantList("id")
	f.send("GET", "/v1/feedback/stats", nil).want(http.StatusOK).wantFields(map[string]any{"total_feedback": 1.0, "average_rating": 5.0})
	f.send("GET", "/v1/customers/"+customer+"/summary", nil).want(http.StatusOK).wantFields(map[string]any{
		"total_feedback": 0.0, "average_rating": nil, "last_feedback_date": nil, "feedback_by_service.Tour": 0.0,
	})
	f.send("DELETE", path, nil).want(http.StatusOK)
	if bytes.Contains(stored.body, []byte(customer)) {
		t.Errorf("stored: got %s, want no customer", stored.body)
	}
	err := f.store.View(func(tx *store.Tx) error {
		for change, err := range tx.Changes(seq) {
			if err != nil {
				return err
			}
			if change.ID.String() == customer || strings.Contains(string(change.Old), customer) {
				t.Errorf("the change log names the customer: %+v", change)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFeedbackFilters(t *testing.T) {
	f := newFixture(t)
	customer, other := f.storeCustomer(nil), f.storeCustomer(nil)
	give := func(customer string, fields map[string]any) string {
		f.pass(time.Minute)
		return f.giveFeedback(customer, fields)
	}
	a := give(customer, map[string]any{"rating": 1, "service_type": "Tour", "booking_id": someUUID})
	b := give(other, map[string]any{"rating": 5, "service_type": "Tour"})
	c := give(customer, map[string]any{"rating": 5, "service_type": "General", "booking_id": someUUID})
	f.send("PUT", "/v1/feedback/"+b, map[string]any{"resolved": true}).want(http.StatusOK)
	for query, want := range maps.All(map[string][]string{
		"": {c, b, a}, "rating=5": {c, b}, "rating=2": nil, "rating=1&rating=2": {a}, "rating=5&rating=1": {c, b, a}, "service_type=Tour": {b, a}, "resolved=true": {b}, "resolved=false": {c, a}, "booking_id=" + someUUID: {c, a},
		"booking_id=" + testUser: nil, "customer_id=" + customer: {c, a}, "customer_id=" + other + "&rating=1": nil, "sort=submitted_at": {a, b, c}, "sort=-submitted_at": {c, b, a},
		"rating=&service_type=&resolved=&booking_id=&customer_id=&sort=&page=&size=&from=&to=": {c, b, a},
		"rating=1&service_type=Tour&resolved=false&booking_id=" + someUUID:                     {a}, "size=1&page=2": {b}, "unknown=1": {c, b, a},
	}) {
		f.send("GET", "/v1/feedback?"+query, nil).wantList("id", want...)
	}
	f.send("GET", "/v1/feedback/customer/"+customer+"?rating=1", nil).wantList("id", a).wantFields(map[string]any{"total": 1.0})
	f.send("GET", "/v1/feedback/customer/"+someUUID, nil).want(http.StatusNotFound).wantDetail("Customer not found")
	f.send("GET", "/v1/feedback?page=0&size=101&sort=rating&customer_id=x&service_type=tour&rating=6&resolved=maybe&booking_id=x&from=x&to=x", nil).wantErrors(
		"query.page", "query.size", "query.sort", "query.customer_id", "query.service_type", "query.rating", "query.resolved", "query.booking_id", "query.from", "query.to")
}
