package local

import (
	"context"
	"errors"
	"time"

	"crm/httpapi"
	"crm/index"
	"crm/store"
	"crm/store/doctor"
	"crm/store/zone"
)

// Diagnose returns findings about the service of a data folder. If no service runs, it returns how many changes the next start has to read.
func Diagnose(ctx context.Context, dir string) []doctor.Finding {
	behind, err := behind(dir)
	switch {
	case err == nil:
		return []doctor.Finding{{Code: doctor.ServiceStopped, Facts: store.Facts{"changes": behind}}}
	case !errors.Is(err, store.ErrLocked):
		return []doctor.Finding{{Code: doctor.ServiceImpossible, Facts: store.Facts{"error": err}}}
	}
	service, err := FindService(ctx, dir, "crm doctor")
	if err != nil {
		return []doctor.Finding{{Code: doctor.ServiceSilent}}
	}
	return append(service.diagnose(ctx), service.state(ctx, dir))
}

// state returns whether a service is starting, refuses changes, or runs.
func (c *Client) state(ctx context.Context, dir string) doctor.Finding {
	if err := CheckReady(ctx, dir, ""); err != nil {
		return doctor.Finding{Code: doctor.ServiceReadOnly, Facts: store.Facts{"error": err}}
	}
	switch lag, ready := c.Lag(); {
	case !ready:
		return doctor.Finding{Code: doctor.ServiceStarting, Facts: store.Facts{"url": c.URL()}}
	case lag > 0:
		return doctor.Finding{Code: doctor.ServiceIndexing, Facts: store.Facts{"url": c.URL(), "customers": lag}}
	}
	return doctor.Finding{Code: doctor.ServiceRuns, Facts: store.Facts{"url": c.URL()}}
}

// behind returns how many changes an index has to read when it is opened again.
func behind(dir string) (n uint64, err error) {
	st, err := OpenReadOnly(dir, store.KeepSchema())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return index.Behind(st, IndexDir(dir), index.Options{}), nil
}

// diagnose compares the clock with the service's newest change, if there is one, and asks for backups that failed and for records
// that cannot be read.
func (c *Client) diagnose(ctx context.Context) (found []doctor.Finding) {
	var page struct {
		Items []struct {
			Time store.Time `json:"time"`
		} `json:"items"`
	}
	if err := c.call(ctx, "crm:read:audit", "GET", "/api/v1/audit/?size=1", nil, &page); err == nil && len(page.Items) > 0 {
		found = append(found, doctor.Clock(page.Items[0].Time, "change", store.Now()))
	}
	var status httpapi.Status
	if err := c.call(ctx, "crm:read:status", "GET", "/api/v1/status", nil, &status); err != nil {
		return found
	}
	if status.FailedAt != nil {
		found = append(found, doctor.Finding{Code: doctor.BackupFailed, Facts: store.Facts{"time": *status.FailedAt}})
	}
	if n := status.Unreadable.Count; n > 0 {
		found = append(found, doctor.Finding{Code: doctor.RecordsUnreadable, Facts: store.Facts{"count": n}})
	}
	return found
}

// DiagnoseZone returns findings about the rules of the office's time zone: that of the running service, or else the one with a name.
func DiagnoseZone(ctx context.Context, dir, name string, now time.Time) ([]doctor.Finding, error) {
	var running httpapi.Description
	if service, err := FindService(ctx, dir, "crm doctor"); err == nil && service.call(ctx, "crm:read:status", "GET", "/api/v1/", nil, &running) == nil {
		name = running.Zone
	}
	office, err := zone.Load(name)
	if err != nil {
		return nil, err
	}
	findings := doctor.Zone(office, zone.System(), now)
	if newest := office.Data().Version; running.Data != "" && running.Data != newest {
		findings = append(findings, doctor.Finding{Code: doctor.ZoneRulesRestart, Facts: store.Facts{"used": running.Data, "newest": newest}})
	}
	return findings, nil
}
