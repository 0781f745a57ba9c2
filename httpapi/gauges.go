package httpapi

import (
	"context"
	"math"

	"crm/httpapi/metrics"
	"crm/store"
)

// measure creates the counters of every route, and registers the gauges. Without metrics it does nothing.
func (a *API) measure(m *metrics.Metrics) error {
	if m == nil {
		return nil
	}
	a.measured = map[*route]*metrics.Route{nil: m.Route("other", "none")}
	for i := range routes {
		r := &routes[i]
		if a.measured[r] = m.Route(r.method, r.full()); r.path == "/events" {
			a.measured[r] = m.Stream(r.method, r.full())
		}
	}
	return m.ReadGauges(a.gauges)
}

// gauges returns the present values of all gauges.
func (a *API) gauges() ([]metrics.Gauge, error) {
	applied := a.Index.Applied() // before the sequence, so that the difference is not negative
	changes := a.Store.Seq() - applied
	lag, _, _ := a.Index.Lag()
	sizes, checks, backup := a.sizes(), a.checks(context.Background()), math.Inf(1)
	if b, ok := a.Backups.Last(); ok {
		backup = a.Store.Now().Std().Sub(b.Time.Std()).Seconds()
	}
	free, err := a.Store.DiskFree()
	if err != nil {
		return nil, err
	}
	counts, err := a.counts()
	if err != nil {
		return nil, err
	}
	return append([]metrics.Gauge{
		{Name: "crm_ready", Help: "1 while /readyz answers 200.", Value: truth(checks.ready())},
		{Name: "crm_index_ready", Help: "1 once lists and searches answer.", Value: truth(checks.Index != StateLoading)},
		{Name: "crm_index_lag_changes", Help: "Changes that lists do not have yet.", Value: float64(changes)},
		{Name: "crm_index_lag_customers", Help: "Customers that searches find by scanning.", Value: float64(lag)},
		{Name: "crm_database_size_bytes", Help: "Length of the database file.", Value: float64(sizes.Database)},
		{Name: "crm_database_free_bytes", Help: "Bytes of the database file that no record has.", Value: float64(sizes.DatabaseFree)},
		{Name: "crm_index_size_bytes", Help: "Length of the files of the index.", Value: float64(sizes.Index)},
		{Name: "crm_backups_size_bytes", Help: "Length of the files in the folder of backups.", Value: float64(sizes.Backups)},
		{Name: "crm_disk_free_bytes", Help: "Room on the disk of the data.", Value: float64(free)},
		{Name: "crm_last_backup_age_seconds", Help: "Age of the last verified backup, +Inf when there is none.", Value: backup},
	}, counts.gauges()...), nil
}

func (n counts) gauges() (all []metrics.Gauge) {
	for kind, n := range map[store.Kind]int{
		store.KindCustomer: n.Customers, store.KindInteraction: n.Interactions, store.KindFeedback: n.Feedback,
		store.KindSegment: n.Segments, store.KindUser: n.Users,
	} {
		all = append(all, metrics.Gauge{Name: "crm_records", Help: "Records of each kind.", Value: float64(n), Kind: string(kind)})
	}
	return all
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
