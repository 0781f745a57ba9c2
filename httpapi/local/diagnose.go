package local

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crm/httpapi"
	"crm/index"
	"crm/store"
	"crm/store/doctor"
	"crm/store/zone"
)

// Diagnose returns what the service of a data folder says of itself, or else what its next start has to read.
func Diagnose(ctx context.Context, dir, region string) []doctor.Finding {
	behind, err := behind(dir, region)
	switch {
	case err == nil:
		return []doctor.Finding{{About: "service", Text: fmt.Sprintf("The service does not run; its next start has %d changes to read.", behind)}}
	case !errors.Is(err, store.ErrLocked):
		return []doctor.Finding{{About: "service", Text: "The service cannot run on this folder: " + err.Error() + doctor.Advice(err) + ".", Advice: "Look at what is said about the database."}}
	}
	service, err := FindService(ctx, dir, "crm doctor")
	if err != nil {
		return []doctor.Finding{{About: "service", Text: "Something uses the folder, and no service answers.", Advice: "Wait until the service has started, or stop the program that uses the folder."}}
	}
	f := doctor.Finding{About: "service", Text: "The service runs at " + service.URL() + " and searches are up to date."}
	if lag, ready := service.Lag(); !ready {
		f.Text, f.Advice = "The service at "+service.URL()+" is starting.", "Wait until it has read the data; its log says how far it is."
	} else if lag > 0 {
		f.Text = fmt.Sprintf("The service runs at %s; searches find %d customers by scanning until the index has them.", service.URL(), lag)
	}
	if err := CheckReady(ctx, dir, ""); err != nil {
		f.Text, f.Advice = "No changes can be saved: "+err.Error()+".", "Look at the service's log for the cause; a full disk wants room, and anything else somebody who looks at the disk and starts the service again."
	}
	return append(service.diagnose(ctx), f)
}

// behind is how many changes an index has to read when it is opened again.
func behind(dir, region string) (n uint64, err error) {
	st, err := OpenReadOnly(dir, store.KeepSchema())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return index.Behind(st, IndexDir(dir), index.Options{Region: region}), nil
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
		found = append(found, doctor.Finding{About: "backups", Text: fmt.Sprintf("The service could not make a backup at %s.", status.FailedAt),
			Advice: "Look for 'backup failed' in its log, and try crm backup."})
	}
	if n := status.Unreadable.Count; n > 0 {
		records := fmt.Sprintf("%d records", n)
		if n == 1 {
			records = "1 record"
		}
		found = append(found, doctor.Finding{About: "records", Text: "The service leaves out " + records + " that cannot be read.",
			Advice: "Stop the service and run crm check, which names all of them, and look for them in a backup from before."})
	}
	return found
}

// DiagnoseZone looks at the rules of the office's clock, in the time zone of the service that runs, or else in the one that is named.
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
		findings = append(findings, doctor.Finding{About: "time zone", Text: fmt.Sprintf("The service uses zone data %s, and there is %s.", running.Data, newest), Advice: "Restart the service."})
	}
	return findings, nil
}
