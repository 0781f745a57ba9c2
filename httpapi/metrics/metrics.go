// Package metrics counts requests and commits, and serves the numbers in Prometheus's text format.
//
// metrics.go has the counters and histograms. collector.go exports the gauges, whose values package httpapi computes at each scrape.
//
//	m := metrics.New(version)                   // before the store, whose observer Commit is
//	route := m.Route("GET", "/api/v1/customers")
//	route.Observe(200, 3*time.Millisecond)
//	http.Handle("/", m.Handler(log))
package metrics

import (
	"errors"
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

// Metrics are the metrics of one process, in a registry of their own.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	writes   prometheus.Histogram
	commits  prometheus.Histogram
	failures prometheus.Counter
	read     func() ([]Gauge, error)
}

// Buckets of the histograms: durations in seconds, from that of a cached read to longer than a client waits, and numbers of writes in a
// commit.
var (
	requestBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}
	commitBuckets  = []float64{.0002, .0005, .001, .002, .005, .01, .02, .05, .1, .5, 1, 5}
	writesBuckets  = prometheus.ExponentialBuckets(1, 2, 10)
)

// New returns metrics for a program of this version.
func New(version string) *Metrics {
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
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "crm_build_info", Help: "The program, always 1.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version(), "schema": strconv.Itoa(store.Schema())},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.seconds, m.writes, m.commits, m.failures, build, m.gauges(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// A Route counts the requests of one route.
type Route struct {
	seconds  prometheus.Observer    // nil for streams
	requests *prometheus.CounterVec // by status
	known    sync.Map               // status → prometheus.Counter
}

// Route returns the counters of a method and a path of the API.
func (m *Metrics) Route(method, path string) *Route {
	r := m.Stream(method, path)
	r.seconds = m.seconds.WithLabelValues(method, path)
	return r
}

// Stream is like Route, for a route whose answers last as long as the client wants, so that durations are not counted.
func (m *Metrics) Stream(method, path string) *Route {
	return &Route{requests: m.requests.MustCurryWith(prometheus.Labels{"method": method, "route": path})}
}

// Observe counts an answer. A nil Route counts nothing.
func (r *Route) Observe(status int, took time.Duration) {
	if r == nil {
		return
	}
	if r.seconds != nil {
		r.seconds.Observe(took.Seconds())
	}
	r.counter(status).Inc()
}

func (r *Route) counter(status int) prometheus.Counter {
	if c, ok := r.known.Load(status); ok {
		return c.(prometheus.Counter)
	}
	c := r.requests.WithLabelValues(strconv.Itoa(status))
	r.known.Store(status, c)
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

// ErrGauges is returned by ReadGauges if it was called before.
var ErrGauges = errors.New("these metrics have the gauges of another API already")

// ReadGauges makes every scrape call read for the gauges. It must be called once, before the first scrape.
func (m *Metrics) ReadGauges(read func() ([]Gauge, error)) error {
	if m.read != nil {
		return ErrGauges
	}
	m.read = read
	return nil
}

// Handler answers /metrics in Prometheus's text format, and nothing else.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError)}))
	return mux
}
