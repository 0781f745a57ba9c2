package metrics_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"crm/httpapi/metrics"
)

// A route counts its answers. The handler shows the numbers to Prometheus.
func Example() {
	m := metrics.New("example")
	route := m.Route(http.MethodGet, "/api/v1/customers")
	route.Observe(200, 3*time.Millisecond)

	answer := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, "crm_http_requests_total") {
			fmt.Print(line)
		}
	}
	// Output: crm_http_requests_total{method="GET",route="/api/v1/customers",status="200"} 1
}
