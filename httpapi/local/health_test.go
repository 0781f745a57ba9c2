package local_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"crm/httpapi/crmtest"
)

// serveHTTP returns a server of something else until the test ends.
func serveHTTP(t *testing.T, handle http.HandlerFunc) (url string) {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server.URL
}

func TestHealth(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	crmtest.Refused(t, "no service runs on "+dir+": start it with crm serve", "", "health", "--data", dir)
	file := filepath.Join(t.TempDir(), "file")
	crmtest.Write(t, file, nil)
	for _, args := range [][]string{{"health"}, {"user", "list"}, {"check"}, {"compact"}, {"backup"}, {"seed"}} {
		crmtest.Refused(t, "--data: "+file+" is a file: name a folder", "", append(args, "--data", file)...)
	}
	s := crmtest.Serve(t, dir)
	for _, args := range [][]string{{"--data", dir}, {"--url", s.URL}, {"--url", s.URL + "/"}} {
		if got := crmtest.Must(t, "", append([]string{"health"}, args...)...); got != "The service is ready.\n" {
			t.Errorf("%q: got %q", args, got)
		}
	}
	note, err := os.ReadFile(filepath.Join(dir, "server.json"))
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
	crmtest.Refused(t, "no service answers at "+s.URL, "", "health", "--url", s.URL)
	crmtest.Write(t, filepath.Join(dir, "server.json"), note) // what a crash leaves
	crmtest.Refused(t, "no service answers at "+s.URL, "", "health", "--data", dir)
	stranger := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) })
	crmtest.Refused(t, "is not crm", "", "health", "--url", stranger)
	unready := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"status":"unavailable","checks":{"store":"full","schema":"ok","index":"ok"}}`))
	})
	crmtest.Refused(t, "is not ready: its store is full", "", "health", "--url", unready)
}
