package local_test

import (
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"crm/httpapi/crmtest"
	"crm/store"
	"crm/store/backup"
)

// seen returns all that can be seen of a folder from outside: names, sizes, contents, and when each was changed.
func seen(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		var raw []byte
		if info.Mode().IsRegular() {
			if raw, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		all[path] = fmt.Sprintf("%s %d %s %x", info.Mode(), info.Size(), info.ModTime().Format(time.RFC3339Nano), sha256.Sum256(raw))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantSeen(t *testing.T, dir string, before map[string]string, after ...string) {
	t.Helper()
	now := seen(t, dir)
	if maps.Equal(before, now) {
		return
	}
	for path := range now {
		if now[path] != before[path] {
			t.Errorf("after crm %q: %s is %q, and was %q", after, path, now[path], before[path])
		}
	}
	for path := range before {
		if now[path] == "" {
			t.Errorf("after crm %q: %s is gone", after, path)
		}
	}
}

// ofSchema returns a folder as a program of that schema has left it.
func ofSchema(t *testing.T, version int) string {
	t.Helper()
	file, err := os.Open(fmt.Sprintf("../../testdata/schema-%d.db.gz", version))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	packed, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	crmtest.Write(t, filepath.Join(dir, store.FileName), raw)
	crmtest.Write(t, crmtest.KeyFile(dir), []byte(strings.Repeat("k", 32)))
	return dir
}

// killed returns a folder whose service was killed after a change.
func killed(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no write-ahead log")
	}
	dir := crmtest.Seeded(t)
	cmd := crmtest.Program(t.Context(), t, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	s := crmtest.Begin(t, cmd)
	s.Healthy()
	s.Send(201, "POST", "/api/v1/customers/", crmtest.Token(t, dir), crmtest.Customer(1))
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if _, err := os.Stat(filepath.Join(dir, store.WALName)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// withBackup returns a folder with everything that a service leaves, and a backup.
func withBackup(t *testing.T) string {
	t.Helper()
	dir := crmtest.Seeded(t)
	s := crmtest.Serve(t, dir)
	s.Healthy()
	s.Stop()
	crmtest.Must(t, "", "backup", "--data", dir)
	return dir
}

// looked returns the commands that only read a folder, and what they print. doctor may have advice.
func looked(dir string) map[string][]string {
	commands := map[string][]string{
		"doctor":      {"doctor", "--data", dir},
		"check":       {"check", "--data", dir},
		"user list":   {"user", "list", "--data", dir},
		"backup list": {"backup", "list", "--data", dir},
		"token":       {"token", "--data", dir, "--subject", crmtest.Someone},
		"health":      {"health", "--data", dir},
		"version":     {"version"},
	}
	if backups, _ := filepath.Glob(filepath.Join(dir, store.BackupsName, "*")); len(backups) > 0 {
		commands["backup verify"] = []string{"backup", "verify", backups[0]}
	}
	return commands
}

// TestLookingChangesNothing runs the commands that only read a folder, in each state that a program can leave it, and checks that nothing
// in the folder has changed.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	states := map[string]func(*testing.T) string{"clean": withBackup, "killed": killed}
	for version := 1; version <= store.Schema(); version++ {
		states[fmt.Sprint("schema ", version)] = func(t *testing.T) string { return ofSchema(t, version) }
	}
	for name, state := range states {
		t.Run(name, func(t *testing.T) {
			dir := state(t)
			before := seen(t, dir)
			for name, args := range looked(dir) {
				status, out, log := crmtest.Run(t, "", args...)
				wantSeen(t, dir, before, args...)
				if status != 0 && name != "doctor" && name != "health" && name != "backup list" || strings.Contains(out, "cannot be opened") || strings.Contains(out, "cannot run") {
					t.Errorf("crm %q: got exit status %d, %s, %s", args, status, out, log)
				}
			}
			if got := crmtest.Must(t, "", "check", "--data", dir); strings.Contains(got, "was left as it is") != (strings.HasPrefix(name, "schema") && name != fmt.Sprint("schema ", store.Schema())) {
				t.Errorf("check says %s", got)
			}
			elsewhere := t.TempDir()
			crmtest.Must(t, "", "backup", elsewhere, "--data", dir)
			wantSeen(t, dir, before, "backup")
			backup, ok := backup.Newest(elsewhere, nil)
			if want := fmt.Sprint("schema ", backup.Schema); !ok || strings.HasPrefix(name, "schema") && name != want {
				t.Errorf("the backup of %s is %s", name, want)
			}
		})
	}
}

// The database is gone and the backups are elsewhere: no command begins an empty one.
func TestLostDatabase(t *testing.T) {
	t.Parallel()
	dir, backups := filepath.Join(t.TempDir(), "data"), t.TempDir()
	crmtest.Must(t, crmtest.Password, "user", "add", crmtest.Email, "--data", dir)
	s := crmtest.Serve(t, dir, "--backup-dir", backups)
	s.Healthy()
	said := crmtest.Must(t, "", "backup", "--data", dir)
	s.Stop()
	backup := strings.Fields(said)[0]
	if filepath.Dir(backup) != backups {
		t.Fatalf("the backup is %s", backup)
	}
	if err := os.Remove(filepath.Join(dir, store.FileName)); err != nil {
		t.Fatal(err)
	}
	before := seen(t, dir)
	for _, command := range [][]string{
		{"user", "add", crmtest.Email}, {"user", "list"}, {"user", "passwd", crmtest.Email}, {"user", "disable", crmtest.Email}, {"serve", "--listen", "127.0.0.1:0"},
		{"serve", "--listen", "127.0.0.1:0", "--backup-dir", backups}, {"demo", "--listen", "127.0.0.1:0"}, {"seed"}, {"compact"}, {"reindex"}, {"check"}, {"check", "--repair"}, {"backup", t.TempDir()},
	} {
		crmtest.Refused(t, "crm restore "+backup+" --data "+dir, crmtest.Password, append(command, "--data", dir)...)
		wantSeen(t, dir, before, command...)
	}
	if out, _ := crmtest.Failed(t, "doctor", "--data", dir); !strings.Contains(out, "crm restore "+backup) {
		t.Errorf("doctor says %s", out)
	}
	crmtest.Must(t, "", "restore", backup, "--data", dir)
	if got := crmtest.Must(t, "", "user", "list", "--data", dir); !strings.Contains(got, crmtest.Email) {
		t.Errorf("got %s", got)
	}
}

// Two services share a folder for their backups. Each starts, lists its own, and says how many are another's.
func TestSharedBackupFolder(t *testing.T) {
	t.Parallel()
	first, second, shared := crmtest.Seeded(t), t.TempDir(), t.TempDir()
	crmtest.Must(t, "", "backup", shared, "--data", first)
	s := crmtest.Serve(t, second, "--backup-dir", shared)
	s.Healthy()
	admin := crmtest.Token(t, second)
	if got := s.Send(200, "GET", "/api/v1/backups/", admin, "").Text("total"); got != "0" {
		t.Errorf("the service counts %s backups of another", got)
	}
	if got := s.Send(200, "GET", "/api/v1/status", admin, "").Text("last_backup"); got != "null" {
		t.Errorf("its last backup is another's: %s", got)
	}
	crmtest.Refused(t, "no backups of this database in "+shared+", and 1 of others", "", "backup", "list", "--data", second)
	mine := strings.Fields(crmtest.Must(t, "", "backup", "--data", second))[0]
	if got := crmtest.Must(t, "", "backup", "list", "--data", second); strings.Count(got, backup.Suffix) != 1 || !strings.Contains(got, mine) || !strings.Contains(got, "1 backup of other databases") {
		t.Errorf("list: got\n%s", got)
	}
	if got := crmtest.Must(t, "", "backup", "list", "--all", "--data", second); strings.Count(got, backup.Suffix) != 2 {
		t.Errorf("list --all: got\n%s", got)
	}
	if got := s.Send(200, "GET", "/api/v1/status", admin, "").Text("last_backup"); !strings.Contains(got, mine) {
		t.Errorf("got %s", got)
	}
}

// A command that writes brings an older database to this program's schema, and says where it is as it was.
func TestUpgradeIsTold(t *testing.T) {
	t.Parallel()
	dir := ofSchema(t, 1)
	status, _, log := crmtest.Run(t, crmtest.Password, "user", "add", "new@example.com", "--data", dir)
	backup, ok := backup.Newest(filepath.Join(dir, store.BackupsName), nil)
	if status != 0 || !ok || backup.Schema != 1 || !strings.Contains(log, fmt.Sprintf("from schema 1 to %d", store.Schema())) || !strings.Contains(log, backup.Path) {
		t.Errorf("got exit status %d, backup %+v, and %s", status, backup, log)
	}
	served := ofSchema(t, 1)
	s := crmtest.Serve(t, served)
	if s.Stop(); !strings.Contains(s.Log.String(), "before-schema-") {
		t.Errorf("the log does not tell of the backup: %s", s.Log)
	}
}
