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
	crmtest.Must(t, "", "restore", file[1], "--data", elsewhere)
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

// Somebody deletes the database under the service: it takes no more writes, which nobody would find again, and a backup still has
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
	crmtest.Must(t, "", "restore", strings.Fields(said)[0], "--data", dir)
	s = crmtest.Serve(t, dir)
	s.Healthy()
	if got := s.Send(200, "GET", "/api/v1/customers/?query=load", admin, "").Text("total"); got != "1" {
		t.Errorf("got %s customers, want the one that was acknowledged", got)
	}
}
