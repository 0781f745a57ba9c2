package httpapi

import (
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"crm/httpapi/metrics"
	"crm/store"
)

// A scrape is the metrics of one moment, by name.
type scrape map[string]*dto.MetricFamily

// scrapeOf reads /metrics as Prometheus does.
func scrapeOf(t *testing.T, m *metrics.Metrics) scrape {
	t.Helper()
	server := httptest.NewServer(m.Handler(slog.New(slog.DiscardHandler)))
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	found, err := parser.TextToMetricFamilies(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("got %s, %v", response.Status, err)
	}
	return found
}

// value returns the number of the metric that has these labels, "name=value".
func (s scrape) value(t *testing.T, name string, labels ...string) float64 {
	t.Helper()
	if s[name] == nil {
		t.Errorf("no %s", name)
		return 0
	}
	for _, m := range s[name].Metric {
		have := map[string]bool{}
		for _, l := range m.Label {
			have[l.GetName()+"="+l.GetValue()] = true
		}
		all := true
		for _, l := range labels {
			all = all && have[l]
		}
		switch {
		case !all:
		case m.Histogram != nil:
			return float64(m.Histogram.GetSampleCount())
		case m.Counter != nil:
			return m.Counter.GetValue()
		default:
			return m.Gauge.GetValue()
		}
	}
	return 0
}

func measured(t *testing.T) (*fixture, *metrics.Metrics) {
	t.Helper()
	m := metrics.New("1.2.3")
	f := newFixture(t)
	f.api = f.newAPI(func(c *Config) { c.Metrics = m })
	return f, m
}

func TestMetricsOfRequests(t *testing.T) {
	f, m := measured(t)
	id := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusBadRequest)
	for _, path := range []string{"/api/v1/customers/", "/v1/customers/"} {
		f.send("GET", path+id, nil).want(http.StatusOK)
	}
	f.send("HEAD", "/api/v1/customers/"+id, nil).want(http.StatusOK)
	f.send("GET", "/api/v1/customers/"+testUser, nil).want(http.StatusNotFound)
	f.sendWith("", "GET", "/api/v1/customers/"+testUser, nil).want(http.StatusUnauthorized)
	bare(f, "GET", "/nothing/"+id, nil).want(http.StatusNotFound)
	bare(f, "BREW", "/api/v1/customers", nil).want(http.StatusMethodNotAllowed)
	got := scrapeOf(t, m)
	const one = "route=/api/v1/customers/{customer_id}"
	for _, want := range []struct {
		n      float64
		labels []string
	}{
		{1, []string{"method=POST", "route=/api/v1/customers", "status=201"}},
		{1, []string{"method=POST", "route=/api/v1/customers", "status=400"}},
		{3, []string{"method=GET", one, "status=200"}},
		{1, []string{"method=GET", one, "status=404"}},
		{1, []string{"method=GET", one, "status=401"}},
		{1, []string{"method=other", "route=none", "status=404"}},
		{1, []string{"method=other", "route=none", "status=405"}},
	} {
		if n := got.value(t, "crm_http_requests_total", want.labels...); n != want.n {
			t.Errorf("%v: got %v requests, want %v", want.labels, n, want.n)
		}
	}
	if n := got.value(t, "crm_http_request_duration_seconds", "method=GET", one); n != 5 {
		t.Errorf("latencies: got %v, want 5", n)
	}
	for name, family := range got {
		for _, metric := range family.Metric {
			for _, label := range metric.Label {
				if v := label.GetValue(); strings.Contains(v, id) || strings.Contains(v, testUser) || v == "BREW" {
					t.Errorf("%s has what a client sent: %v", name, metric.Label)
				}
			}
		}
	}
}

func TestMetricsOfTheStore(t *testing.T) {
	f, m := measured(t)
	f.newCustomer(1).want(http.StatusCreated)
	m.Commit(store.Commit{Writes: 3, Took: 1})
	m.Commit(store.Commit{Writes: 2, Took: 1})
	m.Commit(store.Commit{Err: store.ErrFull})
	f.eventually("the index", func() bool { return f.index.Applied() == f.store.Seq() })
	got := scrapeOf(t, m)
	for name, want := range map[string]float64{
		"crm_commit_writes": 2, "crm_commit_duration_seconds": 2, "crm_commit_failures_total": 1, "crm_ready": 1, "crm_index_ready": 1,
		"crm_index_lag_changes": 0, "crm_database_size_bytes": float64(f.store.Size()), "crm_last_backup_age_seconds": math.Inf(1), "crm_backups_size_bytes": 0,
	} {
		if n := got.value(t, name); n != want {
			t.Errorf("%s: got %v, want %v", name, n, want)
		}
	}
	if sum := got["crm_commit_writes"].Metric[0].Histogram.GetSampleSum(); sum != 5 {
		t.Errorf("writes: got %v, want 5", sum)
	}
	if n := got.value(t, "crm_records", "kind=customer"); n != 1 {
		t.Errorf("customers: got %v, want 1", n)
	}
	if n := got.value(t, "crm_build_info", "version=1.2.3"); n != 1 {
		t.Errorf("build: got %v, want 1", n)
	}
	for _, name := range []string{"crm_disk_free_bytes", "crm_index_lag_customers", "crm_index_size_bytes", "crm_database_free_bytes", "go_goroutines"} {
		if got.value(t, name) < 0 || got[name].GetHelp() == "" {
			t.Errorf("%s: got %v", name, got[name])
		}
	}
	f.send("POST", "/api/v1/backups", map[string]any{}).want(http.StatusCreated)
	f.pass(90_000_000_000)
	if age := scrapeOf(t, m).value(t, "crm_last_backup_age_seconds"); age != 90 {
		t.Errorf("age of the backup: got %v, want 90", age)
	}
}

func TestOnlyMetricsAreThere(t *testing.T) {
	_, m := measured(t)
	handler := m.Handler(slog.New(slog.DiscardHandler))
	for path, want := range map[string]int{"/metrics": 200, "/": 404, "/metrics/x": 404, "/health": 404, "/debug/pprof/": 404, "/api/v1/customers": 404} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, newRequest(t, "GET", path, nil))
		if body, _ := io.ReadAll(w.Body); w.Code != want {
			t.Errorf("%s: got %d, want %d; %.80s", path, w.Code, want, body)
		}
	}
}
