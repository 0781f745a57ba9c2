package httpapi

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkGetCustomer is the whole handler of the most frequent request, without the network.
func BenchmarkGetCustomer(b *testing.B) {
	f := newFixture(b)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	r := newRequest(b, "GET", "/api/v1/customers/"+id, nil)
	r.Header.Set("Authorization", "Bearer "+f.token)
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		if f.api.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatalf("status: got %d, want 200", w.Code)
		}
	}
}
