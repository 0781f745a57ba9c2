package local

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"crm/auth"
	"crm/store"
	"crm/store/doctor"
)

// The service says of itself what went wrong since it started.
func TestDiagnoseFailures(t *testing.T) {
	issuer, err := auth.NewIssuer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	failed := store.TimeOf(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))
	unreadable := func(n int) []doctor.Finding {
		return []doctor.Finding{{Code: doctor.RecordsUnreadable, Facts: store.Facts{"count": n}}}
	}
	for _, tt := range []struct {
		name, status string
		want         []doctor.Finding
	}{
		{"nothing", `{}`, nil},
		{"backup", `{"backup_failed_at":"2026-11-23T10:00:00Z"}`, []doctor.Finding{{Code: doctor.BackupFailed, Facts: store.Facts{"time": failed}}}},
		{"one record", `{"unreadable":{"count":1}}`, unreadable(1)},
		{"records", `{"unreadable":{"count":2}}`, unreadable(2)},
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
			if found := c.diagnose(t.Context()); !reflect.DeepEqual(found, tt.want) {
				t.Errorf("got %v, want %v", found, tt.want)
			}
		})
	}
}
