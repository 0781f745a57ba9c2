package httpapi

import (
	"context"
	"math"

	"github.com/prometheus/client_golang/prometheus"

	"crm/store"
)

// A gauge is read when the metrics are.
type gauge struct {
	name, help string
	read       func(*observed) float64
}

// observed is what many gauges are read from.
type observed struct {
	sizes   sizes
	counts  counts
	checks  checks
	changes uint64 // that lists lack
	lag     int    // customers that searches scan for
	free    uint64
	backup  float64 // age in seconds, +Inf when there is none
}

var gauges = []gauge{
	{"crm_ready", "1 while /readyz answers 200.", func(o *observed) float64 { return truth(o.checks.ready()) }},
	{"crm_index_ready", "1 once lists and searches answer.", func(o *observed) float64 { return truth(o.checks.Index != stateLoading) }},
	{"crm_index_lag_changes", "Changes that lists do not have yet.", func(o *observed) float64 { return float64(o.changes) }},
	{"crm_index_lag_customers", "Customers that searches find by scanning.", func(o *observed) float64 { return float64(o.lag) }},
	{"crm_database_size_bytes", "Length of the database file.", func(o *observed) float64 { return float64(o.sizes.Database) }},
	{"crm_database_free_bytes", "Bytes of the database file that no record has.", func(o *observed) float64 { return float64(o.sizes.DatabaseFree) }},
	{"crm_index_size_bytes", "Length of the files of the index.", func(o *observed) float64 { return float64(o.sizes.Index) }},
	{"crm_backups_size_bytes", "Length of the files in the folder of backups.", func(o *observed) float64 { return float64(o.sizes.Backups) }},
	{"crm_disk_free_bytes", "Room on the disk of the data.", func(o *observed) float64 { return float64(o.free) }},
	{"crm_last_backup_age_seconds", "Age of the last verified backup, +Inf when there is none.", func(o *observed) float64 { return o.backup }},
}

// An apiCollector reads the gauges of an API.
type apiCollector struct {
	api     *API
	descs   []*prometheus.Desc // of gauges
	records *prometheus.Desc
}

// follow lets the metrics tell of an API, once.
func (m *Metrics) follow(a *API) error {
	if m == nil {
		return nil
	}
	c := &apiCollector{api: a, records: prometheus.NewDesc("crm_records", "Records of each kind.", []string{"kind"}, nil)}
	for _, g := range gauges {
		c.descs = append(c.descs, prometheus.NewDesc(g.name, g.help, nil, nil))
	}
	return m.registry.Register(c)
}

func (c *apiCollector) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range c.descs {
		out <- desc
	}
	out <- c.records
}

func (c *apiCollector) Collect(out chan<- prometheus.Metric) {
	o, err := c.api.observed()
	if err != nil {
		out <- prometheus.NewInvalidMetric(c.records, err)
		return
	}
	for i, g := range gauges {
		out <- prometheus.MustNewConstMetric(c.descs[i], prometheus.GaugeValue, g.read(o))
	}
	for kind, n := range map[store.Kind]int{
		store.KindCustomer: o.counts.Customers, store.KindInteraction: o.counts.Interactions, store.KindFeedback: o.counts.Feedback,
		store.KindSegment: o.counts.Segments, store.KindUser: o.counts.Users,
	} {
		out <- prometheus.MustNewConstMetric(c.records, prometheus.GaugeValue, float64(n), string(kind))
	}
}

func (a *API) observed() (o *observed, err error) {
	applied := a.Index.Applied() // before the sequence, which may grow meanwhile
	o = &observed{sizes: a.sizes(), checks: a.checks(context.Background()), changes: a.Store.Seq() - applied, backup: math.Inf(1)}
	o.lag, _, _ = a.Index.Lag()
	if b, ok := a.Backups.Last(); ok {
		o.backup = a.Store.Now().Std().Sub(b.Time.Std()).Seconds()
	}
	if o.counts, err = a.counts(); err == nil {
		o.free, err = a.Store.DiskFree()
	}
	return o, err
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
