//go:build linux

package server_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"crm/httpapi/crmtest"
	"crm/store"
)

// TestDiskFull takes the room away from a service in a process of its own, by a full disk and by a file that may not grow.
// Writes are a 507 and change nothing, reads go on, and writes work again when there is room.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		// prepare returns a folder, and functions that take the disk space away from the process and give it back.
		prepare func(t *testing.T) (dir string, take, give func(pid int) error)
	}{
		{"full disk", fullDisk},
		{"file that may not grow", fullFile},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir, take, give := test.prepare(t)
			crmtest.Must(t, "", "seed", "--data", dir, "--customers", "60", "--interactions", "0", "--feedback", "0")
			ctx, cancel := context.WithTimeout(t.Context(), 3*crmtest.Limit)
			defer cancel()
			cmd := crmtest.Program(ctx, t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--limit-customers", "0")
			s := crmtest.Begin(t, cmd)
			defer crmtest.Terminate(t, cmd)
			s.Healthy()
			withoutRoom(s, cmd.Process.Pid, crmtest.Token(t, dir), take, give, test.name == "full disk")
		})
	}
}

// TestReadyAgain makes every write of a service fail for a while. The service is not ready then, and becomes ready again without a request
// that writes.
func TestReadyAgain(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*crmtest.Limit)
	defer cancel()
	cmd := crmtest.Program(ctx, t, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	s := crmtest.Begin(t, cmd)
	s.Healthy()
	s.Send(200, "GET", "/readyz", "", "")
	crmtest.Must(t, "", "health", "--data", dir)
	admin := crmtest.Token(t, dir)
	var was unix.Rlimit
	if err := unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 0, Max: unix.RLIM_INFINITY}, &was); err != nil {
		t.Skip("no limits: ", err)
	}
	s.Send(507, "POST", "/api/v1/customers/", admin, crmtest.Customer(1))
	for range 3 {
		if got := s.Send(503, "GET", "/readyz", "", ""); !strings.Contains(got.Body, `"store":"full"`) || got.Header.Get("Retry-After") == "" {
			t.Errorf("got %v, %s", got.Header, got.Body)
		}
	}
	crmtest.Refused(t, "is not ready: its store is full", "", "health", "--data", dir)
	if said, _ := crmtest.Failed(t, "doctor", "--data", dir); !strings.Contains(said, "No changes can be saved") {
		t.Errorf("doctor says\n%s", said)
	}
	s.Send(200, "GET", "/livez", "", "")
	if err := unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_FSIZE, &was, nil); err != nil {
		t.Fatal(err)
	}
	for range crmtest.Every(ctx, 20*time.Millisecond) {
		if got, err := crmtest.Do(s.Request("GET", "/readyz", "", nil)); err == nil && got.Status == 200 {
			break
		}
	}
	s.Send(201, "POST", "/api/v1/customers/", admin, crmtest.Customer(2))
	crmtest.Terminate(t, cmd)
}

// TestStartOnFullDisk starts a service where there is no room for a write-ahead log: it serves without one.
func TestStartOnFullDisk(t *testing.T) {
	t.Parallel()
	dir, take, give := fullDisk(t)
	crmtest.Must(t, "", "seed", "--data", dir, "--customers", "60", "--interactions", "0", "--feedback", "0")
	t.Run("first", func(t *testing.T) { crmtest.Serve(t, dir).Healthy() }) // makes the key
	admin := crmtest.Token(t, dir)
	filler := filepath.Join(filepath.Dir(dir), "filler")
	if err := take(0); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filler)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filler, info.Size()-2<<20); err != nil {
		t.Fatal(err)
	}
	t.Run("full", func(t *testing.T) {
		s := crmtest.Serve(t, dir)
		s.Healthy()
		s.Send(201, "POST", "/api/v1/customers/", admin, bulky(1))
	})
	if _, err := os.Stat(filepath.Join(dir, store.WALName)); err == nil {
		t.Error("half a write-ahead log was left behind")
	}
	if err := give(0); err != nil {
		t.Fatal(err)
	}
	s := crmtest.Serve(t, dir)
	s.Healthy()
	if got := s.Send(200, "GET", "/api/v1/customers/?query=bulky", admin, "").Text("total"); got != "1" {
		t.Errorf("got %s customers, want what was written on the full disk", got)
	}
}

func withoutRoom(s *crmtest.Service, pid int, token string, take, give func(pid int) error, wholeDisk bool) {
	s.T.Helper()
	if err := take(pid); err != nil {
		s.T.Fatal(err)
	}
	n, made := 0, 0
	for refused := 0; refused < 5; n++ { // what a commit frees may be room for one more
		got, err := crmtest.Do(s.Request("POST", "/api/v1/customers/", token, strings.NewReader(bulky(n))))
		if err != nil {
			s.T.Fatal(err)
		}
		if got.Status == 507 {
			if got.Header.Get("Retry-After") == "" || !strings.Contains(got.Text("detail"), "disk is full") {
				s.T.Errorf("got %v, %s", got.Header, got.Body)
			}
			refused++
			continue
		}
		refused = 0
		if made++; got.Status != 201 || made > 10_000 {
			s.T.Fatalf("create %d: got %d, body %s", n, got.Status, got.Body)
		}
	}
	count := func() string {
		return s.Send(200, "GET", "/api/v1/customers/?query=bulky&size=1", token, "").Text("total")
	}
	before := count()
	for range 3 {
		s.Send(507, "POST", "/api/v1/customers/", token, bulky(n))
	}
	if wholeDisk {
		s.Send(507, "POST", "/api/v1/backups/", token, "{}")
	}
	if got := count(); got != before {
		s.T.Errorf("got %s customers, want %s as before the refusals", got, before)
	}
	if err := give(pid); err != nil {
		s.T.Fatal(err)
	}
	s.Send(201, "POST", "/api/v1/customers/", token, bulky(n))
	s.Send(201, "POST", "/api/v1/backups/", token, "{}")
}

// bulky returns a customer with notes of 9 kB.
func bulky(n int) string {
	return strings.Replace(crmtest.Customer(n), `"full_name":"Load`, `"notes":"`+strings.Repeat("Atlas ", 1500)+`","full_name":"Bulky`, 1)
}

// fullDisk returns a small file system in memory, which a file fills up.
func fullDisk(t *testing.T) (dir string, take, give func(int) error) {
	t.Helper()
	disk := t.TempDir()
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=24m"); err != nil {
		t.Skip("no mount: ", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	filler := filepath.Join(disk, "filler")
	take = func(int) error {
		f, err := os.Create(filler)
		if err != nil {
			return err
		}
		defer f.Close()
		for err == nil {
			_, err = f.Write(make([]byte, 4096))
		}
		return nil
	}
	return filepath.Join(disk, "data"), take, func(int) error { return os.Remove(filler) }
}

// fullFile lets the process grow no file much beyond the database's size.
func fullFile(t *testing.T) (dir string, take, give func(int) error) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	var was unix.Rlimit
	take = func(pid int) error {
		info, err := os.Stat(filepath.Join(dir, store.FileName))
		if err != nil {
			return err
		}
		if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &was); err != nil {
			return err
		}
		return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: uint64(info.Size()), Max: was.Max}, nil)
	}
	return dir, take, func(pid int) error { return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &was, nil) }
}
