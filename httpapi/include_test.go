package httpapi

import (
	"net/http"
	"testing"
)

// On request, lists have the customers of their rows, each once, unless the caller may not read customers.
func TestIncludedCustomers(t *testing.T) {
	f := newFixture(t)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	for range 2 {
		f.send("POST", "/api/v1/interactions", map[string]any{"customer_id": id, "channel": "phone", "summary": "Atlas tour"}).want(http.StatusCreated)
		f.send("POST", "/api/v1/feedback", map[string]any{"customer_id": id, "service_type": "Tour", "rating": 5}).want(http.StatusCreated)
	}
	f.send("POST", "/api/v1/feedback", map[string]any{"customer_id": id, "service_type": "Tour", "rating": 1, "is_anonymous": true}).want(http.StatusCreated)
	for path, permission := range map[string]string{
		"/api/v1/interactions": "crm:read:interactions", "/api/v1/interactions/customer/" + id: "crm:read:interactions",
		"/api/v1/feedback": "crm:read:feedback", "/api/v1/feedback/customer/" + id: "crm:read:feedback",
	} {
		f.run(path, func(t *testing.T) {
			got := f.send("GET", path+"?include=customers", nil).want(http.StatusOK)
			if list, _ := got.get("customers").([]any); len(list) != 1 || got.str("customers.0.full_name") != "Ahmed Hassan" {
				t.Errorf("customers: got %s", got.body)
			}
			var plain map[string]any
			f.send("GET", path+"?include=", nil).want(http.StatusOK).into(&plain)
			if _, ok := plain["customers"]; ok {
				t.Errorf("without include: got customers")
			}
			f.send("GET", path+"?include=users", nil).wantErrors("query.include")
			f.sendWith(f.tokenFor(testUser, permission), "GET", path+"?include=customers", nil).want(http.StatusForbidden).wantDetail("Permission denied: crm:read:customers")
		})
	}
}
