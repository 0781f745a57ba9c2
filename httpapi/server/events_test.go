package server_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"crm/httpapi/crmtest"
)

// A stream of events ends properly when the service stops.
func TestEventsUntilTheEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := crmtest.Serve(t, dir)
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
