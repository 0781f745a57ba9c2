package httpapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// makeSegment creates a segment and returns its id.
func (f *fixture) makeSegment(name string, criteria map[string]any) string {
	f.t.Helper()
	return f.send("POST", "/v1/segments", map[string]any{"name": name, "criteria": criteria}).want(http.StatusCreated).str("id")
}

// only returns criteria of one key.
func only(key string, values ...any) map[string]any { return map[string]any{key: values} }

func TestSegmentFieldsAreAlwaysPresent(t *testing.T) {
	f := newFixture(t)
	f.storeCustomer(nil)
	created := f.send("POST", "/api/v1/segments/", map[string]any{"name": "Everyone", "criteria": map[string]any{}}).want(http.StatusCreated)
	want := map[string]any{
		"name": "Everyone", "description": nil, "criteria": map[string]any{}, "is_active": true, "customer_count": 1.0,
		"created_at": stamp(f.clock()), "updated_at": stamp(f.clock()), "last_calculated": nil,
	}
	created.wantFields(want)
	id := created.str("id")
	if got, want := created.header.Get("Location"), "/api/v1/segments/"+id; got != want {
		t.Errorf("Location: got %q, want %q", got, want)
	}
	f.send("GET", "/api/v1/segments/"+id, nil).want(http.StatusOK).wantFields(want)
}

func TestSegmentCreate(t *testing.T) {
	tests := []struct {
		name       string
		body, want map[string]any
	}{
		{"trimmed", map[string]any{"name": " A ", "description": " D\n", "criteria": only("tags", " VIP ")}, map[string]any{"name": "A", "description": "D", "criteria": map[string]any{"tags": []any{"VIP"}}}},
		{"empty description", map[string]any{"name": "A", "description": "", "criteria": map[string]any{}}, map[string]any{"description": nil}},
		{"null description", map[string]any{"name": "A", "description": nil, "criteria": map[string]any{}}, map[string]any{"description": nil}},
		{"longest", map[string]any{"name": strings.Repeat("é", 255), "description": strings.Repeat("é", 1000), "criteria": map[string]any{}}, map[string]any{"name": strings.Repeat("é", 255)}},
		{"not the sender's to set", map[string]any{"name": "A", "criteria": map[string]any{}, "id": 1, "customer_count": 7, "last_calculated": "x", "colour": "red"},
			map[string]any{"customer_count": 0.0, "last_calculated": nil}},
		{"every key", map[string]any{"name": "A", "criteria": map[string]any{"loyalty_status": []any{"New", "VIP"}, "region": []any{"Fès"}, "contact_type": []any{"Individual", "Corporate"},
			"tags": []any{"a"}, "nationality": []any{"b"}, "preferred_language": []any{"c"}}},
			map[string]any{"criteria.loyalty_status.1": "VIP", "criteria.region.0": "Fès", "criteria.contact_type.1": "Corporate", "criteria.tags.0": "a", "criteria.nationality.0": "b", "criteria.preferred_language.0": "c"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			created := f.send("POST", "/v1/segments", tt.body).want(http.StatusCreated).wantFields(tt.want)
			f.send("GET", created.header.Get("Location"), nil).want(http.StatusOK).wantFields(tt.want)
		})
	}
}

// badSegmentFields are refused by POST and PUT alike.
var badSegmentFields = []struct {
	name   string
	fields map[string]any
	want   []string
}{
	{"required null", map[string]any{"name": nil, "criteria": nil}, []string{"body.name", "body.criteria"}},
	{"required empty", map[string]any{"name": " ", "criteria": ""}, []string{"body.name", "body.criteria"}},
	{"too long", map[string]any{"name": strings.Repeat("é", 256), "description": strings.Repeat("é", 1001)}, []string{"body.name", "body.description"}},
	{"wrong types", map[string]any{"name": 1, "description": []any{}, "criteria": "VIP"}, []string{"body.name", "body.description", "body.criteria"}},
	{"criteria as a list", map[string]any{"criteria": []any{}}, []string{"body.criteria"}},
	{"unknown key", map[string]any{"criteria": map[string]any{"loyalty": []any{"VIP"}, "tags": []any{"a"}}}, []string{"body.criteria.loyalty"}},
	{"key in another case", map[string]any{"criteria": only("Tags", "a")}, []string{"body.criteria.Tags"}},
	{"unknown enum values", map[string]any{"criteria": map[string]any{"loyalty_status": []any{"VIP", "vip"}, "contact_type": []any{"Robot"}}}, []string{"body.criteria.loyalty_status.1", "body.criteria.contact_type.0"}},
	{"empty lists", map[string]any{"criteria": map[string]any{"tags": []any{}, "region": []any{}, "loyalty_status": nil}}, []string{"body.criteria.tags", "body.criteria.region", "body.criteria.loyalty_status"}},
	{"empty values", map[string]any{"criteria": map[string]any{"tags": []any{"a", ""}, "region": []any{" "}}}, []string{"body.criteria.tags.1", "body.criteria.region.0"}},
	{"no list", map[string]any{"criteria": map[string]any{"tags": "VIP", "region": 5, "nationality": map[string]any{}}}, []string{"body.criteria.tags", "body.criteria.region", "body.criteria.nationality"}},
	{"values that are no strings", map[string]any{"criteria": only("region", "a", 1, nil)}, []string{"body.criteria.region.1", "body.criteria.region.2"}},
	{"a value after a wrong one", map[string]any{"criteria": only("loyalty_status", 1, "Diamond")}, []string{"body.criteria.loyalty_status.0", "body.criteria.loyalty_status.1"}},
	{"all at once", map[string]any{"name": "", "description": 1, "criteria": map[string]any{"age": []any{"5"}, "tags": []any{}}}, []string{"body.name", "body.description", "body.criteria.age", "body.criteria.tags"}},
}

func TestSegmentRefusals(t *testing.T) {
	f := newFixture(t)
	id := f.makeSegment("Kept", only("tags", "VIP"))
	for _, tt := range badSegmentFields {
		t.Run(tt.name, func(t *testing.T) {
			f := f.in(t)
			f.send("POST", "/v1/segments", changed(map[string]any{"name": "New", "criteria": map[string]any{}}, tt.fields)).wantDetail("Validation error").wantErrors(tt.want...)
			f.send("PUT", "/v1/segments/"+id, tt.fields).wantErrors(tt.want...)
			f.send("PATCH", "/v1/segments/"+id, tt.fields).wantErrors(tt.want...)
		})
	}
	f.send("POST", "/v1/segments", map[string]any{}).wantErrors("body.name", "body.criteria")
	f.send("POST", "/v1/segments", map[string]any{"name": "New", "rules": map[string]any{}}).wantErrors("body.criteria")
	f.send("PUT", "/v1/segments/"+id, map[string]any{"is_active": "false"}).wantErrors("body.is_active")
	f.send("GET", "/v1/segments", nil).wantList("name", "Kept")
}

func TestSegmentUpdate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		body, want map[string]any
	}{
		{"nothing", map[string]any{}, nil},
		{"the same", map[string]any{"name": " S ", "criteria": only("tags", "a")}, nil},
		{"name", map[string]any{"name": "T"}, map[string]any{"name": "T"}},
		{"name in another case", map[string]any{"name": "s"}, map[string]any{"name": "s"}},
		{"everything", map[string]any{"name": "T", "description": "E", "criteria": map[string]any{}, "is_active": false}, map[string]any{"name": "T", "description": "E", "criteria": map[string]any{}, "is_active": false, "customer_count": 1.0}},
		{"criteria are replaced as a whole", map[string]any{"criteria": only("region", "Casablanca")}, map[string]any{"criteria": map[string]any{"region": []any{"Casablanca"}}, "customer_count": 1.0}},
		{"null clears", map[string]any{"description": nil}, map[string]any{"description": nil}},
		{"empty clears", map[string]any{"description": " "}, map[string]any{"description": nil}},
		{"null is the default", map[string]any{"is_active": nil}, nil},
		{"what cannot be set", map[string]any{"id": 1, "customer_count": 5, "created_at": "x", "last_calculated": "x"}, nil},
	}
	for _, method := range []string{"PUT", "PATCH"} {
		for _, tt := range tests {
			t.Run(method+" "+tt.name, func(t *testing.T) {
				f := newFixture(t)
				f.storeCustomer(nil)
				created := f.send("POST", "/v1/segments", map[string]any{"name": "S", "description": "D", "criteria": only("tags", "a")}).want(http.StatusCreated)
				var want map[string]any
				created.into(&want)
				maps.Copy(want, tt.want)
				f.pass(time.Hour)
				if tt.want != nil {
					want["updated_at"] = stamp(f.clock())
				}
				path := "/v1/segments/" + created.str("id")
				f.send(method, path, tt.body).want(http.StatusOK).wantFields(want)
				f.send("GET", path, nil).want(http.StatusOK).wantFields(want)
			})
		}
	}
}

func TestSegmentNameIsUnique(t *testing.T) {
	f := newFixture(t)
	first, second := f.makeSegment("Été", map[string]any{}), f.makeSegment("Hiver", map[string]any{})
	for _, name := range []string{"Été", "ÉTÉ", " été "} {
		f.send("POST", "/v1/segments", map[string]any{"name": name, "criteria": map[string]any{}}).want(http.StatusBadRequest).wantDetail("Segment name already exists")
		f.send("PUT", "/v1/segments/"+second, map[string]any{"name": name}).want(http.StatusBadRequest).wantDetail("Segment name already exists")
	}
	f.send("PUT", "/v1/segments/"+first, map[string]any{"is_active": false}).want(http.StatusOK)
	f.send("PUT", "/v1/segments/"+second, map[string]any{"name": "été"}).want(http.StatusBadRequest)
	f.send("DELETE", "/v1/segments/"+first, nil).want(http.StatusOK).wantFields(map[string]any{"message": "Segment deleted successfully"})
	f.send("PUT", "/v1/segments/"+second, map[string]any{"name": "été"}).want(http.StatusOK)
	for _, method := range []string{"GET", "DELETE"} {
		f.send(method, "/v1/segments/"+first, nil).want(http.StatusNotFound).wantDetail("Segment not found")
	}
	f.send("GET", "/v1/segments/"+first+"/customers", nil).want(http.StatusNotFound).wantDetail("Segment not found")
	f.send("PUT", "/v1/segments/"+first, map[string]any{"criteria": 1}).want(http.StatusNotFound).wantDetail("Segment not found")
}

// Who is in a segment, by count, by page, by summary and by assignment.
func TestSegmentMembers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	names := map[string]string{} // by id
	add := func(name string, fields map[string]any, loyalty string) {
		id := f.storeCustomer(changed(map[string]any{"full_name": name, "nationality": nil, "region": nil, "tags": nil}, fields))
		f.send("PUT", "/v1/customers/"+id, map[string]any{"loyalty_status": loyalty}).want(http.StatusOK)
		names[id] = name
	}
	add("amal", map[string]any{"region": "Fès", "tags": []string{"VIP", "Été"}, "nationality": "Moroccan"}, "Gold")
	add("bilal", map[string]any{"region": "FES", "tags": []string{"vip"}, "preferred_language": "العربية"}, "VIP")
	add("corp", map[string]any{"region": "Rabat", "tags": []string{"ete"}, "contact_type": "Corporate", "preferred_language": "English"}, "New")
	add("driss", nil, "Gold")
	add("gone", map[string]any{"region": "Fès", "tags": []string{"VIP"}}, "Gold")
	for id, name := range names {
		if name == "gone" {
			f.send("DELETE", "/v1/customers/"+id, nil).want(http.StatusOK)
		}
	}
	tests := []struct {
		name     string
		criteria map[string]any
		want     []string
	}{
		{"everyone active", map[string]any{}, []string{"driss", "corp", "bilal", "amal"}},
		{"one value", only("loyalty_status", "Gold"), []string{"driss", "amal"}},
		{"alternatives", only("loyalty_status", "VIP", "New"), []string{"corp", "bilal"}},
		{"every value", only("loyalty_status", "New", "Bronze", "Silver", "Gold", "Platinum", "VIP"), []string{"driss", "corp", "bilal", "amal"}},
		{"case and accents", only("region", "fès"), []string{"bilal", "amal"}},
		{"any of the tags", only("tags", "ÉTÉ", "none"), []string{"corp", "amal"}},
		{"a tag counts once", only("tags", "vip", "VIP", "été"), []string{"corp", "bilal", "amal"}},
		{"keys must all hold", map[string]any{"region": []any{"Fes"}, "tags": []any{"vip"}, "loyalty_status": []any{"Gold"}}, []string{"amal"}},
		{"contact type", only("contact_type", "Corporate"), []string{"corp"}},
		{"language", only("preferred_language", "french", "english"), []string{"driss", "corp", "amal"}},
		{"nationality that is missing", only("nationality", "moroccan"), []string{"amal"}},
		{"nobody", only("region", "Atlantis"), nil},
		{"keys that exclude each other", map[string]any{"region": []any{"Rabat"}, "loyalty_status": []any{"Gold"}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := f.in(t)
			id := f.makeSegment(tt.name, tt.criteria)
			n := float64(len(tt.want))
			f.send("GET", "/v1/segments/"+id, nil).want(http.StatusOK).wantFields(map[string]any{"customer_count": n})
			page := f.send("GET", "/v1/segments/"+id+"/customers", nil).want(http.StatusOK).
				wantFields(map[string]any{"id": id, "name": tt.name, "customer_count": n, "total": n, "page": 1.0, "size": 20.0})
			if got := page.texts("customers", "full_name"); strings.Join(got, " ") != strings.Join(tt.want, " ") {
				t.Errorf("customers: got %q, want %q", got, tt.want)
			}
			for customer, name := range names {
				in := slices.Contains(tt.want, name)
				assigned := f.send("POST", "/v1/segments/customer/"+customer+"/assign", nil).want(http.StatusOK).wantFields(map[string]any{"customer_id": customer})
				assigned.str("message")
				if got := slices.Contains(assigned.get("assigned_segments").([]any), any(tt.name)); got != in {
					t.Errorf("%s assigned: got %v, want %v", name, got, in)
				}
				if got := slices.Contains(f.send("GET", "/v1/customers/"+customer+"/summary", nil).get("segments").([]any), any(tt.name)); got != in {
					t.Errorf("%s in summary: got %v, want %v", name, got, in)
				}
			}
		})
	}
}

func TestSegmentCountsFollowEveryChange(t *testing.T) {
	f := newFixture(t)
	id := f.makeSegment("VIPs", only("tags", "VIP"))
	count := func(want float64) {
		t.Helper()
		f.send("GET", "/v1/segments/"+id, nil).wantFields(map[string]any{"customer_count": want})
		f.send("GET", "/v1/segments", nil).wantFields(map[string]any{"items.0.customer_count": want})
		f.send("GET", "/v1/segments/"+id+"/customers?size=1", nil).wantFields(map[string]any{"customer_count": want, "total": want, "pages": want})
	}
	count(0)
	first := f.storeCustomer(nil)
	count(1)
	second := f.storeCustomer(map[string]any{"tags": nil})
	count(1)
	f.send("PUT", "/v1/customers/"+second, map[string]any{"tags": []string{"a", "vip"}}).want(http.StatusOK)
	count(2)
	f.send("DELETE", "/v1/customers/"+first, nil).want(http.StatusOK)
	count(1)
	f.send("PUT", "/v1/customers/"+first, map[string]any{"is_active": true}).want(http.StatusOK)
	count(2)
	f.send("PUT", "/v1/customers/"+first, map[string]any{"tags": nil}).want(http.StatusOK)
	count(1)
	f.send("PUT", "/v1/segments/"+id, map[string]any{"criteria": map[string]any{}}).want(http.StatusOK).wantFields(map[string]any{"customer_count": 2.0})
	count(2)
}

func TestSegmentCustomersPages(t *testing.T) {
	f := newFixture(t)
	var ids []string
	for range 5 {
		ids = append(ids, f.storeCustomer(nil))
	}
	path := "/v1/segments/" + f.makeSegment("All", map[string]any{}) + "/customers"
	for _, tt := range []struct {
		query       string
		page, pages float64
		want        string
	}{
		{"?size=2", 1, 3, ids[4] + " " + ids[3]}, {"/?size=2&page=3", 3, 3, ids[0]}, {"?size=2&page=4", 4, 3, ""}, {"?page=&size=", 1, 1, ids[4] + " " + ids[3] + " " + ids[2] + " " + ids[1] + " " + ids[0]},
	} {
		a := f.send("GET", path+tt.query, nil).want(http.StatusOK).wantFields(map[string]any{"total": 5.0, "customer_count": 5.0, "page": tt.page, "pages": tt.pages})
		if got := strings.Join(a.texts("customers", "id"), " "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.query, got, tt.want)
		}
	}
	f.send("GET", path+"?page=0&size=101", nil).wantErrors("query.page", "query.size")
}

func TestInactiveSegments(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	zebra, alpha := f.makeSegment("Zebra", map[string]any{}), f.makeSegment("Alpha", map[string]any{})
	summary := "/v1/customers/" + customer + "/summary"
	f.send("GET", summary, nil).wantFields(map[string]any{"segments": []any{"Alpha", "Zebra"}})
	f.send("PUT", "/v1/segments/"+alpha, map[string]any{"is_active": false}).want(http.StatusOK).wantFields(map[string]any{"is_active": false, "customer_count": 1.0})
	f.send("GET", summary, nil).wantFields(map[string]any{"segments": []any{"Zebra"}})
	f.send("POST", "/v1/segments/customer/"+customer+"/assign", nil).want(http.StatusOK).wantFields(map[string]any{"assigned_segments": []any{"Zebra"}})
	f.send("GET", "/v1/segments/"+alpha+"/customers", nil).want(http.StatusOK).wantFields(map[string]any{"total": 1.0, "customers.0.id": customer})
	for query, want := range map[string][]string{"": {alpha, zebra}, "is_active=all": {alpha, zebra}, "is_active=": {alpha, zebra}, "is_active=true": {zebra}, "is_active=false": {alpha}, "sort=created_at": {zebra, alpha}, "sort=-created_at&size=1": {alpha}} {
		f.send("GET", "/v1/segments?"+query, nil).wantList("id", want...)
	}
	f.send("GET", "/v1/segments?is_active=maybe&sort=name&page=x&size=0", nil).wantErrors("query.is_active", "query.sort", "query.page", "query.size")
	f.send("DELETE", "/v1/customers/"+customer, nil).want(http.StatusOK)
	f.send("GET", summary, nil).wantFields(map[string]any{"segments": []any{}})
	f.send("POST", "/v1/segments/customer/"+customer+"/assign", nil).want(http.StatusOK).wantFields(map[string]any{"assigned_segments": []any{}})
}

func TestRecalculate(t *testing.T) {
	f := newFixture(t)
	f.send("POST", "/v1/segments/recalculate", nil).want(http.StatusOK).wantFields(map[string]any{"message": "Recalculated 0 segments"})
	start := stamp(f.clock())
	a, b := f.makeSegment("A", map[string]any{}), f.makeSegment("B", map[string]any{})
	f.send("PUT", "/v1/segments/"+b, map[string]any{"is_active": false}).want(http.StatusOK)
	f.pass(time.Hour)
	f.send("POST", "/api/v1/segments/recalculate/", nil).want(http.StatusOK).wantFields(map[string]any{"message": "Recalculated 2 segments"})
	for _, id := range []string{a, b} {
		f.send("GET", "/v1/segments/"+id, nil).wantFields(map[string]any{"last_calculated": stamp(f.clock()), "updated_at": start})
	}
	f.send("POST", "/v1/segments/customer/"+someUUID+"/assign", nil).want(http.StatusNotFound).wantDetail("Customer not found")
	f.send("POST", "/v1/segments/customer/7/assign", nil).wantErrors("path.customer_id")
	f.token = f.tokenFor(testUser, "crm:read:segments", "crm:create:segments", "crm:delete:segments")
	for _, path := range []string{"/v1/segments/recalculate", "/v1/segments/customer/" + someUUID + "/assign"} {
		f.send("POST", path, nil).want(http.StatusForbidden).wantDetail("Permission denied: crm:update:segments")
	}
}
