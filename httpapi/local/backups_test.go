package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"crm/store"
)

// TestMain lets tests run this binary again as the program itself, in a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("CRM_TEST_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

// program is a command in a process of its own.
func program(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = environment("CRM_TEST_PROGRAM=1")
	return cmd
}

// environment is this process's, and more, for one that is to have the same clock.
func environment(more ...string) []string {
	all := append(os.Environ(), more...)
	if set, _ := store.ClockIsSet(); set {
		all = append(all, store.ClockVariable+"="+store.Now().UTC().Format(time.RFC3339Nano))
	}
	return all
}

// begin starts a service in a process of its own and returns when it says where it listens.
func begin(t *testing.T, cmd *exec.Cmd) *service {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // does nothing where it was waited for
	s := &service{t: t, url: addressIn(out)}
	if s.url == "" {
		t.Fatal("it does not say where it listens")
	}
	return s
}

// terminate ends a process, which must go well.
func terminate(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// customer is a body that creates one.
func customer(n int) string {
	return fmt.Sprintf(`{"full_name":"Load Test%d","contact_type":"Individual","email":"load%d@example.com","phone":"0612345678"}`, n, n)
}

// TestDrill makes a backup through the service while clients write, restores it elsewhere, and finds there every
// acknowledged customer up to the manifest's sequence, by id and by search, and none that came later.
func TestDrill(t *testing.T) {
	t.Parallel()
	dir := seeded(t)
	s := startServe(t, dir, "--limit-customers", "0")
	s.healthy()
	admin := token(t, dir)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ids := s.createUntil(ctx, admin)
	for range 20 {
		<-ids
	}
	said := must(t, "", "backup", "--data", dir)
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
	s.stop()
	if _, err := os.Stat(filepath.Join(dir, "server.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the note of the service's address is left: %v", err)
	}
	backup, err := store.ReadBackup(file[1])
	if err != nil {
		t.Fatal(err)
	}
	if list := must(t, "", "backup", "list", "--data", dir); strings.Count(list, "\n") != 2 || !strings.Contains(list, file[1]) {
		t.Errorf("list: got\n%s", list)
	}
	if said := must(t, "", "backup", "verify", file[1]); !strings.Contains(said, "is whole: "+file[2]+" customers") {
		t.Errorf("verify: got %q", said)
	}

	elsewhere := filepath.Join(t.TempDir(), "new")
	must(t, "", "restore", file[1], "--data", elsewhere)
	want := created(t, dir, backup.Seq)
	if len(want) < 60+20 || len(want) >= 60+acked {
		t.Errorf("%d of %d customers are in the backup: it was not made among the writes", len(want), 60+acked)
	}
	s = startServe(t, elsewhere)
	s.healthy()
	for id, name := range want {
		s.send(200, "GET", "/api/v1/customers/"+id, admin, "") // the key came with the backup
		if !strings.HasPrefix(name, "Load") {
			continue
		}
		if got := s.send(200, "GET", "/api/v1/customers/?query="+strings.ReplaceAll(name, " ", "+"), admin, ""); !strings.Contains(got.body, id) {
			t.Errorf("%s is not found: %s", name, got.body)
		}
	}
	if got := s.send(200, "GET", "/api/v1/customers/?is_active=all", admin, "").text("total"); got != fmt.Sprint(len(want)) {
		t.Errorf("got %s customers, want %d", got, len(want))
	}
	refused(t, "data folder is in use", "", "restore", file[1], "--data", elsewhere)
}

// createUntil creates customers with 16 clients until ctx ends, and sends the number of each that is acknowledged.
func (s *service) createUntil(ctx context.Context, token string) <-chan int {
	acked := make(chan int)
	var wg sync.WaitGroup
	for client := range 16 {
		wg.Go(func() {
			for n := client; ctx.Err() == nil; n += 16 {
				got, err := do(s.request("POST", "/api/v1/customers/", token, strings.NewReader(customer(n))))
				if err != nil || got.status != 201 {
					s.t.Errorf("create: %d, %v; body %s", got.status, err, got.body)
					return
				}
				acked <- n
			}
		})
	}
	go func() { wg.Wait(); close(acked) }()
	return acked
}

// created is the names, by id, of the customers that the log up to seq created.
func created(t *testing.T, dir string, seq uint64) map[string]string {
	t.Helper()
	names := map[string]string{}
	err := withStore(newRootCmd(), dir, func(st *store.Store) error {
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

func TestDescribeCounts(t *testing.T) {
	b := store.Backup{Manifest: store.Manifest{Counts: map[store.Kind]int{store.KindCustomer: 1, store.KindInteraction: 2}}}
	if got := describe(b); !strings.HasPrefix(got, "1 customer, 2 interactions and 0 feedback") {
		t.Errorf("got %q", got)
	}
}

func TestBackupWithoutService(t *testing.T) {
	t.Parallel()
	dir := seeded(t)
	folder := t.TempDir()
	if said := must(t, "", "backup", folder, "--data", dir); !strings.Contains(said, "60 customers, 200 interactions and 50 feedback") {
		t.Errorf("got %q", said)
	}
	refused(t, "crm backup", "", "backup", "list", "--data", dir)
	refused(t, "--data", "", "backup", "--data", filepath.Join(dir, "none"))
	refused(t, "not a backup", "", "backup", "verify", filepath.Join(dir, store.FileName))
	refused(t, "not a backup", "", "restore", filepath.Join(dir, store.FileName), "--data", dir)
	refused(t, "there is no file nowhere: crm backup list", "", "restore", "nowhere", "--data", dir)
	refused(t, "there is no file nowhere: crm backup list", "", "backup", "verify", "nowhere")
	garbage := filepath.Join(t.TempDir(), "garbage"+store.BackupSuffix)
	write(t, garbage, []byte("garbage"))
	for _, command := range [][]string{{"backup", "verify"}, {"restore", "--data", dir}} {
		refused(t, garbage+": ", "", append(command, garbage)...)
		refused(t, "crm backup list shows", "", append(command, garbage)...)
		refused(t, "takes one argument, FILE, and got 0: try crm "+command[0], "", command...)
	}
	refused(t, "what is in this folder may be deleted at any time", "", "backup", filepath.Join(indexDir(dir), "here"), "--data", dir)
	refused(t, "the folder above it is not there: make it, or mount its disk", "", "backup", filepath.Join(folder, "usb", "crm"), "--data", dir)
	refused(t, "a file is where a folder should be", "", "backup", filepath.Join(dir, store.FileName), "--data", dir)
	refused(t, "a file is where a folder should be", "", "backup", "list", filepath.Join(dir, store.FileName))
	refused(t, "takes one argument, FILE or FOLDER, and got 2", "", "backup", "a", "b", "--data", dir)
	refused(t, "takes one argument, FOLDER, and got 2", "", "backup", "list", "a", "b")
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	write(t, keyFile(dir), []byte(strings.Repeat("k", 32)))
	refused(t, "no service answers", "", "backup", "--data", dir)
	other, err := net.Listen("tcp", "127.0.0.1:0") // something else at the address of a service that is gone
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	go func() {
		for c, err := other.Accept(); err == nil; c, err = other.Accept() {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
			c.Close()
		}
	}()
	write(t, filepath.Join(dir, "server.json"), fmt.Appendf(nil, `{"address":"http://%s","pid":1}`, other.Addr()))
	refused(t, "no service answers", "", "backup", "--data", dir)
}

// TestTerminated sends SIGTERM to a service in the middle of 64 requests. Those that have begun are answered and kept, those
// that come later are refused, and none is cut off.
func TestTerminated(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no SIGTERM")
	}
	dir := seeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := program(ctx, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--limit-customers", "0")
	s := begin(t, cmd)
	s.healthy()
	for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"seed"}} { // two processes on one folder
		said, err := program(ctx, append(args, "--data", dir)...).CombinedOutput()
		if err == nil || !strings.Contains(string(said), "data folder is in use") {
			t.Errorf("crm %q beside it: got %v, %q", args, err, said)
		}
	}
	admin := token(t, dir)
	finish := make([]func() answered, 64)
	for i := range finish {
		finish[i] = s.upload("/api/v1/customers/", admin, customer(i))
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for range tick(ctx, time.Millisecond) { // until nobody else is let in
		if c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")); err == nil {
			c.Close()
			continue
		}
		break
	}
	var ids []string
	for i := range finish {
		got := finish[i]()
		if got.status != 201 {
			t.Errorf("request %d: got %d, body %s", i, got.status, got.body)
		}
		ids = append(ids, got.text("id"))
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	again := startServe(t, dir)
	for _, id := range ids {
		again.send(200, "GET", "/api/v1/customers/"+id, admin, "")
	}
}

// Somebody deletes the database under the service: it takes no more writes, which nobody would find again, and a backup still has
// everything.
func TestDatabaseDeleted(t *testing.T) {
	t.Parallel()
	dir, elsewhere := seeded(t), t.TempDir()
	s := startServe(t, dir)
	s.healthy()
	admin := token(t, dir)
	s.send(201, "POST", "/api/v1/customers/", admin, customer(1))
	if err := os.Remove(filepath.Join(dir, store.FileName)); err != nil {
		t.Skip(err) // Windows
	}
	s.send(503, "POST", "/api/v1/customers/", admin, customer(2))
	s.send(503, "GET", "/readyz", "", "")
	if !strings.Contains(s.log.String(), "the database was deleted or replaced") {
		t.Errorf("the log does not say why: %s", s.log)
	}
	said := must(t, "", "backup", elsewhere, "--data", dir)
	s.stop()
	refused(t, "the database is gone", "", "backup", elsewhere, "--data", dir)
	must(t, "", "restore", strings.Fields(said)[0], "--data", dir)
	s = startServe(t, dir)
	s.healthy()
	if got := s.send(200, "GET", "/api/v1/customers/?query=load", admin, "").text("total"); got != "1" {
		t.Errorf("got %s customers, want the one that was acknowledged", got)
	}
}

// addressIn reads a service's greeting up to its end.
func addressIn(out interface{ Read([]byte) (int, error) }) (url string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "Stop with Ctrl+C.") {
		if found := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(lines.Text()); found != "" {
			url = found
		}
	}
	return strings.TrimSuffix(url, "/docs")
}

// The clock of the machine is set back by an hour while the service is stopped: what is created then comes later all the same.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	st, err := store.Open(dir, store.WithClock(func() time.Time { return store.Now().Add(time.Hour) }))
	if err != nil {
		t.Fatal(err)
	}
	_, err = st.Update(store.By{}, func(tx *store.Tx) error {
		_, err := tx.CreateCustomer(&store.Customer{ContactType: "Individual", Email: "before@example.com", Phone: "0612345678"}, nil)
		return err
	})
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, dir)
	s.healthy()
	admin := token(t, dir)
	newest := func() (c struct {
		ID        string    `json:"id"`
		CreatedAt time.Time `json:"created_at"`
	}) {
		var page struct{ Items []json.RawMessage }
		if err := json.Unmarshal([]byte(s.send(200, "GET", "/api/v1/customers/?size=1&is_active=all", admin, "").body), &page); err != nil || len(page.Items) != 1 {
			t.Fatalf("got %v, %v", page, err)
		}
		if err := json.Unmarshal(page.Items[0], &c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	before := newest()
	for n := range 3 {
		made := s.send(201, "POST", "/api/v1/customers/", admin, customer(n))
		now := newest()
		if now.ID != made.text("id") || now.CreatedAt.Before(before.CreatedAt) || now.ID <= before.ID {
			t.Errorf("newest is %+v after creating %s, before it was %+v", now, made.body, before)
		}
		before = now
	}
}
