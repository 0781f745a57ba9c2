package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Every answer with a customer has the number that the phone is read as.
func TestPhoneInternational(t *testing.T) {
	f := newFixture(t)
	created := f.send("POST", "/api/v1/customers/", changed(ahmed(), map[string]any{"phone": "+212 0612345678 x3", "tags": []string{"VIP"}})).want(http.StatusCreated)
	id, etag := created.str("id"), created.etag()
	f.logInteraction(id, nil)
	segment := f.makeSegment("VIP", map[string]any{"tags": []string{"VIP"}})
	path := "/api/v1/customers/" + id
	answers := func(want string) {
		t.Helper()
		for place, got := range map[string]*answer{
			"phone_international": f.send("GET", path, nil), "items.0.phone_international": f.send("GET", "/api/v1/customers/?query=ahmed", nil),
			"customers.0.phone_international": f.send("GET", "/api/v1/segments/"+segment+"/customers", nil), "customer.phone_international": f.send("GET", path+"/export", nil),
		} {
			if got := fmt.Sprint(got.want(http.StatusOK).get(place)); got != want {
				t.Errorf("%s: got %s, want %s", place, got, want)
			}
		}
		for _, got := range []*answer{
			f.send("PUT", path, map[string]any{}), f.send("GET", path+"/summary", nil), f.send("PATCH", path, map[string]any{}),
		} {
			if got := fmt.Sprint(got.want(http.StatusOK).get("phone_international")); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		preview := f.send("POST", "/api/v1/segments/preview", map[string]any{"criteria": map[string]any{"tags": []string{"VIP"}}})
		calls := f.send("GET", "/api/v1/interactions/?include=customers", nil)
		stale := f.do(f.request("PUT", path, map[string]any{"notes": "x"}, "If-Match", `"0123456789abcdef-01234567"`)).want(http.StatusPreconditionFailed)
		for place, got := range map[string]*answer{"customers.0.phone_international": preview, "current.phone_international": stale} {
			if got := fmt.Sprint(got.get(place)); got != want {
				t.Errorf("%s: got %s, want %s", place, got, want)
			}
		}
		if got := fmt.Sprint(calls.get("customers.0.phone_international")); got != want {
			t.Errorf("included: got %s, want %s", got, want)
		}
	}
	if got := created.get("phone_international"); got != "+212612345678" {
		t.Errorf("created: got %v", got)
	}
	answers("+212612345678")
	if csv := string(f.send("GET", "/api/v1/customers/export.csv", nil).want(http.StatusOK).body); !strings.Contains(csv, ",phone_international\n") || !strings.Contains(csv, ",+212612345678\n") {
		t.Errorf("got %s", csv)
	}
	f.send("PUT", path, map[string]any{"phone": "12"}).want(http.StatusOK)
	answers("<nil>")
	f.do(f.request("PUT", path, map[string]any{"phone": "0699999999"}, "If-Match", etag)).want(http.StatusPreconditionFailed)
	f.send("PUT", path, map[string]any{"phone": "0033 6 12 34 56 78"}).want(http.StatusOK)
	answers("+33612345678")
	if history := string(f.send("GET", path+"/history", nil).want(http.StatusOK).body); strings.Contains(history, "phone_international") {
		t.Errorf("the history has what follows from the phone: %s", history)
	}
	if got := f.send("POST", path+"/erase", nil).want(http.StatusOK).get("customer.phone_international"); got != nil {
		t.Errorf("erased: got %v", got)
	}
}
