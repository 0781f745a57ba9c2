package server_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"crm/httpapi/crmtest"
)

// Whatever a service writes, only its owner can read.
func TestFilesAreTheOwners(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no such bits")
	}
	dir := filepath.Join(t.TempDir(), "crm")
	crmtest.Must(t, "", "seed", "--customers", "50", "--interactions", "50", "--feedback", "10", "--data", dir)
	s := crmtest.Serve(t, dir)
	s.Healthy()
	s.Send(201, "POST", "/api/v1/customers/", crmtest.Token(t, dir), `{"full_name":"Ahmed","contact_type":"Individual","email":"ahmed@example.com","phone":"0612345678"}`)
	s.Send(200, "GET", "/api/v1/customers/?query=ahmed", crmtest.Token(t, dir), "")
	check := func() {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil // a file that the index has just merged into another
			}
			if info, err := d.Info(); err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %s", path, info.Mode())
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	check()
	s.Stop()
	check()
}

func TestKeyThatOthersCanRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no such bits")
	}
	dir := t.TempDir()
	s := crmtest.Serve(t, dir)
	if s.Stop(); strings.Contains(s.Log.String(), "chmod") {
		t.Errorf("got %s, want no warning of a new key", s.Log)
	}
	for _, mode := range []os.FileMode{0o640, 0o604} {
		if err := os.Chmod(crmtest.KeyFile(dir), mode); err != nil {
			t.Fatal(err)
		}
		s = crmtest.Serve(t, dir)
		if s.Stop(); strings.Count(s.Log.String(), "chmod 600") != 1 {
			t.Errorf("mode %s: got %s, want one warning", mode, s.Log)
		}
	}
}

// The start warns of settings that make tokens of another issuer less secure.
func TestWarningsOfAnotherIssuer(t *testing.T) {
	t.Parallel()
	long, short := filepath.Join(t.TempDir(), "long"), filepath.Join(t.TempDir(), "short")
	crmtest.Write(t, long, []byte(strings.Repeat("s", 32)+"\n"))
	crmtest.Write(t, short, []byte(strings.Repeat("s", 31)+"\n"))
	for _, test := range []struct {
		name  string
		args  []string
		warns []string
	}{
		{"none", nil, nil},
		{"all said", []string{"--jwt-secret-file", long, "--jwt-issuer", "i", "--jwt-audience", "a"}, nil},
		{"short secret", []string{"--jwt-secret-file", short, "--jwt-issuer", "i", "--jwt-audience", "a"}, []string{"32 bytes"}},
		{"no audience", []string{"--jwt-secret-file", long, "--jwt-issuer", "i"}, []string{"--jwt-audience"}},
		{"no issuer", []string{"--jwt-secret-file", short, "--jwt-audience", "a"}, []string{"32 bytes", "--jwt-audience"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := crmtest.Serve(t, t.TempDir(), test.args...)
			s.Stop()
			for _, warning := range []string{"32 bytes", "--jwt-audience"} {
				if got, want := strings.Contains(s.Log.String(), warning), slices.Contains(test.warns, warning); got != want {
					t.Errorf("%q is said: got %v, want %v; %s", warning, got, want, s.Log)
				}
			}
		})
	}
}
