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

// A request may name a file or folder in the service's folder of backups and in those that are allowed. Wherever else it points, and
// however, nothing is written.
func TestBackupToAPath(t *testing.T) {
	allowed, outside := t.TempDir(), t.TempDir()
	f := newFixture(t, func(c *Config) { c.Backups.Allowed = []string{allowed} })
	to := func(path string) *answer { return f.send("POST", "/api/v1/backups", map[string]any{"path": path}) }
	file := filepath.Join(allowed, "new", "monday"+backup.Suffix)
	for _, good := range []string{file, filepath.Join(f.api.Backups.Dir, "tuesday"+backup.Suffix), filepath.Join(allowed, "new", "..", "wednesday"+backup.Suffix)} {
		if made := to(good).want(http.StatusCreated); made.str("path") != filepath.Clean(good) {
			t.Errorf("got %s, want %s", made.str("path"), good)
		}
	}
	if made := to(filepath.Join(allowed, "new")).want(http.StatusCreated).str("path"); filepath.Dir(made) != filepath.Dir(file) {
		t.Errorf("got %s, want a file in %s", made, filepath.Dir(file))
	}
	link := filepath.Join(allowed, "link")
	if err := os.Symlink(outside, link); err != nil {
		t.Skip(err)
	}
	for _, bad := range []string{
		file, "monday", filepath.Join(file, "below"), // there is one; not from the root; a file is no folder
		outside, filepath.Join(outside, "monday"+backup.Suffix), filepath.Dir(allowed), allowed + "2", "/",
		allowed + "/../" + filepath.Base(outside), link, link + "/monday" + backup.Suffix, link + "/new",
		`\\host\share`, "//host/share", "//host/share/monday" + backup.Suffix, `\/host/share`, `\\?\UNC\host\share`,
	} {
		to(bad).wantErrors("body.path")
	}
	f.send("POST", "/api/v1/backups", map[string]any{"path": 1}).wantErrors("body.path")
	if files, err := os.ReadDir(outside); err != nil || len(files) > 0 {
		t.Errorf("written outside: %v, %v", files, err)
	}
}

// The audit has every backup, with who asked for it and where it went, also one that failed. Nothing of the records changes by it.
func TestBackupIsInTheAudit(t *testing.T) {
	f := newFixture(t)
	made := f.send("POST", "/api/v1/backups", "{}").want(http.StatusCreated)
	got := f.send("GET", "/api/v1/audit?op=backup&kind=backup", nil).want(http.StatusOK)
	got.wantFields(map[string]any{
		"items.0.path": made.str("path"), "items.0.user": testUser, "items.0.id": nil, "items.0.changes": map[string]any{}, "next": nil,
	})
	if n := len(got.texts("items", "path")); n != 1 {
		t.Errorf("got %d entries", n)
	}
	if problems, err := f.store.Check(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("got %v, %v", problems, err)
	}
}

// Only a token of our own that names the permission receives a backup: who has one can be anyone.
func TestBackupDownload(t *testing.T) {
	f := newFixture(t)
	body := map[string]any{"path": "/mnt/usb/monday" + backup.Suffix}
	f.send("POST", "/api/v1/backups/download", body).want(http.StatusForbidden) // every permission, by wildcards
	f.token = f.tokenFor("crm backup", "crm:download:backups")
	f.send("POST", "/api/v1/backups/download", "{}").wantErrors("body.path")
	got := f.send("POST", "/api/v1/backups/download", body).want(http.StatusOK)
	path := filepath.Join(t.TempDir(), "got"+backup.Suffix)
	if err := os.WriteFile(path, got.body, 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := backup.Verify(t.Context(), path, nil); err != nil || b.VerifiedAt == nil || b.Seq != f.store.Seq() {
		t.Errorf("got %+v, %v", b, err)
	}
	f.token = f.tokenFor(testUser, "crm:read:audit")
	f.send("GET", "/api/v1/audit?op=backup", nil).wantFields(map[string]any{"items.0.path": body["path"], "items.0.user": "crm backup"})
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), ".crm-spool-*")); left != nil {
		t.Errorf("left %q", left)
	}
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
