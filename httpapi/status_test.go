package httpapi

import (
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"crm/index"
	"crm/store"
)

func TestStatus(t *testing.T) {
	f := newFixture(t)
	customer := f.send("POST", "/api/v1/customers", ahmed()).want(http.StatusCreated).str("id")
	f.newCustomer(2).want(http.StatusCreated)
	f.send("DELETE", "/api/v1/customers/"+customer, nil).want(http.StatusOK) // inactive ones count
	f.send("POST", "/v1/interactions/", map[string]any{"customer_id": customer, "channel": "phone", "summary": "Atlas tour"}).want(http.StatusCreated)
	f.send("POST", "/v1/feedback/", map[string]any{"customer_id": customer, "service_type": "Tour", "rating": 5}).want(http.StatusCreated)
	f.send("POST", "/v1/segments/", map[string]any{"name": "All", "criteria": map[string]any{}}).want(http.StatusCreated)
	f.addStaff("fatima@example.com", "agent")
	f.pass(90 * time.Second)
	f.eventually("the index", func() bool { return f.index.Applied() == f.store.Seq() })
	got := f.send("GET", "/v1/status", nil).want(http.StatusOK)
	for path, want := range map[string]any{
		"version": "test", "go_version": runtime.Version(), "started_at": "2026-11-23T10:00:00.000Z", "uptime_seconds": 90.0,
		"schema": float64(store.Schema()), "seq": float64(f.store.Seq()), "counts.customers": 2.0, "counts.interactions": 1.0,
		"counts.feedback": 1.0, "counts.segments": 1.0, "counts.users": 1.0, "index.ready": true, "last_backup": nil, "backup_failed_at": nil, "sizes.backups": 0.0,
		"sizes.database": float64(f.store.Size()),
	} {
		if value := got.get(path); value != want {
			t.Errorf("%s: got %v, want %v", path, value, want)
		}
	}
	if got.num("disk_free") <= 0 || got.num("sizes.database_free") >= got.num("sizes.database") {
		t.Errorf("disk_free, database_free: got %s", got.body)
	}

	made := f.send("POST", "/api/v1/backups", map[string]any{}).want(http.StatusCreated)
	file := filepath.Join(f.dir, "index", "of-some-size")
	if err := os.WriteFile(file, make([]byte, 12_345), 0o600); err != nil {
		t.Fatal(err)
	}
	now := f.send("GET", "/v1/status", nil).want(http.StatusOK)
	for _, field := range []string{"path", "time", "size", "verified_at"} {
		if value := now.get("last_backup." + field); value != made.get(field) {
			t.Errorf("last_backup.%s: got %v, want %v", field, value, made.get(field))
		}
	}
	if now.num("sizes.backups") != made.num("size") {
		t.Errorf("sizes.backups: got %v, want %v", now.num("sizes.backups"), made.num("size"))
	}
	if now.num("sizes.index") < 12_345 {
		t.Errorf("sizes.index: got %v, want those of the file at least", now.num("sizes.index"))
	}
}

// While the index is loading, the store counts.
func TestStatusWhileLoading(t *testing.T) {
	f := newFixture(t)
	for n := range 3 {
		f.newCustomer(n).want(http.StatusCreated)
	}
	f.api = f.newAPI(func(c *Config) { c.Index = index.New(f.store, t.TempDir(), index.Options{}) })
	if got := f.send("GET", "/api/v1/status", nil).want(http.StatusOK); got.num("counts.customers") != 3 || got.get("index.ready") != false {
		t.Errorf("got %s", got.body)
	}
}
