package httpapi

import (
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"crm/store"
)

// Metrics measure requests and commits, and ask the API for the rest when they are read. Make them before the store,
// whose observer Commit is.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	routes   map[*route]*routeMetrics // nil for paths that nothing answers
	writes   prometheus.Histogram
	commits  prometheus.Histogram
	failures prometheus.Counter
}

// routeMetrics are those of one route, at hand without looking labels up.
type routeMetrics struct {
	seconds  prometheus.Observer    // nil for answers that have no end of their own
	requests *prometheus.CounterVec // by status
	known    sync.Map               // status → prometheus.Counter
}

// Buckets of the histograms: from what a cached read takes to what nobody waits for, and the sizes of a batch.
var (
	requestBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}
	commitBuckets  = []float64{.0002, .0005, .001, .002, .005, .01, .02, .05, .1, .5, 1, 5}
	writesBuckets  = prometheus.ExponentialBuckets(1, 2, 10)
)

// NewMetrics makes the metrics of a program of this version, in a registry of their own.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "crm_http_requests_total", Help: "Requests that were answered, by the route's path and the status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "crm_http_request_duration_seconds", Help: "Time from a request's head to the end of its answer.", Buckets: requestBuckets,
		}, []string{"method", "route"}),
		writes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "crm_commit_writes", Help: "Writes that shared a commit.", Buckets: writesBuckets,
		}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "crm_commit_duration_seconds", Help: "Time from the beginning of a commit until it is on disk.", Buckets: commitBuckets,
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "crm_commit_failures_total", Help: "Commits of which nothing was kept, as on a full disk.",
		}),
		routes: make(map[*route]*routeMetrics),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "crm_build_info", Help: "The program, always 1.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version(), "schema": strconv.Itoa(store.Schema())},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.seconds, m.writes, m.commits, m.failures, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for i := range routes {
		if m.routes[&routes[i]] = m.of(routes[i].method, routes[i].full()); routes[i].path == "/events" {
			m.routes[&routes[i]].seconds = nil
		}
	}
	m.routes[nil] = m.of("other", "none")
	return m
}

func (m *Metrics) of(method, path string) *routeMetrics {
	return &routeMetrics{
		seconds:  m.seconds.WithLabelValues(method, path),
		requests: m.requests.MustCurryWith(prometheus.Labels{"method": method, "route": path}),
	}
}

// request counts an answer. It does nothing where nothing is measured.
func (m *Metrics) request(r *route, status int, took time.Duration) {
	if m == nil {
		return
	}
	of := m.routes[r]
	if of.seconds != nil {
		of.seconds.Observe(took.Seconds())
	}
	of.counter(status).Inc()
}

func (m *routeMetrics) counter(status int) prometheus.Counter {
	if c, ok := m.known.Load(status); ok {
		return c.(prometheus.Counter)
	}
	c := m.requests.WithLabelValues(strconv.Itoa(status))
	m.known.Store(status, c)
	return c
}

// Commit counts a commit of the store.
func (m *Metrics) Commit(c store.Commit) {
	if c.Err != nil {
		m.failures.Inc()
		return
	}
	m.writes.Observe(float64(c.Writes))
	m.commits.Observe(c.Took.Seconds())
}

// Handler answers /metrics in Prometheus's text format, and nothing else.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError)}))
	return mux
}
