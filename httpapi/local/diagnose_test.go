package local

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"crm/auth"
)

// The service says of itself what went wrong since it started.
func TestDiagnoseFailures(t *testing.T) {
	issuer, err := auth.NewIssuer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, status string
		want         []string
	}{
		{"nothing", `{}`, nil},
		{"backup", `{"backup_failed_at":"2026-11-23T10:00:00Z"}`, []string{"The service could not make a backup at 2026-11-23T10:00:00.000Z."}},
		{"one record", `{"unreadable":{"count":1}}`, []string{"The service leaves out 1 record that cannot be read."}},
		{"records", `{"unreadable":{"count":2}}`, []string{"The service leaves out 2 records that cannot be read."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/api/v1/status" {
					http.NotFound(w, r)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprint(w, tt.status)
			}))
			defer service.Close()
			c := &Client{actor: "crm doctor", transport: http.DefaultTransport, issuer: issuer, note: &Note{URL: service.URL}}
			found := c.diagnose(t.Context())
			if len(found) != len(tt.want) {
				t.Fatalf("got %+v, want %q", found, tt.want)
			}
			for i, want := range tt.want {
				if found[i].Text != want || found[i].Advice == "" {
					t.Errorf("got %+v, want %q and an advice", found[i], want)
				}
			}
		})
	}
}
