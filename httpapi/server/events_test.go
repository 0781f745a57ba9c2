package server_test

import (
	"bufio"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crm/httpapi/crmtest"
)

// A stream of events goes on for longer than any other answer may take, and ends properly when the service stops. The first backup
// is due meanwhile, and fails: whoever asks is told so.
func TestEventsUntilTheEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := crmtest.Serve(t, dir, "--backup-every", "24h", "--backup-dir", filepath.Join(dir, "not mounted", "backups"))
	s.Healthy()
	admin := crmtest.Token(t, dir)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+admin)
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	until := func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("the stream ended before %q: %v", want, lines.Err())
	}
	for opened := time.Now(); time.Since(opened) <= time.Minute; { // the server's deadlines
		until(": ping")
	}
	for !strings.Contains(s.Log.String(), "backup failed") {
		until(": ping")
	}
	if got := s.Send(200, "GET", "/api/v1/status", admin, ""); got.Text("backup_failed_at") == "null" {
		t.Errorf("status: got %s", got.Body)
	}
	if said, _ := crmtest.Failed(t, "doctor", "--data", dir); !strings.Contains(said, "could not make a backup at 20") {
		t.Errorf("doctor: got\n%s", said)
	}
	segment := s.Send(201, "POST", "/api/v1/segments/", admin, `{"name":"Everyone","criteria":{}}`).Text("id")
	until(segment)
	s.Cancel()
	for lines.Scan() {
		if text := lines.Text(); text != "" {
			t.Errorf("after the end: %q", text)
		}
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the stream broke: %v", err)
	}
	if status := s.Stop(); status != 0 {
		t.Errorf("got exit status %d, want 0; stderr %s", status, s.Log)
	}
}
