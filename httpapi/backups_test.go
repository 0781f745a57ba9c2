package httpapi

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crm/store/backup"
)

func TestBackups(t *testing.T) {
	f := newFixture(t)
	f.send("GET", "/api/v1/backups", nil).want(http.StatusOK)
	f.newCustomer(1).want(http.StatusCreated)
	first := f.send("POST", "/api/v1/backups", "{}").want(http.StatusCreated)
	if first.num("counts.customer") != 1 || first.num("seq") != float64(f.store.Seq()) || first.str("verified_at") == "" {
		t.Errorf("got %s", first.body)
	}
	f.pass(1e9)
	second := f.send("POST", "/api/v1/backups", "{}").want(http.StatusCreated)
	list := f.send("GET", "/api/v1/backups", nil).want(http.StatusOK)
	if list.num("total") != 2 || list.str("items.0.path") != second.str("path") || list.str("items.1.path") != first.str("path") {
		t.Errorf("got %s", list.body)
	}
	if oldest := f.send("GET", "/api/v1/backups?sort=time&size=1", nil).want(http.StatusOK); oldest.str("items.0.path") != first.str("path") {
		t.Errorf("got %s", oldest.body)
	}
	if err := os.Truncate(second.str("path"), 1000); err != nil {
		t.Fatal(err)
	}
	f.send("GET", "/api/v1/backups", nil).want(http.StatusOK)
	f.send("GET", "/api/v1/backups?sort=size", nil).wantErrors("query.sort")
}

func TestBackupToAPath(t *testing.T) {
	f := newFixture(t)
	file := filepath.Join(t.TempDir(), "new", "monday"+backup.Suffix)
	if made := f.send("POST", "/api/v1/backups", map[string]any{"path": file}).want(http.StatusCreated); made.str("path") != file {
		t.Errorf("got %s, want %s", made.str("path"), file)
	}
	f.send("POST", "/api/v1/backups", map[string]any{"path": file}).wantErrors("body.path")
	f.send("POST", "/api/v1/backups", map[string]any{"path": "monday"}).wantErrors("body.path")
	f.send("POST", "/api/v1/backups", map[string]any{"path": 1}).wantErrors("body.path")
	f.send("POST", "/api/v1/backups", map[string]any{"path": filepath.Join(file, "below")}).wantErrors("body.path") // a file is no folder
}

// A backup may take longer than the server lets other requests take.
func TestBackupOutlastsTimeLimits(t *testing.T) {
	f := newFixture(t)
	server := httptest.NewUnstartedServer(f.api)
	server.Config.WriteTimeout = 1 // over before any answer is written
	server.Start()
	defer server.Close()
	send := func(method, path string) (int, error) {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader("{}"))
		if err != nil {
			return 0, err
		}
		r.Header.Set("Authorization", "Bearer "+f.token)
		response, err := server.Client().Do(r)
		if err != nil {
			return 0, err
		}
		return response.StatusCode, response.Body.Close()
	}
	if status, err := send("GET", "/api/v1/backups"); err == nil {
		t.Errorf("another request: got %d, want it to run out of time", status)
	}
	if status, err := send("POST", "/api/v1/backups"); err != nil || status != http.StatusCreated {
		t.Errorf("got %d, %v", status, err)
	}
}
