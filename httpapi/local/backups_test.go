package local_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"crm/httpapi/crmtest"
	"crm/store"
	"crm/store/backup"
)

// TestDrill makes a backup through the service while clients write, restores it elsewhere, and finds there every
// acknowledged customer up to the manifest's sequence, by id and by search, and none that came later.
func TestDrill(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	s := crmtest.Serve(t, dir, "--limit-customers", "0")
	s.Healthy()
	admin := crmtest.Token(t, dir)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ids := createUntil(s, ctx, admin)
	for range 20 {
		<-ids
	}
	said := crmtest.Must(t, "", "backup", "--data", dir)
	file := regexp.MustCompile(`(?m)^(\S+\.crmbackup) is whole and verified: (\d+) customers`).FindStringSubmatch(said)
	if file == nil {
		t.Fatalf("got %q", said)
	}
	acked := 20 // at least 20 are in the backup; those that follow came during it or later
	for range 20 {
		<-ids
		acked++
	}
	stop()
	for range ids {
		acked++
	}
	s.Stop()
	if _, err := os.Stat(filepath.Join(dir, "server.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the note of the service's address is left: %v", err)
	}
	backup, err := backup.Read(file[1])
	if err != nil {
		t.Fatal(err)
	}
	if list := crmtest.Must(t, "", "backup", "list", "--data", dir); strings.Count(list, "\n") != 2 || !strings.Contains(list, file[1]) {
		t.Errorf("list: got\n%s", list)
	}
	if said := crmtest.Must(t, "", "backup", "verify", file[1]); !strings.Contains(said, "is whole: "+file[2]+" customers") {
		t.Errorf("verify: got %q", said)
	}

	elsewhere := filepath.Join(t.TempDir(), "new")
	crmtest.Must(t, "", "restore", file[1], "--data", elsewhere, "--keep-sessions")
	want := created(t, dir, backup.Seq)
	if len(want) < 60+20 || len(want) >= 60+acked {
		t.Errorf("%d of %d customers are in the backup: it was not made among the writes", len(want), 60+acked)
	}
	s = crmtest.Serve(t, elsewhere)
	s.Healthy()
	for id, name := range want {
		s.Send(200, "GET", "/api/v1/customers/"+id, admin, "") // the key came with the backup
		if !strings.HasPrefix(name, "Load") {
			continue
		}
		if got := s.Send(200, "GET", "/api/v1/customers/?query="+strings.ReplaceAll(name, " ", "+"), admin, ""); !strings.Contains(got.Body, id) {
			t.Errorf("%s is not found: %s", name, got.Body)
		}
	}
	if got := s.Send(200, "GET", "/api/v1/customers/?is_active=all", admin, "").Text("total"); got != fmt.Sprint(len(want)) {
		t.Errorf("got %s customers, want %d", got, len(want))
	}
	crmtest.Refused(t, "data folder is in use", "", "restore", file[1], "--data", elsewhere)
}

// createUntil creates customers with 16 clients until ctx ends, and sends the number of each that is acknowledged.
func createUntil(s *crmtest.Service, ctx context.Context, token string) <-chan int {
	acked := make(chan int)
	var wg sync.WaitGroup
	for client := range 16 {
		wg.Go(func() {
			for n := client; ctx.Err() == nil; n += 16 {
				got, err := crmtest.Do(s.Request("POST", "/api/v1/customers/", token, strings.NewReader(crmtest.Customer(n))))
				if err != nil || got.Status != 201 {
					s.T.Errorf("create: %d, %v; body %s", got.Status, err, got.Body)
					return
				}
				acked <- n
			}
		})
	}
	go func() { wg.Wait(); close(acked) }()
	return acked
}

// created returns the names, by id, of the customers that the log up to seq created.
func created(t *testing.T, dir string, seq uint64) map[string]string {
	t.Helper()
	names := map[string]string{}
	err := inStore(dir, func(st *store.Store) error {
		return st.View(func(tx *store.Tx) error {
			for change, err := range tx.Changes(0) {
				if err != nil {
					return err
				}
				if change.Seq <= seq && change.Kind == store.KindCustomer && change.Op == store.OpCreate {
					c, err := tx.Customer(change.ID)
					if err != nil {
						return err
					}
					names[c.ID.String()] = c.Name()
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Beside a service, crm backup writes to a folder that the service may not write to, and the service's audit has it all the same.
func TestBackupBesideAService(t *testing.T) {
	t.Parallel()
	dir, usb := crmtest.Seeded(t), t.TempDir()
	s := crmtest.Serve(t, dir)
	s.Healthy()
	admin, file := crmtest.Token(t, dir), filepath.Join(usb, "monday"+backup.Suffix)
	s.Send(422, "POST", "/api/v1/backups", admin, fmt.Sprintf(`{"path":%q}`, file))
	if said := crmtest.Must(t, "", "backup", file, "--data", dir); !strings.HasPrefix(said, file+" is whole and verified: 60 customers") {
		t.Errorf("got %q", said)
	}
	crmtest.Must(t, "", "backup", "verify", file)
	crmtest.Refused(t, "there is a file of this name already", "", "backup", file, "--data", dir)
	crmtest.Refused(t, "the folder above it is not there", "", "backup", filepath.Join(usb, "no", "such"), "--data", dir)
	here := strings.Fields(crmtest.Must(t, "", "backup", "--data", dir))[0]
	audit := s.Send(200, "GET", "/api/v1/audit/?op=backup", admin, "").Body
	for _, want := range []string{fmt.Sprintf("%q", file), fmt.Sprintf("%q", here), `"user":"crm backup"`} {
		if !strings.Contains(audit, want) {
			t.Errorf("got %s, want %s in it", audit, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".crm-*")); left != nil {
		t.Errorf("left %q", left)
	}
	s.Stop()
}

// The service encrypts every backup for the owner of a key, also one that a command receives. Without the key it is listed and compared with what
// was written; with it, it comes back.
func TestEncryptedBackups(t *testing.T) {
	t.Parallel()
	dir, usb, key := crmtest.Seeded(t), t.TempDir(), filepath.Join(t.TempDir(), "key.txt")
	recipient := regexp.MustCompile(`age1\w+`).FindString(crmtest.Must(t, "", "backup", "key", key))
	other := filepath.Join(t.TempDir(), "other.txt")
	crmtest.Must(t, "", "backup", "key", other)
	s := crmtest.Serve(t, dir, "--backup-recipient", recipient)
	s.Healthy()
	file := filepath.Join(usb, "monday"+backup.Suffix)
	for _, args := range [][]string{{file}, nil} {
		if said := crmtest.Must(t, "", append([]string{"backup", "--data", dir}, args...)...); !strings.Contains(said, "encrypted for "+recipient[:20]) {
			t.Errorf("got %q", said)
		}
	}
	crmtest.Refused(t, "the service encrypts its backups itself: leave out --backup-recipient", "", "backup", usb, "--data", dir, "--backup-recipient", recipient)
	s.Stop()
	plain := filepath.Join(usb, "plain"+backup.Suffix)
	crmtest.Must(t, "", "backup", plain, "--data", dir)
	for _, test := range []struct {
		want string
		args []string
	}{
		{"encrypted", []string{"backup", "list", "--data", dir}},
		{"byte for byte, what was written", []string{"backup", "verify", file}},
		{"is whole: 60 customers", []string{"backup", "verify", file, "--identity", key}},
		{"is whole: 60 customers", []string{"backup", "verify", plain, "--identity", key}},
		{"has 60 customers", []string{"restore", file, "--identity", key, "--data", filepath.Join(usb, "new")}},
	} {
		if said := crmtest.Must(t, "", test.args...); !strings.Contains(said, test.want) {
			t.Errorf("%q: got %s", test.args, said)
		}
	}
	crmtest.Refused(t, "is encrypted for "+recipient[:20]+"…: give the file with its secret key", "", "restore", file, "--data", dir)
	crmtest.Refused(t, "--identity names another key", "", "restore", file, "--data", dir, "--identity", other)
	crmtest.Refused(t, "crm backup key makes one", "", "backup", "--data", dir, "--backup-recipient", "age1nonsense")
	crmtest.Refused(t, "crm backup key makes one", "", "serve", "--data", dir, "--backup-recipient", "age1nonsense")
}

// After a restore nobody who was signed in when the backup was made is so again, and who can sign in is listed. A move keeps sign-ins.
func TestRestoreSignsEverybodyOut(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	for _, who := range []string{"fatima", "karim"} {
		crmtest.Must(t, crmtest.Password, "user", "add", who+"@example.com", "--role", "admin", "--data", dir)
	}
	crmtest.Must(t, "", "user", "disable", "karim@example.com", "--data", dir)
	s := crmtest.Serve(t, dir)
	s.Healthy()
	signedIn := s.Send(200, "POST", "/api/v1/auth/login", "", fmt.Sprintf(`{"email":"fatima@example.com","password":%q}`, crmtest.Password))
	token, refresh := signedIn.Text("access_token"), fmt.Sprintf(`{"refresh_token":%q}`, signedIn.Text("refresh_token"))
	file := strings.Fields(crmtest.Must(t, "", "backup", "--data", dir))[0]
	s.Stop()
	for _, test := range []struct {
		arg    string
		status int
	}{{"--keep-sessions", 200}, {"--keep-sessions=false", 401}} {
		said := crmtest.Must(t, "", "restore", file, "--data", dir, test.arg)
		if !strings.Contains(said, "fatima@example.com (admin)") || strings.Contains(said, "karim") {
			t.Errorf("%s: got %s", test.arg, said)
		}
		s := crmtest.Serve(t, dir)
		s.Healthy()
		s.Send(test.status, "GET", "/api/v1/auth/me", token, "")
		s.Send(test.status, "POST", "/api/v1/auth/refresh", "", refresh)
		s.Stop()
	}
}

func TestBackupWithoutService(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	folder := t.TempDir()
	if said := crmtest.Must(t, "", "backup", folder, "--data", dir); !strings.Contains(said, "60 customers, 200 interactions and 50 feedback") {
		t.Errorf("got %q", said)
	}
	crmtest.Refused(t, "crm backup", "", "backup", "list", "--data", dir)
	crmtest.Refused(t, "--data", "", "backup", "--data", filepath.Join(dir, "none"))
	crmtest.Refused(t, "not a backup", "", "backup", "verify", filepath.Join(dir, store.FileName))
	crmtest.Refused(t, "not a backup", "", "restore", filepath.Join(dir, store.FileName), "--data", dir)
	crmtest.Refused(t, "there is no file nowhere: crm backup list", "", "restore", "nowhere", "--data", dir)
	crmtest.Refused(t, "there is no file nowhere: crm backup list", "", "backup", "verify", "nowhere")
	garbage := filepath.Join(t.TempDir(), "garbage"+backup.Suffix)
	crmtest.Write(t, garbage, []byte("garbage"))
	for _, command := range [][]string{{"backup", "verify"}, {"restore", "--data", dir}} {
		crmtest.Refused(t, garbage+": ", "", append(command, garbage)...)
		crmtest.Refused(t, "crm backup list shows", "", append(command, garbage)...)
		crmtest.Refused(t, "takes one argument, FILE, and got 0: try crm "+command[0], "", command...)
	}
	crmtest.Refused(t, "the files in this folder may be deleted at any time", "", "backup", filepath.Join(crmtest.IndexDir(dir), "here"), "--data", dir)
	crmtest.Refused(t, "the folder above it is not there: make it, or mount its disk", "", "backup", filepath.Join(folder, "usb", "crm"), "--data", dir)
	crmtest.Refused(t, "a file is where a folder should be", "", "backup", filepath.Join(dir, store.FileName), "--data", dir)
	crmtest.Refused(t, "a file is where a folder should be", "", "backup", "list", filepath.Join(dir, store.FileName))
	crmtest.Refused(t, "takes one argument, FILE or FOLDER, and got 2", "", "backup", "a", "b", "--data", dir)
	crmtest.Refused(t, "takes one argument, FOLDER, and got 2", "", "backup", "list", "a", "b")
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	crmtest.Write(t, crmtest.KeyFile(dir), []byte(strings.Repeat("k", 32)))
	crmtest.Refused(t, "no service answers", "", "backup", "--data", dir)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "{}")
	}))
	defer other.Close()
	// Another program listens at the address of a service that is gone.
	crmtest.Write(t, filepath.Join(dir, "server.json"), fmt.Appendf(nil, `{"address":%q,"pid":1}`, other.URL))
	crmtest.Refused(t, "no service answers", "", "backup", "--data", dir)
}

// If somebody deletes the database while the service runs, the service refuses writes, which would be lost, and a backup still has
// everything.
func TestDatabaseDeleted(t *testing.T) {
	t.Parallel()
	dir, elsewhere := crmtest.Seeded(t), t.TempDir()
	s := crmtest.Serve(t, dir)
	s.Healthy()
	admin := crmtest.Token(t, dir)
	s.Send(201, "POST", "/api/v1/customers/", admin, crmtest.Customer(1))
	if err := os.Remove(filepath.Join(dir, store.FileName)); err != nil {
		t.Skip(err) // Windows
	}
	s.Send(503, "POST", "/api/v1/customers/", admin, crmtest.Customer(2))
	s.Send(503, "GET", "/readyz", "", "")
	if !strings.Contains(s.Log.String(), "the database was deleted or replaced") {
		t.Errorf("the log does not say why: %s", s.Log)
	}
	said := crmtest.Must(t, "", "backup", elsewhere, "--data", dir)
	s.Stop()
	crmtest.Refused(t, "the database is gone", "", "backup", elsewhere, "--data", dir)
	crmtest.Must(t, "", "restore", strings.Fields(said)[0], "--data", dir, "--keep-sessions")
	s = crmtest.Serve(t, dir)
	s.Healthy()
	if got := s.Send(200, "GET", "/api/v1/customers/?query=load", admin, "").Text("total"); got != "1" {
		t.Errorf("got %s customers, want the one that was acknowledged", got)
	}
}
