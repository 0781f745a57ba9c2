package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"crm/index"
	"crm/store"
	"crm/store/sample"
)

// benchmarked returns a service over 100,000 customers, 200,000 interactions, 50,000 feedback and 20 segments.
func benchmarked(b *testing.B) *fixture {
	b.Helper()
	f := newFixture(b)
	g := sample.New(sample.Options{Seed: 1, Customers: 100_000, Interactions: 200_000, Feedback: 50_000, Now: f.clock()})
	rows := store.Rows{Customers: g.Customers(), Interactions: g.Interactions(), Feedback: g.Feedback(), Segments: slices.Values(g.Segments())}
	if err := f.store.Load(store.By{}, rows, nil); err != nil {
		b.Fatal(err)
	}
	for lag := 1; lag > 0; lag, _, _ = f.index.Lag() {
		if err := f.index.Wait(b.Context(), f.store.Seq()); err != nil && !errors.Is(err, index.ErrBehind) {
			b.Fatal(err)
		}
	}
	return f
}

// first returns the id of a list's first record.
func (f *fixture) first(list string) string {
	f.t.Helper()
	var page struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(f.send("GET", base+list, nil).want(http.StatusOK).body, &page); err != nil || len(page.Items) == 0 {
		f.t.Fatalf("%s: no items (%v)", list, err)
	}
	return page.Items[0].ID
}

// serve lets the handler answer without the network.
func (f *fixture) serve(b *testing.B, want int, method, path, body string) {
	b.Helper()
	r := newRequest(b, method, path, nil)
	if body != "" {
		r = newRequest(b, method, path, body)
	}
	r.Header.Set("Authorization", "Bearer "+f.token)
	w := httptest.NewRecorder()
	if f.api.ServeHTTP(w, r); w.Code != want {
		b.Fatalf("%s %s: got %d, want %d; body %s", method, path, w.Code, want, w.Body)
	}
}

// BenchmarkRequests measures the whole handler of each kind of request over 100,000 customers.
func BenchmarkRequests(b *testing.B) {
	f := benchmarked(b)
	id, segment := f.first("/customers/?page=5000&size=1"), f.first("/segments/?size=1")
	for name, path := range map[string]string{
		"get":                 "/customers/" + id,
		"summary":             "/customers/" + id + "/summary",
		"list":                "/customers/",
		"list/page=4000":      "/customers/?page=4000",
		"list/filters":        "/customers/?region=Marrakech&loyalty_status=New",
		"list/sort=name":      "/customers/?sort=name&page=2000",
		"search/two words":    "/customers/?query=fatima+alaoui",
		"search/phone":        "/customers/?query=612345",
		"search/letter":       "/customers/?query=m",
		"search/typo":         "/customers/?query=alaouui",
		"interactions":        "/interactions/?channel=phone",
		"interactions/of one": "/interactions/customer/" + id,
		"interactions/stats":  "/interactions/stats?days=365",
		"feedback":            "/feedback/?rating=1&resolved=false",
		"feedback/stats":      "/feedback/stats?days=365",
		"segments":            "/segments/",
		"segments/members":    "/segments/" + segment + "/customers?page=4000",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f.serve(b, http.StatusOK, "GET", base+path, "")
			}
		})
	}
	b.Run("recalculate", func(b *testing.B) {
		for b.Loop() {
			f.serve(b, http.StatusOK, "POST", base+"/segments/recalculate", "")
		}
	})
	n := 0
	b.Run("create segment", func(b *testing.B) {
		for b.Loop() {
			n++
			f.serve(b, http.StatusCreated, "POST", base+"/segments/", fmt.Sprintf(`{"name":"Gold %d","criteria":{"loyalty_status":["Gold"]}}`, n))
		}
	})
	b.Run("create customer", func(b *testing.B) {
		for b.Loop() {
			n++
			f.serve(b, http.StatusCreated, "POST", base+"/customers/", fmt.Sprintf(`{"contact_type":"Individual","email":"new%d@example.com","phone":"0612345678"}`, n))
		}
	})
}

// BenchmarkCreateCustomer measures a write without an Idempotency-Key, and one with.
func BenchmarkCreateCustomer(b *testing.B) {
	for _, key := range []string{"", "k"} {
		b.Run("key="+key, func(b *testing.B) {
			f := newFixture(b)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				r := newRequest(b, "POST", "/api/v1/customers", fmt.Sprintf(`{"contact_type":"Individual","email":"c%d@example.com","phone":"0612345678"}`, n))
				r.Header.Set("Authorization", "Bearer "+f.token)
				if key != "" {
					r.Header.Set("Idempotency-Key", key+strconv.Itoa(n))
				}
				w := httptest.NewRecorder()
				if f.api.ServeHTTP(w, r); w.Code != http.StatusCreated {
					b.Fatalf("status: got %d, want 201; body %s", w.Code, w.Body)
				}
			}
		})
	}
}

// BenchmarkWrites is the whole handler of each kind of change.
func BenchmarkWrites(b *testing.B) {
	f := newFixture(b)
	customer := f.storeCustomer(map[string]any{"full_name": "Fatima Zahra El Idrissi", "region": "Marrakech", "tags": []string{"family", "desert"}})
	call := f.logInteraction(customer, nil)
	for name, r := range map[string]struct {
		want               int
		method, path, body string
	}{
		"update customer":    {http.StatusOK, "PUT", "/customers/" + customer, `{"notes":"Note %d","region":"Marrakech"}`},
		"create interaction": {http.StatusCreated, "POST", "/interactions/", `{"customer_id":"` + customer + `","channel":"phone","summary":"Call %d"}`},
		"update interaction": {http.StatusOK, "PUT", "/interactions/" + call, `{"summary":"Call %d"}`},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				f.serve(b, r.want, r.method, base+r.path, fmt.Sprintf(r.body, n))
			}
		})
	}
}
