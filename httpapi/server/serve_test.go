package server_test

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"crm/httpapi/crmtest"
	"crm/store"
)

func TestServeAfterUserAdd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	add := []string{"user", "add", crmtest.Email, "--role", "admin", "--data", dir}
	s := crmtest.Serve(t, dir)
	if got := s.Out.String(); !strings.Contains(got, "crm user add") || !strings.Contains(got, "--data "+dir) {
		t.Errorf("got %q, want how to make a user", got)
	}
	for _, args := range [][]string{{"seed"}, {"serve"}, {"demo"}} {
		crmtest.Refused(t, "data folder is in use", "", append(args, "--data", dir)...)
	}
	s.Stop()
	crmtest.Must(t, crmtest.Password, add...)
	s = crmtest.Serve(t, dir)
	if got := s.Out.String(); strings.Contains(got, "crm user add") {
		t.Errorf("got %q, want nothing about users", got)
	}
	first := s.Login(200, crmtest.Email, crmtest.Password)
	s.Stop()

	file := filepath.Join(t.TempDir(), "password")
	crmtest.Write(t, file, []byte("another horse\n"))
	crmtest.Must(t, "", "user", "passwd", crmtest.Email, "--password-file", file, "--data", dir)
	s = crmtest.Serve(t, dir)
	s.Ended(first)
	s.Login(401, crmtest.Email, crmtest.Password)
	second := s.Login(200, crmtest.Email, "another horse")
	s.Stop()

	crmtest.Refused(t, "last active administrator", "", "user", "disable", crmtest.Email, "--data", dir)
	crmtest.Must(t, crmtest.Password, "user", "add", "second@example.com", "--role", "admin", "--data", dir)
	crmtest.Must(t, "", "user", "disable", crmtest.Email, "--data", dir)
	if got := crmtest.Must(t, "", "user", "list", "--data", dir); !regexp.MustCompile(`(?m)^` + crmtest.Email + ` .* false +20\d\d-`).MatchString(got) {
		t.Errorf("got\n%s\nwant a user who is not active", got)
	}
	s = crmtest.Serve(t, dir)
	s.Ended(second)
	s.Login(401, crmtest.Email, "another horse")
}

func TestServeRefused(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	crmtest.Write(t, file, nil)
	tests := []struct {
		name, want string
		args       []string
	}{
		{"port is taken", "choose another one with --listen", []string{"--listen", taken.Addr().String()}},
		{"address without port", `--listen must be an address and a port, such as 127.0.0.1:8001, and is "nowhere"`, []string{"--listen", "nowhere"}},
		{"port out of range", "--listen must be an address and a port", []string{"--listen", "127.0.0.1:80000"}},
		{"address of another machine", "--listen 192.0.2.1:0 is no address of this machine", []string{"--listen", "192.0.2.1:0"}},
		{"metrics without port", "--metrics-listen must be an address and a port", []string{"--metrics-listen", "9464"}},
		{"metrics' port is taken", "choose another one with --metrics-listen", []string{"--metrics-listen", taken.Addr().String()}},
		{"recalculation backwards", "--recalculate-every must be 0 for never", []string{"--recalculate-every", "-1h"}},
		{"backups in a file", "--backup-dir: " + file + " is a file: name a folder", []string{"--backup-dir", file}},
		{"certificate without key", "--tls-cert and --tls-key belong together", []string{"--tls-cert", file}},
		{"key without certificate", "--tls-cert and --tls-key belong together", []string{"--tls-key", file}},
		{"no certificate", "no such file", []string{"--tls-cert", "none.pem", "--tls-key", file}},
		{"certificate of nothing", "are not a certificate and its key in PEM", []string{"--tls-cert", file, "--tls-key", file}},
		{"time zone", "--timezone", []string{"--timezone", "Africa/Atlantis"}},
		{"log format", "--log-format", []string{"--log-format", "xml"}},
		{"log level", "--log-level", []string{"--log-level", "loud"}},
		{"every origin", "*", []string{"--cors-origin", "*"}},
		{"no origin", "example.com/page", []string{"--cors-origin", "example.com/page"}},
		{"no proxy", "proxy.example.com", []string{"--trusted-proxy", "proxy.example.com"}},
		{"no secret file", "--jwt-secret-file must name a file", []string{"--jwt-secret-file", "none"}},
		{"no key set", "--jwks must name a file with the other issuer's keys", []string{"--jwks", "none"}},
		{"key set of nothing", "Key Set", []string{"--jwks", file}},
		{"data is a file", "--data: " + file + " is a file: name a folder", []string{"--data", file}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			crmtest.Refused(t, test.want, "", append([]string{"serve", "--listen", "127.0.0.1:0", "--data", dir}, test.args...)...)
			crmtest.Must(t, "", "seed", "--customers", "1", "--interactions", "0", "--feedback", "0", "--data", dir) // the folder is free again
		})
	}
}

func TestServeWithoutPermission(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("this user may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	crmtest.Refused(t, "name a file or folder that you may use (--data is that of the data)", "", "serve", "--listen", "127.0.0.1:0", "--data", dir)
	crmtest.Refused(t, "name a file or folder that you may use (--data is that of the data)", "", "serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "new"))
}

func TestServeLeavesGarbageAlone(t *testing.T) {
	t.Parallel()
	for name, garbage := range map[string]string{"text": "not a database", "large": strings.Repeat("not a database\n", 10_000), "zeros": strings.Repeat("\x00", 1<<16)} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, store.FileName)
			crmtest.Write(t, file, []byte(garbage))
			crmtest.Refused(t, "database", "", "serve", "--listen", "127.0.0.1:0", "--data", dir)
			if got, err := os.ReadFile(file); err != nil || string(got) != garbage {
				t.Errorf("the file changed: %d bytes, %v; want %d", len(got), err, len(garbage))
			}
		})
	}
}

func TestServeFromEnvironment(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	t.Setenv("CRM_DATA", dir)
	t.Setenv("CRM_LISTEN", "127.0.0.1:0")
	t.Setenv("CRM_LOG_FORMAT", "xml")
	t.Setenv("CRM_CORS_ORIGIN", "https://a.example.com,https://b.example.com")
	s := crmtest.Start(t, "serve", "--log-format", "json")
	if _, err := os.Stat(filepath.Join(dir, store.FileName)); err != nil {
		t.Error(err)
	}
	for origin, want := range map[string]string{"https://a.example.com": "https://a.example.com", "https://b.example.com": "https://b.example.com", "https://c.example.com": ""} {
		r := s.Request("GET", "/openapi.json", "", nil)
		r.Header.Set("Origin", origin)
		if got, err := crmtest.Do(r); err != nil || got.Header.Get("Access-Control-Allow-Origin") != want {
			t.Errorf("%s: got %q, %v, want %q", origin, got.Header.Get("Access-Control-Allow-Origin"), err, want)
		}
	}
	s.Stop()
	for line := range strings.Lines(s.Log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("log: got %q, want JSON", line)
		}
	}
	crmtest.Refused(t, "--log-format", "", "serve")
}
