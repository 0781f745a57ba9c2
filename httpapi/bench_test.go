package httpapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
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

// BenchmarkCreateCustomer is a write without an Idempotency-Key, and one with.
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
