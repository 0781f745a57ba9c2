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
