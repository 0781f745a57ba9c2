package local_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"crm/httpapi/crmtest"
)

// bucket starts the server that $CRM_S3_SERVER names, and returns the address of an empty bucket and the query that goes with it.
func bucket(t *testing.T) (address, query string) {
	t.Helper()
	program := os.Getenv("CRM_S3_SERVER")
	switch {
	case program == "" && os.Getenv("CRM_NEED_ALL") != "":
		t.Fatal("CRM_S3_SERVER names no server: see testdata/s3")
	case program == "":
		t.Skip("CRM_S3_SERVER names no server: see testdata/s3")
	}
	root, listen := t.TempDir(), freeAddress(t)
	if err := os.Mkdir(filepath.Join(root, "offsite"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--access", "access", "--secret", "secret-of-the-bucket", "--port", listen, "--quiet", "posix", "--sidecar", t.TempDir(), root)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	until(t, func() bool { c, err := net.Dial("tcp", listen); return err == nil && c.Close() == nil })
	return "s3://offsite/crm", "?endpoint=http://" + listen + "&region=us-east-1"
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// until returns when something is so.
func until(t *testing.T, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), crmtest.Limit)
	defer cancel()
	for range crmtest.Every(ctx, 50*time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatal("it is not so after", crmtest.Limit)
}

// A service copies its backups to a bucket and to a folder, and says how old the copies are. What is in the bucket is listed, verified and
// restored from there.
func TestOffsite(t *testing.T) {
	t.Parallel()
	dir, usb, elsewhere := crmtest.Seeded(t), t.TempDir(), t.TempDir()
	address, query := bucket(t)
	keys := filepath.Join(t.TempDir(), "keys")
	crmtest.Write(t, keys, []byte("[default]\naws_access_key_id = access\naws_secret_access_key = secret-of-the-bucket\n"))
	metrics := freeAddress(t)
	s := crmtest.Serve(t, dir, "--backup-to", address+query, "--backup-to", usb, "--backup-keys", keys, "--metrics-listen", metrics)
	s.Healthy()
	admin := crmtest.Token(t, dir)
	made := filepath.Base(strings.Fields(crmtest.Must(t, "", "backup", "--data", dir))[0])
	copied := regexp.MustCompile(`"to":"[^"]*","failed_at":null,"last_backup":{`)
	until(t, func() bool {
		return len(copied.FindAllString(s.Send(200, "GET", "/api/v1/status", admin, "").Body, -1)) == 2
	})
	if _, out, _ := crmtest.Run(t, "", "doctor", "--data", dir); !strings.Contains(out, "The last backup in "+address) || !strings.Contains(out, "The last backup in "+usb) {
		t.Errorf("doctor: got %s", out)
	}
	id := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(s.Send(200, "GET", "/api/v1/customers/?size=1", admin, "").Body)[1]
	erased := s.Send(200, "POST", "/api/v1/customers/"+id+"/erase", admin, "").Body
	for _, path := range []string{address + "/" + made + query, filepath.Join(usb, made)} {
		if !strings.Contains(erased, fmt.Sprintf("%q", path)) {
			t.Errorf("erasure: got %s, want %s named", erased, path)
		}
	}
	s.Stop()
	file := address + "/" + made + query
	for _, test := range []struct {
		want string
		args []string
	}{
		{file, []string{"backup", "list", address + query, "--data", dir}},
		{file + " is whole: 60 customers", []string{"backup", "verify", file}},
		{elsewhere + " has 60 customers", []string{"restore", file, "--data", elsewhere}},
	} {
		if said := crmtest.Must(t, "", append(test.args, "--backup-keys", keys)...); !strings.Contains(said, test.want) {
			t.Errorf("%q: got %s, want %q", test.args, said, test.want)
		}
	}
	crmtest.Refused(t, "there are no keys to "+address, "", "restore", file, "--data", elsewhere)
	crmtest.Refused(t, "there are no keys to "+address, "", "serve", "--data", dir, "--backup-to", address+query)
	crmtest.Refused(t, "it names no bucket: give s3://bucket/prefix", "", "serve", "--data", dir, "--backup-to", "s3:///crm")
	crmtest.Refused(t, "without TLS and not on this machine", "", "backup", "list", "s3://b/crm?endpoint=http://nas.example.com", "--backup-keys", keys)
	crmtest.Refused(t, "there is no such bucket or file", "", "backup", "verify", address+"/none.crmbackup"+query, "--backup-keys", keys)
	crmtest.Write(t, keys, []byte("[default]\naws_access_key_id = access\naws_secret_access_key = another\n"))
	crmtest.Refused(t, "look at $AWS_ACCESS_KEY_ID, or at the file that --backup-keys names", "", "backup", "list", address+query, "--backup-keys", keys)
}
