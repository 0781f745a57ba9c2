package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"crm/store"
)

func TestTagCustomers(t *testing.T) {
	f := newFixture(t)
	a := f.storeCustomer(map[string]any{"tags": []string{"VIP", "Prospect"}})
	b := f.storeCustomer(map[string]any{"tags": []string{"desert"}})
	c := f.storeCustomer(map[string]any{"tags": nil})
	f.send("DELETE", "/v1/customers/"+c, nil).want(http.StatusOK)
	f.later(time.Hour)
	tag := func(body map[string]any, updated float64) {
		t.Helper()
		seq := f.store.Seq()
		f.send("POST", "/api/v1/customers/tags", body).want(http.StatusOK).wantFields(map[string]any{
			"updated": updated, "message": fmt.Sprintf("Updated %v customers", updated)})
		if got := float64(f.store.Seq() - seq); got != updated {
			t.Errorf("the log has %v new entries, want %v", got, updated)
		}
	}
	wantTags := func(id string, tags ...any) {
		t.Helper()
		f.send("GET", "/v1/customers/"+id, nil).want(http.StatusOK).wantFields(map[string]any{"tags": append([]any{}, tags...)})
	}
	tag(map[string]any{"ids": []string{a, b, c, a}, "add": []string{" Desert ", "DESERT", ""}, "remove": []string{"PROSPECT"}}, 2)
	wantTags(a, "VIP", "Desert")
	wantTags(b, "desert") // the first spelling stays
	wantTags(c, "Desert") // those who are not active can be tagged
	f.send("GET", "/v1/customers/"+b, nil).wantFields(map[string]any{"updated_at": stamp(f.clock().Add(-time.Hour))})
	f.send("GET", "/v1/customers/"+a, nil).wantFields(map[string]any{"updated_at": stamp(f.clock())})
	tag(map[string]any{"ids": []string{a, b, c}, "add": []string{"Desert"}, "remove": []string{"Prospect"}}, 0)
	tag(map[string]any{"ids": []string{a, strings.ToUpper(b)}, "remove": []string{"desert"}, "add": nil}, 2)
	wantTags(a, "VIP")
	wantTags(b)
	f.wantLastChange(fmt.Sprintf(`{"tags":["desert"],"updated_at":%q}`, stamp(f.clock().Add(-time.Hour))))
	f.send("GET", "/v1/customers?tags=desert&is_active=all", nil).wantList("id", c)
}

func TestTagCustomersRefuses(t *testing.T) {
	f := newFixture(t)
	var many []string
	for i := range 49 {
		many = append(many, fmt.Sprint("Tag ", i))
	}
	full := f.storeCustomer(map[string]any{"full_name": "Fatima Alaoui", "tags": append(many, "last")})
	almost, free := f.storeCustomer(map[string]any{"tags": many}), f.storeCustomer(map[string]any{"tags": nil})
	long := strings.Repeat("é", 51)
	seq := f.store.Seq()
	for _, tt := range []struct {
		body any
		want []string
	}{
		{"{}", []string{"body.ids", "body.add"}},
		{map[string]any{"ids": nil, "add": []string{"x"}}, []string{"body.ids"}},
		{map[string]any{"ids": []string{}, "add": []string{"x"}}, []string{"body.ids"}},
		{map[string]any{"ids": free, "add": "x"}, []string{"body.ids", "body.add"}},
		{map[string]any{"ids": []any{free, "x", 7, nil}, "add": []string{"x"}}, []string{"body.ids.1", "body.ids.2", "body.ids.3"}},
		{map[string]any{"ids": make([]string, 1001), "add": []string{"x"}}, []string{"body.ids"}},
		{map[string]any{"ids": []string{free}}, []string{"body.add"}},
		{map[string]any{"ids": []string{free}, "add": []any{"x", long, 1}, "remove": 5}, []string{"body.add.1", "body.add.2", "body.remove"}},
		{map[string]any{"ids": []string{free}, "add": []string{"x", long}, "remove": []string{long + "x"}}, []string{"body.add.1", "body.remove.0"}},
		{map[string]any{"ids": []string{free}, "add": []string{"x", "Y"}, "remove": []string{"z", "y"}}, []string{"body.remove"}},
		{map[string]any{"ids": []string{free}, "add": append(many, "50", "51")}, []string{"body.add"}},
		{map[string]any{"ids": []string{free, almost, full}, "add": []string{"one more"}}, []string{"body.ids.2"}},
		{map[string]any{"ids": []string{full, free, almost}, "add": []string{"one more", "two"}}, []string{"body.ids.0", "body.ids.2"}},
	} {
		f.send("POST", "/api/v1/customers/tags", tt.body).wantErrors(tt.want...)
	}
	over := f.send("POST", "/api/v1/customers/tags", map[string]any{"ids": []string{free, full}, "add": []string{"x", "y"}})
	if got := over.str("errors.0.msg"); !strings.Contains(got, "Fatima Alaoui") || !strings.Contains(got, "52") {
		t.Errorf("got %q, want one that says who", got)
	}
	missing := f.send("POST", "/api/v1/customers/tags", map[string]any{"ids": []string{free, someUUID, full, testUser}, "add": []string{long}})
	missing.wantProblem(http.StatusNotFound, "Customer not found").wantFields(map[string]any{
		"errors.0.loc": []any{"body", "ids", 1.0}, "errors.1.loc": []any{"body", "ids", 3.0}})
	if f.store.Seq() != seq {
		t.Error("a refused request changed something")
	}
	f.send("POST", "/api/v1/customers/tags", map[string]any{"ids": []string{full}, "add": []string{"x"}, "remove": []string{"LAST"}}).want(http.StatusOK)
}

func TestTagAThousandCustomers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ids := f.crowd()[:store.MaxTagged]
	f.send("POST", "/api/v1/customers/tags", map[string]any{"ids": ids, "add": []string{"Mailing"}}).want(http.StatusOK).wantFields(map[string]any{"updated": 1000.0})
	f.send("GET", "/v1/customers?tags=mailing&is_active=all", nil).wantFields(map[string]any{"total": 1000.0})
}
