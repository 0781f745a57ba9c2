package httpapi

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
)

// logInteraction logs a phone call with other fields and returns its id.
func (f *fixture) logInteraction(customer string, fields map[string]any) string {
	f.t.Helper()
	return f.send("POST", "/v1/interactions", changed(aCall(customer), fields)).want(http.StatusCreated).str("id")
}

// aCall returns the least that an interaction needs.
func aCall(customer string) map[string]any {
	return map[string]any{"customer_id": customer, "channel": "phone", "summary": "A call"}
}

const someUUID = "456e7890-e89b-12d3-a456-426614174001"

func TestInteractionFieldsAreAlwaysPresent(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	created := f.send("POST", "/api/v1/interactions/", aCall(customer)).want(http.StatusCreated)
	want := map[string]any{
		"customer_id": customer, "staff_member_id": testUser, "channel": "phone", "subject": nil, "summary": "A call", "duration_minutes": nil,
		"follow_up_required": false, "follow_up_date": nil, "timestamp": stamp(f.clock()), "created_at": stamp(f.clock()),
	}
	created.wantFields(want)
	id := created.str("id")
	if got, want := created.header.Get("Location"), "/api/v1/interactions/"+id; got != want {
		t.Errorf("Location: got %q, want %q", got, want)
	}
	f.send("GET", "/api/v1/interactions/"+id, nil).want(http.StatusOK).wantFields(want)
}

func TestInteractionCreate(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	tests := []struct {
		name   string
		fields map[string]any
		want   map[string]any
	}{
		{"everything", map[string]any{"staff_member_id": someUUID, "channel": "in-person", "subject": "S", "duration_minutes": 15, "follow_up_required": true, "follow_up_date": "2026-12-01T09:00:00Z"},
			map[string]any{"staff_member_id": someUUID, "channel": "in-person", "subject": "S", "duration_minutes": 15.0, "follow_up_required": true, "follow_up_date": "2026-12-01T09:00:00.000Z"}},
		{"nulls", map[string]any{"staff_member_id": nil, "subject": nil, "duration_minutes": nil, "follow_up_required": nil, "follow_up_date": nil, "timestamp": nil},
			map[string]any{"staff_member_id": testUser, "subject": nil, "duration_minutes": nil, "follow_up_required": false, "follow_up_date": nil, "timestamp": stamp(f.clock())}},
		{"empty", map[string]any{"staff_member_id": "", "subject": " ", "duration_minutes": "", "follow_up_required": "", "follow_up_date": "", "timestamp": ""},
			map[string]any{"staff_member_id": testUser, "subject": nil, "duration_minutes": nil, "follow_up_required": false, "follow_up_date": nil, "timestamp": stamp(f.clock())}},
		{"blank", map[string]any{"staff_member_id": " ", "follow_up_date": " ", "timestamp": " "},
			map[string]any{"staff_member_id": testUser, "follow_up_date": nil, "timestamp": stamp(f.clock())}},
		{"zero minutes are not none", map[string]any{"duration_minutes": 0}, map[string]any{"duration_minutes": 0.0}},
		{"trimmed", map[string]any{"subject": " S ", "summary": "\n text ", "channel": " sms "}, map[string]any{"subject": "S", "summary": "text", "channel": "sms"}},
		{"longest", map[string]any{"subject": strings.Repeat("é", 255), "summary": strings.Repeat("ع", 2000)}, map[string]any{"summary": strings.Repeat("ع", 2000)}},
		{"unknown fields", map[string]any{"id": 1, "created_at": "x", "rating": 9}, map[string]any{"summary": "A call"}},
	}
	for _, channel := range []string{"email", "phone", "chat", "in-person", "whatsapp", "sms"} {
		tests = append(tests, struct {
			name         string
			fields, want map[string]any
		}{channel, map[string]any{"channel": channel}, map[string]any{"channel": channel}})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := f.in(t)
			id := f.logInteraction(customer, tt.fields)
			f.send("GET", "/v1/interactions/"+id, nil).want(http.StatusOK).wantFields(tt.want)
		})
	}
}

func TestInteractionStaffMember(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	f.token = f.tokenFor("batch-importer", "crm:*:*")
	f.send("POST", "/v1/interactions", aCall(customer)).want(http.StatusCreated).wantFields(map[string]any{"staff_member_id": nil})
	f.send("POST", "/v1/interactions", changed(aCall(customer), map[string]any{"staff_member_id": someUUID})).want(http.StatusCreated).wantFields(map[string]any{"staff_member_id": someUUID})
}

// badInteractionFields are refused by POST and PUT alike.
var badInteractionFields = []struct {
	name   string
	fields map[string]any
	want   []string
}{
	{"required null", map[string]any{"channel": nil, "summary": nil}, []string{"body.channel", "body.summary"}},
	{"required empty", map[string]any{"channel": "", "summary": "  "}, []string{"body.channel", "body.summary"}},
	{"enum", map[string]any{"channel": "Phone"}, []string{"body.channel"}},
	{"too long", map[string]any{"subject": strings.Repeat("é", 256), "summary": strings.Repeat("é", 2001)}, []string{"body.subject", "body.summary"}},
	{"below zero", map[string]any{"duration_minutes": -1}, []string{"body.duration_minutes"}},
	{"half a minute", map[string]any{"duration_minutes": 2.5}, []string{"body.duration_minutes"}},
	{"number in quotes", map[string]any{"duration_minutes": "15"}, []string{"body.duration_minutes"}},
	{"truth for a number", map[string]any{"duration_minutes": true}, []string{"body.duration_minutes"}},
	{"truth in quotes", map[string]any{"follow_up_required": "true"}, []string{"body.follow_up_required"}},
	{"number for truth", map[string]any{"follow_up_required": 1}, []string{"body.follow_up_required"}},
	{"times", map[string]any{"follow_up_date": "soon", "timestamp": 1700000000}, []string{"body.follow_up_date", "body.timestamp"}},
	{"future", map[string]any{"timestamp": "2026-11-23T10:05:00.001Z"}, []string{"body.timestamp"}},
	{"all at once", map[string]any{"channel": "fax", "summary": 1, "subject": 2, "duration_minutes": "x", "follow_up_required": 3, "follow_up_date": 4, "timestamp": "5"},
		[]string{"body.channel", "body.summary", "body.subject", "body.duration_minutes", "body.follow_up_required", "body.follow_up_date", "body.timestamp"}},
}

func TestInteractionRefusals(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	id := f.logInteraction(customer, nil)
	for _, tt := range badInteractionFields {
		t.Run(tt.name, func(t *testing.T) {
			f := f.in(t)
			f.send("POST", "/v1/interactions", changed(aCall(customer), tt.fields)).wantDetail("Validation error").wantErrors(tt.want...)
			f.send("PUT", "/v1/interactions/"+id, tt.fields).wantErrors(tt.want...)
			f.send("PATCH", "/v1/interactions/"+id, tt.fields).wantErrors(tt.want...)
		})
	}
	f.send("POST", "/v1/interactions", map[string]any{}).wantErrors("body.customer_id", "body.channel", "body.summary")
	f.send("POST", "/v1/interactions", changed(aCall("nobody"), map[string]any{"staff_member_id": "me", "channel": "x"})).wantErrors("body.customer_id", "body.staff_member_id", "body.channel")
	f.send("POST", "/v1/interactions", map[string]any{"customer_id": nil, "channel": "sms", "summary": "s"}).wantErrors("body.customer_id")
	f.send("POST", "/v1/interactions", map[string]any{"customer_id": 7, "channel": "sms", "summary": "s"}).wantErrors("body.customer_id")
	f.send("POST", "/v1/interactions", changed(aCall(someUUID), map[string]any{"channel": "fax"})).want(http.StatusNotFound).wantDetail("Customer not found")
	f.send("GET", "/v1/interactions", nil).wantFields(map[string]any{"total": 1.0})
}

func TestInteractionUpdate(t *testing.T) {
	full := map[string]any{"subject": "S", "duration_minutes": 5, "follow_up_required": true, "follow_up_date": "2026-12-01T09:00:00Z", "timestamp": "2026-11-20T09:00:00Z"}
	tests := []struct {
		name string
		body map[string]any
		want map[string]any
	}{
		{"nothing", map[string]any{}, nil},
		{"one field", map[string]any{"summary": " T "}, map[string]any{"summary": "T"}},
		{"every field", map[string]any{"subject": "B", "summary": "C", "channel": "chat", "duration_minutes": 0, "follow_up_required": false, "follow_up_date": "2026-12-02", "timestamp": "2026-11-21T00:00:00+01:00"},
			map[string]any{"subject": "B", "summary": "C", "channel": "chat", "duration_minutes": 0.0, "follow_up_required": false, "follow_up_date": "2026-12-01T23:00:00.000Z", "follow_up_local": "2026-12-02", "timestamp": "2026-11-20T23:00:00.000Z"}},
		{"null clears", map[string]any{"subject": nil, "duration_minutes": nil, "follow_up_required": nil, "follow_up_date": nil},
			map[string]any{"subject": nil, "duration_minutes": nil, "follow_up_required": false, "follow_up_date": nil}},
		{"empty clears", map[string]any{"subject": "", "duration_minutes": "", "follow_up_date": ""},
			map[string]any{"subject": nil, "duration_minutes": nil, "follow_up_date": nil}},
		{"no timestamp is now", map[string]any{"timestamp": nil}, map[string]any{"timestamp": "2026-11-23T10:00:00.000Z"}},
		{"what cannot be changed", map[string]any{"id": someUUID, "customer_id": someUUID, "staff_member_id": someUUID, "created_at": "2020-01-01"}, nil},
	}
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	for _, method := range []string{"PUT", "PATCH"} {
		for _, tt := range tests {
			t.Run(method+" "+tt.name, func(t *testing.T) {
				f := f.in(t)
				id := f.logInteraction(customer, full)
				var want map[string]any
				f.send("GET", "/v1/interactions/"+id, nil).into(&want)
				maps.Copy(want, tt.want)
				f.send(method, "/v1/interactions/"+id, tt.body).want(http.StatusOK).wantFields(want)
				f.send("GET", "/v1/interactions/"+id, nil).want(http.StatusOK).wantFields(want)
			})
		}
	}
}

func TestInteractionDelete(t *testing.T) {
	f := newFixture(t)
	id := f.logInteraction(f.storeCustomer(nil), nil)
	f.send("DELETE", "/v1/interactions/"+id, nil).want(http.StatusOK).wantFields(map[string]any{"message": "Interaction deleted successfully"})
	for _, method := range []string{"GET", "DELETE"} {
		f.send(method, "/v1/interactions/"+id, nil).want(http.StatusNotFound).wantDetail("Interaction not found")
	}
	f.send("PUT", "/v1/interactions/"+id, map[string]any{"channel": "fax"}).want(http.StatusNotFound).wantDetail("Interaction not found")
	f.send("GET", "/v1/interactions", nil).wantFields(map[string]any{"total": 0.0, "pages": 0.0, "items": []any{}})
}

func TestLastInteraction(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	other := f.storeCustomer(nil)
	last := func(want any) {
		t.Helper()
		for _, path := range []string{"/v1/customers/" + customer, "/v1/customers/" + customer + "/summary"} {
			f.send("GET", path, nil).want(http.StatusOK).wantFields(map[string]any{"last_interaction": want})
		}
		f.send("GET", "/v1/customers/"+other, nil).wantFields(map[string]any{"last_interaction": nil})
	}
	last(nil)
	a := f.logInteraction(customer, map[string]any{"timestamp": "2026-11-10T10:00:00Z"})
	last("2026-11-10T10:00:00.000Z")
	b := f.logInteraction(customer, map[string]any{"timestamp": "2026-11-01T10:00:00Z"})
	last("2026-11-10T10:00:00.000Z")
	f.send("PUT", "/v1/interactions/"+b, map[string]any{"timestamp": "2026-11-20T10:00:00Z"}).want(http.StatusOK)
	last("2026-11-20T10:00:00.000Z")
	f.send("GET", "/v1/customers?sort=-last_interaction", nil).wantList("id", customer, other)
	f.send("PUT", "/v1/interactions/"+b, map[string]any{"timestamp": "2026-11-05T10:00:00Z"}).want(http.StatusOK)
	last("2026-11-10T10:00:00.000Z")
	f.send("DELETE", "/v1/interactions/"+a, nil).want(http.StatusOK)
	last("2026-11-05T10:00:00.000Z")
	f.send("DELETE", "/v1/interactions/"+b, nil).want(http.StatusOK)
	last(nil)
	c := f.logInteraction(customer, map[string]any{"timestamp": "1969-07-20T20:17:40Z"})
	last("1969-07-20T20:17:40.000Z")
	f.logInteraction(customer, nil)
	last(stamp(f.clock()))
	f.send("DELETE", "/v1/interactions/"+c, nil).want(http.StatusOK)
	last(stamp(f.clock()))
	f.pass(time.Minute)
	f.send("GET", "/v1/customers/"+customer, nil).wantFields(map[string]any{"last_interaction": "2026-11-23T10:00:00.000Z"})
}

func TestInteractionsOfOneCustomer(t *testing.T) {
	f := newFixture(t)
	customer, other := f.storeCustomer(nil), f.storeCustomer(nil)
	first := f.logInteraction(customer, map[string]any{"timestamp": "2026-11-02"})
	f.logInteraction(other, nil)
	second := f.logInteraction(customer, map[string]any{"timestamp": "2026-11-01", "channel": "chat"})
	path := "/v1/interactions/customer/" + customer
	f.send("GET", path, nil).wantList("id", first, second)
	f.send("GET", path+"/", nil).wantList("id", first, second)
	f.send("GET", path+"?size=1", nil).wantList("id", first).wantFields(map[string]any{"total": 2.0, "page": 1.0, "size": 1.0, "pages": 2.0})
	f.send("GET", path+"?sort=timestamp&channel=", nil).wantList("id", second, first)
	f.send("GET", path+"?channel=chat", nil).wantList("id", second)
	f.send("GET", path+"?size=0", nil).wantErrors("query.size")
	f.send("GET", "/v1/interactions/customer/"+someUUID, nil).want(http.StatusNotFound).wantDetail("Customer not found")
	f.send("GET", "/v1/interactions/customer/7", nil).wantErrors("path.customer_id")
	f.send("GET", "/v1/interactions?customer_id="+customer, nil).wantList("id", first, second)
	f.send("GET", "/v1/interactions?customer_id="+someUUID, nil).wantList("id")
}
