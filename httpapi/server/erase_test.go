package server_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crm/httpapi/crmtest"
)

// filesWith returns the files below a folder that have one of the texts, whatever its case.
func filesWith(t *testing.T, dir string, texts ...string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, text := range texts {
			if bytes.Contains(bytes.ToLower(raw), []byte(text)) {
				found = append(found, fmt.Sprintf("%s (%s)", filepath.Base(path), text))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestErasedIsNowhere writes a person to everything that the program keeps, erases that person, and looks at every byte of the
// folder: nothing is left after the compaction.
func TestErasedIsNowhere(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	texts := []string{"zoulikha", "benqqar", "zq@qqmail.example", "655443322"}
	s := crmtest.Serve(t, dir, "--limit-customers", "0")
	admin := crmtest.Token(t, dir)
	create := func(path, body string) string {
		t.Helper()
		r := s.Request("POST", "/api/v1"+path, admin, strings.NewReader(body))
		r.Header.Set("Idempotency-Key", "key-"+path)
		got, err := crmtest.Do(r)
		if err != nil || got.Status != 201 {
			t.Fatalf("got %+v, %v", got, err)
		}
		return got.Text("id")
	}
	id := create("/customers", `{"full_name":"Zoulikha Benqqar","contact_type":"Individual","email":"zq@qqmail.example","phone":"+212655443322","tags":["Benqqar family"],"notes":"Zoulikha"}`)
	about := `{"customer_id":"` + id + `","channel":"phone","service_type":"Tour","rating":1,"summary":"Zoulikha called from +212655443322","comments":"Benqqar, zq@qqmail.example"}`
	interaction, opinion := create("/interactions", about), create("/feedback", about)
	s.Send(200, "PUT", "/api/v1/customers/"+id, admin, `{"full_name":"Zoulikha B. Benqqar","phone":"0655443322","email":"ZQ@qqmail.example"}`)
	s.Send(200, "PUT", "/api/v1/interactions/"+interaction, admin, `{"summary":"Zoulikha called"}`)
	s.Send(200, "DELETE", "/api/v1/feedback/"+opinion, admin, "")
	if got := s.Send(200, "GET", "/api/v1/customers/?query=benqqar", admin, ""); got.Text("total") != "1" {
		t.Errorf("got %s", got.Body)
	}
	s.Stop()
	for _, text := range texts {
		if len(filesWith(t, dir, text)) < 2 {
			t.Errorf("before: %q is in %q, want the database and what is saved for lists", text, filesWith(t, dir, text))
		}
	}

	s = crmtest.Serve(t, dir)
	path := s.Send(201, "POST", "/api/v1/backups", admin, "{}").Text("path")
	if got := s.Send(200, "POST", "/api/v1/customers/"+id+"/erase", admin, ""); !strings.Contains(got.Body, fmt.Sprintf("%q", path)) {
		t.Errorf("got %s, want the backup %s named", got.Body, path)
	}
	if got := s.Send(200, "GET", "/api/v1/customers/?query=benqqar&is_active=all", admin, ""); got.Text("total") != "0" {
		t.Errorf("got %s", got.Body)
	}
	s.Stop()
	if err := os.Remove(path); err != nil { // as the answer said
		t.Fatal(err)
	}
	crmtest.Must(t, "", "compact", "--data", dir)
	if found := filesWith(t, dir, texts...); len(found) > 0 {
		t.Errorf("still there: %q", found)
	}
	crmtest.Must(t, "", "check", "--data", dir)
	s = crmtest.Serve(t, dir)
	s.Healthy()
	if got := s.Send(200, "GET", "/api/v1/customers/"+id, admin, ""); got.Text("erased_at") == "" {
		t.Errorf("got %s", got.Body)
	}
	s.Stop()
}
