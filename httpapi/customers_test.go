package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// changed returns a copy of a body with some fields replaced; the value absent removes a field.
func changed(body, fields map[string]any) map[string]any {
	body = maps.Clone(body)
	maps.Copy(body, fields)
	maps.DeleteFunc(body, func(_ string, v any) bool { return v == absent })
	return body
}

const absent = "\x00absent"

var stored atomic.Int64 // customers, so that each has an e-mail of its own

// storeCustomer stores ahmed with other fields, by default under an e-mail of its own, and returns its id.
func (f *fixture) storeCustomer(fields map[string]any) string {
	f.t.Helper()
	body := changed(ahmed(), map[string]any{"email": fmt.Sprintf("customer%d@example.com", stored.Add(1))})
	return f.send("POST", "/v1/customers", changed(body, fields)).want(http.StatusCreated).str("id")
}

// in returns the same service for a subtest, which must not move the clock.
func (f *fixture) in(t testing.TB) *fixture {
	return &fixture{t: t, api: f.api, store: f.store, index: f.index, token: f.token, now: f.clock()}
}

// later moves the clock and exchanges the token for a fresh one.
func (f *fixture) later(d time.Duration) {
	f.t.Helper()
	f.pass(d)
	f.token = f.tokenFor(testUser, "*:*:*")
}

// stamp returns a time as responses have it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// wantFields compares some fields of the JSON body.
func (a *answer) wantFields(want map[string]any) *answer {
	a.t.Helper()
	for field, value := range want {
		if got := a.get(field); !reflect.DeepEqual(got, value) {
			a.t.Errorf("%s: got %#v, want %#v", field, got, value)
		}
	}
	return a
}

// texts returns the field of every record in a list: strings, or "" for null.
func (a *answer) texts(list, field string) []string {
	a.t.Helper()
	items, ok := a.get(list).([]any)
	if !ok {
		a.t.Fatalf("%s is no list in %s", list, a.body)
	}
	found := []string{}
	for _, item := range items {
		s, _ := item.(map[string]any)[field].(string)
		found = append(found, s)
	}
	return found
}

// wantList checks the values of a field in the order of the list, and the total.
func (a *answer) wantList(field string, want ...string) *answer {
	a.t.Helper()
	a.want(http.StatusOK)
	if got := a.texts("items", field); !slices.Equal(got, want) {
		a.t.Errorf("items: got %q, want %q", got, want)
	}
	return a
}

func TestCustomerFieldsAreAlwaysPresent(t *testing.T) {
	f := newFixture(t)
	body := map[string]any{"contact_type": "Corporate", "email": "a@example.com", "phone": "1"}
	created := f.send("POST", "/api/v1/customers/", body).want(http.StatusCreated)
	want := map[string]any{
		"full_name": nil, "company_name": nil, "contact_type": "Corporate", "email": "a@example.com", "phone": "1", "nationality": nil,
		"region": nil, "preferred_language": "French", "loyalty_status": "New", "is_active": true, "tags": []any{}, "notes": nil,
		"created_at": stamp(f.clock()), "updated_at": stamp(f.clock()), "last_interaction": nil, "phone_international": nil,
	}
	created.wantFields(want)
	id := created.str("id")
	f.send("GET", "/api/v1/customers/"+id, nil).want(http.StatusOK).wantFields(want)
	listed := f.send("GET", "/api/v1/customers/", nil).want(http.StatusOK)
	for field, value := range want {
		if got := listed.get("items.0." + field); !reflect.DeepEqual(got, value) {
			t.Errorf("listed %s: got %#v, want %#v", field, got, value)
		}
	}
}

func TestCustomerCreate(t *testing.T) {
	tests := []struct {
		name   string
		fields map[string]any
		want   map[string]any
	}{
		{"texts are trimmed", map[string]any{"full_name": "  Ahmed\t", "email": " A@Example.com ", "phone": " 12 ", "region": "\u00a0Fès "},
			map[string]any{"full_name": "Ahmed", "email": "A@Example.com", "phone": "12", "region": "Fès"}},
		{"empty means none", map[string]any{"full_name": "", "company_name": "  ", "nationality": "", "region": "", "notes": ""},
			map[string]any{"full_name": nil, "company_name": nil, "nationality": nil, "region": nil, "notes": nil}},
		{"null means none", map[string]any{"full_name": nil, "company_name": nil, "nationality": nil, "region": nil, "notes": nil},
			map[string]any{"full_name": nil, "company_name": nil, "nationality": nil, "region": nil, "notes": nil}},
		{"null means the default", map[string]any{"preferred_language": nil, "tags": nil},
			map[string]any{"preferred_language": "French", "tags": []any{}}},
		{"empty means the default", map[string]any{"preferred_language": " ", "tags": ""},
			map[string]any{"preferred_language": "French", "tags": []any{}}},
		{"absent means the default", map[string]any{"preferred_language": absent, "tags": absent},
			map[string]any{"preferred_language": "French", "tags": []any{}}},
		{"tags that differ in case are one", map[string]any{"tags": []string{"VIP", "vip ", "Été", "", " ", "ÉTÉ", "VIPs"}},
			map[string]any{"tags": []any{"VIP", "Été", "VIPs"}}},
		{"new ones are New and active", map[string]any{"loyalty_status": "Gold", "is_active": false},
			map[string]any{"loyalty_status": "New", "is_active": true}},
		{"unknown fields are ignored", map[string]any{"id": "x", "created_at": 5, "last_interaction": "x", "surprise": map[string]any{}},
			map[string]any{"last_interaction": nil, "full_name": "Ahmed Hassan"}},
		{"characters of JSON and HTML", map[string]any{"full_name": `<b>"O'Neil" & Co\</b>`, "notes": "a\nb\u2028c"},
			map[string]any{"full_name": `<b>"O'Neil" & Co\</b>`, "notes": "a\nb\u2028c"}},
		{"longest texts count characters", map[string]any{
			"full_name": strings.Repeat("é", 255), "company_name": strings.Repeat("ع", 255), "phone": strings.Repeat("٠", 20),
			"nationality": strings.Repeat("é", 100), "region": strings.Repeat("é", 100), "preferred_language": strings.Repeat("é", 50),
			"notes": strings.Repeat("€", 10_000), "email": strings.Repeat("a", 60) + "@" + strings.Repeat("b.", 95) + "com", "tags": []string{strings.Repeat("é", 50)},
		}, map[string]any{"full_name": strings.Repeat("é", 255), "notes": strings.Repeat("€", 10_000)}},
		{"spaces around do not count", map[string]any{"full_name": strings.Repeat(" ", 300) + "A"}, map[string]any{"full_name": "A"}},
		{"fifty tags and one twice", map[string]any{"tags": append(numbered("Tag", 50), "TAG1")}, map[string]any{"loyalty_status": "New"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			created := f.send("POST", "/v1/customers", changed(ahmed(), tt.fields)).want(http.StatusCreated).wantFields(tt.want)
			f.send("GET", created.header.Get("Location"), nil).want(http.StatusOK).wantFields(tt.want)
		})
	}
}

// numbered returns name1, name2 …
func numbered(name string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(name, i+1)
	}
	return list
}

// badCustomerFields are refused by POST and PUT alike.
var badCustomerFields = []struct {
	name   string
	fields map[string]any
	want   []string
}{
	{"required null", map[string]any{"contact_type": nil, "email": nil, "phone": nil}, []string{"body.contact_type", "body.email", "body.phone"}},
	{"required empty", map[string]any{"contact_type": "", "email": " ", "phone": "\t"}, []string{"body.contact_type", "body.email", "body.phone"}},
	{"enum", map[string]any{"contact_type": "individual"}, []string{"body.contact_type"}},
	{"wrong types", map[string]any{"full_name": 5, "company_name": true, "contact_type": 1, "email": []any{}, "phone": 612345678, "tags": "VIP",
		"notes": map[string]any{}, "nationality": 1, "region": 2.5, "preferred_language": 0},
		[]string{"body.full_name", "body.company_name", "body.contact_type", "body.email", "body.phone", "body.tags", "body.notes",
			"body.nationality", "body.region", "body.preferred_language"}},
	{"too long", map[string]any{
		"full_name": strings.Repeat("é", 256), "company_name": strings.Repeat("é", 256), "phone": strings.Repeat("1", 21),
		"nationality": strings.Repeat("é", 101), "region": strings.Repeat("é", 101), "preferred_language": strings.Repeat("é", 51),
		"notes": strings.Repeat("é", 10_001), "email": strings.Repeat("a", 60) + "@" + strings.Repeat("b.", 95) + "coms", "tags": []string{"a", strings.Repeat("é", 51)},
	}, []string{"body.full_name", "body.company_name", "body.phone", "body.nationality", "body.region", "body.preferred_language",
		"body.notes", "body.email", "body.tags.1"}},
	{"too many tags", map[string]any{"tags": numbered("t", 51)}, []string{"body.tags"}},
	{"tags that are no strings", map[string]any{"tags": []any{"a", 1, nil, []any{}}}, []string{"body.tags.1", "body.tags.2", "body.tags.3"}},
	{"a tag after a wrong one", map[string]any{"tags": []any{1, strings.Repeat("x", 51)}}, []string{"body.tags.0", "body.tags.1"}},
	{"phone without a digit", map[string]any{"phone": "call me"}, []string{"body.phone"}},
	{"e-mail without at", map[string]any{"email": "ahmed.example.com"}, []string{"body.email"}},
	{"e-mail without name", map[string]any{"email": "@example.com"}, []string{"body.email"}},
	{"e-mail without domain", map[string]any{"email": "ahmed@"}, []string{"body.email"}},
	{"e-mail with a space", map[string]any{"email": "ahmed hassan@example.com"}, []string{"body.email"}},
	{"e-mail with display name", map[string]any{"email": "Ahmed <ahmed@example.com>"}, []string{"body.email"}},
	{"two e-mails", map[string]any{"email": "a@example.com,b@example.com"}, []string{"body.email"}},
	{"all at once", map[string]any{"email": "x", "phone": nil, "contact_type": "Robot", "tags": 1}, []string{"body.email", "body.phone", "body.contact_type", "body.tags"}},
}

func TestCustomerRefusals(t *testing.T) {
	f := newFixture(t)
	id := f.storeCustomer(nil)
	before := f.send("GET", "/v1/customers/"+id, nil).body
	for _, tt := range badCustomerFields {
		t.Run(tt.name, func(t *testing.T) {
			f := f.in(t)
			f.send("POST", "/v1/customers", changed(ahmed(), tt.fields)).wantDetail("Validation error").wantErrors(tt.want...)
			f.send("PUT", "/v1/customers/"+id, tt.fields).wantDetail("Validation error").wantErrors(tt.want...)
			f.send("PATCH", "/v1/customers/"+id, tt.fields).wantErrors(tt.want...)
		})
	}
	f.send("POST", "/v1/customers", map[string]any{}).wantErrors("body.contact_type", "body.email", "body.phone")
	f.send("PUT", "/v1/customers/"+id, map[string]any{"loyalty_status": "gold", "is_active": "true", "email": "x"}).wantErrors("body.loyalty_status", "body.is_active", "body.email")
	f.send("PUT", "/v1/customers/"+id, map[string]any{"is_active": 1}).wantErrors("body.is_active")
	if after := f.send("GET", "/v1/customers/"+id, nil).body; string(after) != string(before) {
		t.Errorf("after refusals: got %s, want %s", after, before)
	}
	f.send("GET", "/v1/customers?is_active=all", nil).wantFields(map[string]any{"total": 1.0})
}

func TestCustomerUpdate(t *testing.T) {
	t.Parallel()
	full := map[string]any{"company_name": "Atlas", "notes": "N"}
	tests := []struct {
		name string
		body map[string]any
		want map[string]any // of the fields that change
	}{
		{"nothing", map[string]any{}, map[string]any{}},
		{"one field", map[string]any{"region": "Fès"}, map[string]any{"region": "Fès"}},
		{"every field", map[string]any{"full_name": "B", "company_name": "C", "contact_type": "Corporate", "email": "b@example.com", "phone": "2",
			"nationality": "D", "region": "E", "preferred_language": "F", "tags": []any{"g"}, "notes": "H", "loyalty_status": "VIP", "is_active": false},
			map[string]any{"full_name": "B", "company_name": "C", "contact_type": "Corporate", "email": "b@example.com", "phone": "2", "phone_international": nil,
				"nationality": "D", "region": "E", "preferred_language": "F", "tags": []any{"g"}, "notes": "H", "loyalty_status": "VIP", "is_active": false}},
		{"null clears", map[string]any{"full_name": nil, "company_name": nil, "nationality": nil, "region": nil, "notes": nil, "tags": nil},
			map[string]any{"full_name": nil, "company_name": nil, "nationality": nil, "region": nil, "notes": nil, "tags": []any{}}},
		{"empty clears", map[string]any{"full_name": "", "company_name": " ", "nationality": "", "region": "", "notes": "", "tags": []any{}},
			map[string]any{"full_name": nil, "company_name": nil, "nationality": nil, "region": nil, "notes": nil, "tags": []any{}}},
		{"null is the default", map[string]any{"preferred_language": nil, "loyalty_status": nil, "is_active": nil},
			map[string]any{"preferred_language": "French", "loyalty_status": "New", "is_active": true}},
		{"what cannot be set", map[string]any{"id": "01890a5d-ac96-774b-bcce-b302099a8057", "created_at": "2020-01-01", "updated_at": "2020-01-01", "last_interaction": "2020-01-01T00:00:00Z",
			"phone_international": "+33612345678"},
			map[string]any{}},
	}
	for _, method := range []string{"PUT", "PATCH"} {
		for _, tt := range tests {
			t.Run(method+" "+tt.name, func(t *testing.T) {
				f := newFixture(t)
				id := f.storeCustomer(full)
				f.send("PUT", "/v1/customers/"+id, map[string]any{"preferred_language": "English", "loyalty_status": "Gold"}).want(http.StatusOK)
				var want map[string]any
				f.send("GET", "/v1/customers/"+id, nil).into(&want)
				f.pass(time.Hour)
				maps.Copy(want, tt.want)
				if len(tt.want) > 0 {
					want["updated_at"] = stamp(f.clock())
				}
				f.send(method, "/v1/customers/"+id, tt.body).want(http.StatusOK).wantFields(want)
				f.send("GET", "/v1/customers/"+id, nil).want(http.StatusOK).wantFields(want)
			})
		}
	}
}

func TestCustomerUpdatedAt(t *testing.T) {
	f := newFixture(t)
	start := stamp(f.clock())
	id := f.storeCustomer(nil)
	f.pass(time.Hour)
	f.send("POST", "/v1/interactions", map[string]any{"customer_id": id, "channel": "sms", "summary": "s"}).want(http.StatusCreated)
	f.send("POST", "/v1/feedback", map[string]any{"customer_id": id, "service_type": "Tour", "rating": 1}).want(http.StatusCreated)
	f.send("PUT", "/v1/customers/"+id, map[string]any{"region": " Casablanca "}).want(http.StatusOK)
	f.send("GET", "/v1/customers/"+id, nil).wantFields(map[string]any{"created_at": start, "updated_at": start, "last_interaction": stamp(f.clock())})
	f.pass(time.Hour)
	f.send("DELETE", "/v1/customers/"+id, nil).want(http.StatusOK)
	f.send("GET", "/v1/customers/"+id, nil).wantFields(map[string]any{"created_at": start, "updated_at": stamp(f.clock())})
}

func TestCustomerDeactivation(t *testing.T) {
	f := newFixture(t)
	id := f.storeCustomer(nil)
	for range 2 {
		f.send("DELETE", "/v1/customers/"+id, nil).want(http.StatusOK).wantFields(map[string]any{"message": "Customer deactivated successfully"})
	}
	f.send("GET", "/v1/customers/"+id, nil).want(http.StatusOK).wantFields(map[string]any{"is_active": false, "full_name": "Ahmed Hassan"})
	f.send("PUT", "/v1/customers/"+id, map[string]any{"is_active": true}).want(http.StatusOK).wantFields(map[string]any{"is_active": true})
}

func TestCustomerEmailIsUnique(t *testing.T) {
	f := newFixture(t)
	first := f.storeCustomer(map[string]any{"email": "First@example.com"})
	second := f.storeCustomer(map[string]any{"email": "second@example.com"})
	f.send("DELETE", "/v1/customers/"+first, nil).want(http.StatusOK)
	const taken = "Email already registered"
	for _, email := range []string{"First@example.com", "FIRST@EXAMPLE.COM", " first@example.com "} {
		f.send("POST", "/v1/customers", changed(ahmed(), map[string]any{"email": email})).want(http.StatusBadRequest).wantDetail(taken)
		f.send("PUT", "/v1/customers/"+second, map[string]any{"email": email}).want(http.StatusBadRequest).wantDetail(taken)
		f.send("PATCH", "/v1/customers/"+second, map[string]any{"email": email}).want(http.StatusBadRequest).wantDetail(taken)
	}
	f.send("PUT", "/v1/customers/"+second, map[string]any{"email": "SECOND@example.com"}).want(http.StatusOK).wantFields(map[string]any{"email": "SECOND@example.com"})
	f.send("PUT", "/v1/customers/"+second, map[string]any{"email": "other@example.com"}).want(http.StatusOK)
	f.storeCustomer(map[string]any{"email": "second@example.com"})
}
