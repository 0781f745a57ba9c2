package httpapi

import (
	"net/http"
	"slices"
	"testing"
)

func TestPreviewSegment(t *testing.T) {
	f := newFixture(t)
	preview := func(criteria any) *answer {
		return f.send("POST", "/api/v1/segments/preview", map[string]any{"criteria": criteria})
	}
	preview(map[string]any{}).want(http.StatusOK).wantFields(map[string]any{"count": 0.0, "customers": []any{}})
	var ids []string // newest first
	for range 7 {
		ids = slices.Insert(ids, 0, f.storeCustomer(map[string]any{"region": "Fès", "tags": []string{"Été"}}))
	}
	rabat := f.storeCustomer(map[string]any{"region": "Rabat"})
	f.send("DELETE", "/v1/customers/"+ids[0], nil).want(http.StatusOK)
	seq := f.store.Seq()
	got := preview(map[string]any{"region": []string{" fes ", "Oujda"}, "tags": []string{"ete"}}).want(http.StatusOK).wantFields(map[string]any{"count": 6.0})
	if found := got.texts("customers", "id"); !slices.Equal(found, ids[1:6]) {
		t.Errorf("customers: got %v, want %v", found, ids[1:6])
	}
	one := preview(map[string]any{"region": []string{"Rabat"}}).wantFields(map[string]any{"count": 1.0})
	var want any
	f.send("GET", "/v1/customers/"+rabat, nil).into(&want)
	one.wantFields(map[string]any{"customers": []any{want}})
	preview(map[string]any{"region": []string{"Oujda"}}).wantFields(map[string]any{"count": 0.0, "customers": []any{}})
	if f.store.Seq() != seq {
		t.Error("a preview changed something")
	}
	// An answer with customers in it is not kept.
	f.post("/api/v1/segments/preview", map[string]any{"criteria": map[string]any{}}, "k").wantNew(http.StatusOK)
	f.storeCustomer(nil)
	f.post("/api/v1/segments/preview", map[string]any{"criteria": map[string]any{}}, "k").wantNew(http.StatusOK).wantFields(map[string]any{"count": 8.0})
}

// The criteria of a preview obey the same rules as those of a segment.
func TestPreviewRefuses(t *testing.T) {
	f := newFixture(t)
	for _, criteria := range []any{
		absent, nil, "", []string{}, "tags", map[string]any{"tags": []string{}}, map[string]any{"tags": "VIP"}, map[string]any{"color": []string{"red"}},
		map[string]any{"loyalty_status": []string{"Golden"}, "region": []any{1}}, map[string]any{"region": []string{""}},
	} {
		body := changed(map[string]any{}, map[string]any{"criteria": criteria})
		segment := f.send("POST", "/api/v1/segments", changed(body, map[string]any{"name": "S"})).want(http.StatusUnprocessableEntity)
		preview := f.send("POST", "/api/v1/segments/preview", body).want(http.StatusUnprocessableEntity)
		preview.wantFields(map[string]any{"errors": segment.get("errors")})
	}
}

func TestCustomerSegments(t *testing.T) {
	f := newFixture(t)
	id := f.storeCustomer(map[string]any{"region": "FES", "tags": []string{"VIP", "Été"}, "nationality": nil})
	everyone := f.makeSegment("Everyone", map[string]any{})
	south := f.makeSegment("South", map[string]any{"region": []string{"Agadir", "Fès"}, "tags": []string{"ete"}, "nationality": []string{"Moroccan"}})
	fes := f.makeSegment("Fès", map[string]any{"region": []string{"Fès"}})
	asleep := f.makeSegment("Asleep", map[string]any{})
	f.send("PUT", "/v1/segments/"+asleep, map[string]any{"is_active": false}).want(http.StatusOK)
	path := "/v1/customers/" + id + "/segments"

	plain := []any{map[string]any{"id": everyone, "name": "Everyone", "matches": true}, map[string]any{"id": fes, "name": "Fès", "matches": true}}
	for _, query := range []string{"", "?explain=", "?explain=false"} {
		f.send("GET", path+query, nil).want(http.StatusOK).wantFields(map[string]any{"items": plain})
	}
	criterion := func(key string, value any, matches bool, values ...any) any {
		return map[string]any{"key": key, "values": values, "value": value, "matches": matches}
	}
	tags := []any{"VIP", "Été"}
	f.send("GET", path+"?explain=true", nil).want(http.StatusOK).wantFields(map[string]any{"items": []any{
		map[string]any{"id": everyone, "name": "Everyone", "matches": true, "criteria": []any{}},
		map[string]any{"id": fes, "name": "Fès", "matches": true, "criteria": []any{criterion("region", "FES", true, "Fès")}},
		map[string]any{"id": south, "name": "South", "matches": false, "criteria": []any{
			criterion("region", "FES", true, "Agadir", "Fès"), criterion("tags", tags, true, "ete"), criterion("nationality", nil, false, "Moroccan")}},
	}})
	f.send("DELETE", "/v1/customers/"+id, nil).want(http.StatusOK)
	f.send("GET", path, nil).want(http.StatusOK).wantFields(map[string]any{"items": []any{}})
	f.send("GET", path+"?explain=1", nil).wantFields(map[string]any{
		"items.0": map[string]any{"id": everyone, "name": "Everyone", "matches": false, "criteria": []any{criterion("is_active", false, false, "true")}}})
	f.send("GET", path+"?explain=maybe", nil).wantErrors("query.explain")
	f.send("GET", "/v1/customers/"+someUUID+"/segments?explain=maybe", nil).wantProblem(http.StatusNotFound, "Customer not found")
}
