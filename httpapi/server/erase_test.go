package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// filesWith are the files below a folder that have one of the texts, whatever its case.
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
	dir := seeded(t)
	texts := []string{"zoulikha", "benqqar", "zq@qqmail.example", "655443322"}
	s := startServe(t, dir, "--limit-customers", "0")
	admin := token(t, dir)
	create := func(path, body string) string {
		t.Helper()
		r := s.request("POST", "/api/v1"+path, admin, strings.NewReader(body))
		r.Header.Set("Idempotency-Key", "key-"+path)
		got, err := do(r)
		if err != nil || got.status != 201 {
			t.Fatalf("got %+v, %v", got, err)
		}
		return got.text("id")
	}
	id := create("/customers", `{"full_name":"Zoulikha Benqqar","contact_type":"Individual","email":"zq@qqmail.example","phone":"+212655443322","tags":["Benqqar family"],"notes":"Zoulikha"}`)
	about := `{"customer_id":"` + id + `","channel":"phone","service_type":"Tour","rating":1,"summary":"Zoulikha called from +212655443322","comments":"Benqqar, zq@qqmail.example"}`
	interaction, opinion := create("/interactions", about), create("/feedback", about)
	s.send(200, "PUT", "/api/v1/customers/"+id, admin, `{"full_name":"Zoulikha B. Benqqar","phone":"0655443322","email":"ZQ@qqmail.example"}`)
	s.send(200, "PUT", "/api/v1/interactions/"+interaction, admin, `{"summary":"Zoulikha called"}`)
	s.send(200, "DELETE", "/api/v1/feedback/"+opinion, admin, "")
	if got := s.send(200, "GET", "/api/v1/customers/?query=benqqar", admin, ""); got.text("total") != "1" {
		t.Errorf("got %s", got.body)
	}
	s.stop()
	for _, text := range texts {
		if len(filesWith(t, dir, text)) < 2 {
			t.Errorf("before: %q is in %q, want the database and what is saved for lists", text, filesWith(t, dir, text))
		}
	}

	s = startServe(t, dir)
	path := s.send(201, "POST", "/api/v1/backups", admin, "{}").text("path")
	if got := s.send(200, "POST", "/api/v1/customers/"+id+"/erase", admin, ""); !strings.Contains(got.body, fmt.Sprintf("%q", path)) {
		t.Errorf("got %s, want the backup %s named", got.body, path)
	}
	if got := s.send(200, "GET", "/api/v1/customers/?query=benqqar&is_active=all", admin, ""); got.text("total") != "0" {
		t.Errorf("got %s", got.body)
	}
	s.stop()
	if err := os.Remove(path); err != nil { // as the answer said
		t.Fatal(err)
	}
	must(t, "", "compact", "--data", dir)
	if found := filesWith(t, dir, texts...); len(found) > 0 {
		t.Errorf("still there: %q", found)
	}
	must(t, "", "check", "--data", dir)
	s = startServe(t, dir)
	s.healthy()
	if got := s.send(200, "GET", "/api/v1/customers/"+id, admin, ""); got.text("erased_at") == "" {
		t.Errorf("got %s", got.body)
	}
	s.stop()
}
