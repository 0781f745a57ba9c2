package server_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crm/httpapi/crmtest"
)

// A follow-up that was sent as a day keeps its day after a start in another time zone, and the log says what changed its instant.
func TestDaysOutliveTheirClock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const path = "/api/v1/interactions/"
	s := crmtest.Serve(t, dir, "--timezone", "Asia/Tokyo")
	s.Healthy()
	token := strings.TrimSpace(crmtest.Must(t, "", "token", "--data", dir, "--subject", crmtest.Someone, "--permission", "*:*:*"))
	made := s.Send(201, "POST", "/api/v1/customers/", token, crmtest.Customer(1))
	due := s.Send(201, "POST", path, token, `{"customer_id":"`+made.Text("id")+
		`","channel":"phone","summary":"Call","follow_up_required":true,"follow_up_date":"2027-12-10"}`)
	if got := due.Text("follow_up_date") + " " + due.Text("follow_up_local"); got != "2027-12-09T15:00:00.000Z 2027-12-10" {
		t.Fatalf("in Tokyo it is %s", got)
	}
	s.Stop()
	s = crmtest.Serve(t, dir, "--timezone", "Etc/UTC")
	s.Healthy()
	again := s.Send(200, "GET", path+due.Text("id"), token, "")
	if got := again.Text("follow_up_date") + " " + again.Text("follow_up_local"); got != "2027-12-10T00:00:00.000Z 2027-12-10" {
		t.Errorf("in UTC it is %s", got)
	}
	var list struct {
		Items []struct {
			User  string  `json:"user"`
			Batch *string `json:"batch"`
		} `json:"items"`
	}
	audit := s.Send(200, "GET", "/api/v1/audit/?kind=interaction&op=update", token, "")
	if err := json.Unmarshal([]byte(audit.Body), &list); err != nil || len(list.Items) != 1 || list.Items[0].User != "crm serve" || list.Items[0].Batch == nil {
		t.Errorf("the log has %s, %v", audit.Body, err)
	}
	s.Stop()
}

// Whatever $ZONEINFO names, the program has data for the office's time zone.
func TestOddZoneinfo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("no zone data"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := crmtest.Must(t, "", "version")
	for _, odd := range []string{file, file + "/nowhere", t.TempDir(), "/", "\x01"} {
		t.Setenv("ZONEINFO", odd)
		if got := crmtest.Must(t, "", "version"); got != want {
			t.Errorf("with %q: got %q, want %q", odd, got, want)
		}
		crmtest.Refused(t, `--timezone: unknown time zone "Africa/Nowhere"`, "", "serve", "--data", filepath.Join(t.TempDir(), "data"), "--timezone", "Africa/Nowhere")
	}
}

// The doctor names the service's zone and data.
func TestDoctorOfTheClock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := crmtest.Serve(t, dir, "--timezone", "Asia/Tokyo")
	s.Healthy()
	if _, said, _ := crmtest.Run(t, "", "doctor", "--data", dir); !strings.Contains(said, "Asia/Tokyo is at +09:00 by zone data 2") {
		t.Errorf("got\n%s", said)
	}
	token := strings.TrimSpace(crmtest.Must(t, "", "token", "--data", dir, "--subject", crmtest.Someone, "--permission", "crm:read:status"))
	about, status := s.Send(200, "GET", "/api/v1/", "", ""), s.Send(200, "GET", "/api/v1/status", token, "")
	version := strings.TrimSpace(crmtest.Must(t, "", "version"))
	if data := about.Text("timezone_data"); data == "" || data != status.Text("timezone_data") || !strings.HasSuffix(version, " "+data) {
		t.Errorf("got %q, %q and %q", data, status.Text("timezone_data"), version)
	}
	if _, err := time.Parse(time.DateOnly, about.Text("today")); err != nil {
		t.Errorf("today is %q", about.Text("today"))
	}
	s.Stop()
}
