package httpapi

import (
	"net/http"
	"testing"
)

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
