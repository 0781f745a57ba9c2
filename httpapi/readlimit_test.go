package httpapi

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// A user who may not export customers cannot read the whole list page by page either. Normal work with lists is not limited.
func TestReadLimit(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Limits.Reads = 100 })
	for i := range 45 {
		f.newCustomer(i).want(http.StatusCreated)
	}
	segment := f.send("POST", "/api/v1/segments/", map[string]any{"name": "Everybody", "criteria": map[string]any{}}).want(http.StatusCreated).str("id")
	page := func(n int) string { return fmt.Sprintf("/api/v1/customers/?size=20&page=%d", n) }
	all := f.token
	f.token = f.tokenFor(testUser, "crm:read:customers", "crm:read:segments")
	for i := range 20 { // first pages, whatever somebody types
		f.send("GET", fmt.Sprintf("/api/v1/customers/?query=ahm&size=%d", 20+i), nil).want(http.StatusOK)
	}
	for range 20 { // the same page, as a console shows it again
		f.send("GET", page(2), nil).want(http.StatusOK)
	}
	f.send("GET", "/api/v1/customers/?size=10&page=2", nil).want(http.StatusOK)
	f.send("GET", "/api/v1/customers/?size=40&page=2", nil).want(http.StatusOK)
	f.send("GET", fmt.Sprintf("/api/v1/segments/%s/customers?size=20&page=2", segment), nil).want(http.StatusOK)
	f.send("GET", fmt.Sprintf("/api/v1/segments/%s/customers?size=22&page=2", segment), nil).want(http.StatusOK)
	f.send("GET", "/api/v1/customers/?size=19&page=2", nil).want(http.StatusOK) // 96 now
	over := f.send("GET", page(3), nil)
	over.wantOver("reads", "customers on further pages of lists", 100, 1)
	f.send("GET", page(2), nil).want(http.StatusOK) // was read a short time ago
	f.send("GET", page(1), nil).want(http.StatusOK)
	f.send("GET", page(9), nil).want(http.StatusOK) // has nobody
	f.pass(2 * time.Second)
	f.send("GET", page(3), nil).want(http.StatusOK)
	f.token = all
	for n := range 12 {
		f.send("GET", fmt.Sprintf("/api/v1/customers/?size=%d&page=2", 20+n), nil).want(http.StatusOK)
	}
}
