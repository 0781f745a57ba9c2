package metrics

import "github.com/prometheus/client_golang/prometheus"

// A Gauge is a number that is read at each scrape.
type Gauge struct {
	Name, Help string
	Value      float64
	Kind       string // the label "kind", which gauges of one name differ in; empty for none
	To         string // the label "to", in the same way
}

// collector reads the gauges for the registry, without describing them in advance.
type collector struct{ m *Metrics }

func (m *Metrics) gauges() prometheus.Collector { return collector{m} }

func (c collector) Describe(chan<- *prometheus.Desc) {}

func (c collector) Collect(out chan<- prometheus.Metric) {
	if c.m.read == nil {
		return
	}
	gauges, err := c.m.read()
	if err != nil {
		out <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(err), err)
		return
	}
	for _, g := range gauges {
		var labels, values []string
		if g.Kind != "" {
			labels, values = []string{"kind"}, []string{g.Kind}
		}
		if g.To != "" {
			labels, values = append(labels, "to"), append(values, g.To)
		}
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(g.Name, g.Help, labels, nil), prometheus.GaugeValue, g.Value, values...)
	}
}
