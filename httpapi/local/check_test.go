package local_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"crm/httpapi/crmtest"
	"crm/store"
	"crm/store/backup"
	"crm/store/storetest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	if got := crmtest.Must(t, "", "check", "--data", dir); !strings.Contains(got, "is sound up to change 330") {
		t.Errorf("got %q", got)
	}
	facets := filepath.Join(crmtest.IndexDir(dir), "facets")
	raw, err := os.ReadFile(facets)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	crmtest.Write(t, facets, raw)
	if said, why := crmtest.Failed(t, "check", "--data", dir); !strings.Contains(said, "saved facets") || !strings.Contains(why, "crm check --repair") {
		t.Errorf("got %q, %q", said, why)
	}
	crmtest.Must(t, "", "check", "--repair", "--data", dir)
	crmtest.Must(t, "", "check", "--data", dir)
	before, err := os.ReadFile(filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	crmtest.Must(t, "", "check", "--repair", "--data", dir)
	if after, err := os.ReadFile(filepath.Join(dir, store.FileName)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a repair of what is sound changed it, %v", err)
	}
	crmtest.Refused(t, "--data", "", "check", "--data", filepath.Join(dir, "none"))
	s := crmtest.Serve(t, dir)
	for _, command := range []string{"check", "reindex", "compact"} {
		crmtest.Refused(t, "data folder is in use", "", command, "--data", dir)
	}
	s.Stop()
}

// A record from before a rule is named, and the folder is sound.
func TestCheckNamesOldRecords(t *testing.T) {
	t.Parallel()
	st, dir := storetest.Filled(t, 2)
	id := storetest.CreateCustomer(t, st, "old@example.com")
	var raw []byte
	storetest.View(t, st, func(tx *store.Tx) error {
		row, err := tx.CustomerJSON(id)
		raw = bytes.Replace(row, []byte(`"Individual"`), []byte(`"Person"`), 1)
		return err
	})
	storetest.Close(t, st)
	storetest.Put(t, dir, "customers", id[:], raw)
	for range 2 {
		got := crmtest.Must(t, "", "check", "--data", dir)
		if !strings.Contains(got, "customer "+id.String()+": contact_type: Must be one of: Individual, Corporate\n") || !strings.Contains(got, "go on working") || !strings.Contains(got, "is sound") {
			t.Errorf("got %q", got)
		}
		crmtest.Must(t, "", "check", "--repair", "--data", dir)
	}
}

func TestReindexAndCompact(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	want, _ := rows(t, dir)
	if err := os.RemoveAll(crmtest.IndexDir(dir)); err != nil {
		t.Fatal(err)
	}
	crmtest.Must(t, "", "reindex", "--data", dir)
	if len(segmentFiles(t, dir)) == 0 {
		t.Error("there is no index")
	}
	if got := crmtest.Must(t, "", "compact", "--data", dir); !regexp.MustCompile(`has [\d.]+ MB now, and had [\d.]+`).MatchString(got) {
		t.Errorf("got %q", got)
	}
	if got, _ := rows(t, dir); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Error("compaction changed the records")
	}
	crmtest.Must(t, "", "check", "--data", dir)
}

// TestDamage damages a copy of the database in many ways. Each time a sentence names the last verified backup, the damaged
// file is left as it was, and the backup brings everything back.
func TestDamage(t *testing.T) {
	t.Parallel()
	origin := crmtest.Seeded(t)
	crmtest.Must(t, "", "backup", "--data", origin)
	want, _ := rows(t, origin)
	good, err := os.ReadFile(filepath.Join(origin, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	tests := []struct {
		name   string
		damage func(raw []byte) []byte
		starts bool // the damage is where a start does not look
	}{
		{"both heads zeroed", func(raw []byte) []byte { clear(raw[:2*page]); return raw }, false},
		{"heads torn", func(raw []byte) []byte {
			clear(raw[page/64 : page/4])
			clear(raw[page+page/64 : page+page/4])
			return raw
		}, false},
		{"every page but the heads zeroed", func(raw []byte) []byte { clear(raw[2*page:]); return raw }, false},
		{"cut off", func(raw []byte) []byte { return raw[:3*page] }, false},
		{"cut off behind its head", func(raw []byte) []byte { return raw[:page+page/2] }, false},
		{"cut off in its head", func(raw []byte) []byte { return raw[:100] }, false},
		{"a zeroed page of customers", func(raw []byte) []byte { return zeroed(raw, page, `"contact_type"`) }, true},
		{"a torn page of interactions", func(raw []byte) []byte { return torn(raw, page, `"duration_minutes"`) }, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, store.BackupsName), os.DirFS(filepath.Join(origin, store.BackupsName))); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, store.FileName)
			damaged := test.damage(bytes.Clone(good))
			crmtest.Write(t, file, damaged)
			backup, ok := backup.Newest(filepath.Join(dir, store.BackupsName), nil)
			if !ok {
				t.Fatal("no backup")
			}
			advice := "crm restore " + backup.Path + " --data " + dir
			if crmtest.Refused(t, advice, "", "check", "--data", dir); !test.starts {
				crmtest.Refused(t, advice, "", "serve", "--listen", "127.0.0.1:0", "--data", dir)
			}
			if said, _ := crmtest.Failed(t, "doctor", "--data", dir); !strings.Contains(said, backup.Path) {
				t.Errorf("doctor says\n%s", said)
			}
			if got, err := os.ReadFile(file); err != nil || !test.starts && !bytes.Equal(got, damaged) {
				t.Errorf("the damaged file was changed, %v", err)
			}
			crmtest.Must(t, "", "restore", backup.Path, "--data", dir)
			kept, _ := filepath.Glob(filepath.Join(dir, "before-restore-*", store.FileName))
			if len(kept) != 1 {
				t.Errorf("the damaged file is not kept: %q", kept)
			}
			if got, _ := rows(t, dir); strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Error("the restore did not bring everything back")
			}
			crmtest.Must(t, "", "check", "--data", dir)
		})
	}
}

// pageWith returns the offset of a page of rows whose first half has a text. It leaves out pages of the log.
func pageWith(raw []byte, page int, text string) int {
	for at := 2 * page; at+page <= len(raw); at += page {
		if bytes.Contains(raw[at:at+page/2], []byte(text)) && !bytes.Contains(raw[at:at+page], []byte(`"seq"`)) {
			return at
		}
	}
	panic("no page has " + text)
}

func zeroed(raw []byte, page int, text string) []byte {
	at := pageWith(raw, page, text)
	clear(raw[at : at+page])
	return raw
}

// torn damages a page as if only its second half had reached the disk.
func torn(raw []byte, page int, text string) []byte {
	at := pageWith(raw, page, text)
	clear(raw[at : at+page/2])
	return raw
}

// well returns what the doctor says of a folder that needs nothing. It leaves out what the doctor says of time zones, which depends on the
// machine's data.
func well(t *testing.T, args ...string) string {
	t.Helper()
	status, all, stderr := crmtest.Run(t, "", append([]string{"doctor"}, args...)...)
	said := regexp.MustCompile(`(?m)^time zone .*\n( +→ .*\n)?`).ReplaceAllString(all, "")
	if strings.Contains(said, "→") || (status == 0) == strings.Contains(all, "→") {
		t.Errorf("doctor: exit status %d, stderr %q, and\n%s", status, stderr, all)
	}
	return said
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	said, _ := crmtest.Failed(t, "doctor", "--data", dir)
	for _, want := range []string{"no verified backup", "→ Make one with crm backup", "does not run", "are free", "has 0 changes to read"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	elsewhere := t.TempDir()
	crmtest.Must(t, "", "backup", elsewhere, "--data", dir)
	well(t, "--data", dir, "--backup-dir", elsewhere)
	s := crmtest.Serve(t, dir)
	s.Healthy()
	if said := well(t, "--data", dir, "--backup-dir", elsewhere); !strings.Contains(said, s.URL) || !strings.Contains(said, "The clock is after the newest change") {
		t.Errorf("got\n%s\nwant %s and the clock", said, s.URL)
	}
	s.Stop()
	if runtime.GOOS != "windows" {
		if err := os.Chmod(crmtest.KeyFile(dir), 0o644); err != nil {
			t.Fatal(err)
		}
		if said, _ := crmtest.Failed(t, "doctor", "--data", dir, "--backup-dir", elsewhere); !strings.Contains(said, "chmod 600 "+crmtest.KeyFile(dir)) {
			t.Errorf("got\n%s", said)
		}
	}
	ahead := crmtest.Seeded(t, "--now", store.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	if said, _ := crmtest.Failed(t, "doctor", "--data", ahead); !strings.Contains(said, "Set the machine's clock") {
		t.Errorf("got\n%s", said)
	}
	cloud := filepath.Join(t.TempDir(), "Dropbox", "crm")
	if err := errors.Join(os.MkdirAll(filepath.Dir(cloud), 0o700), os.Rename(ahead, cloud)); err != nil {
		t.Fatal(err)
	}
	if said, _ := crmtest.Failed(t, "doctor", "--data", cloud); !strings.Contains(said, "copied to the cloud") {
		t.Errorf("got\n%s", said)
	}
}

// TestCheckRepairs falsifies what follows from the records, and then a record itself. The first is rebuilt, and lists count right
// again; of the second only a backup knows what would be right. Each ends with the status that a script looks at.
func TestCheckRepairs(t *testing.T) {
	t.Parallel()
	dir := crmtest.Seeded(t)
	file := filepath.Join(dir, store.FileName)
	falsify := func(old, false string) {
		t.Helper()
		raw, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(raw, []byte(old)) {
			t.Fatalf("no %q in it, %v", old, err)
		}
		crmtest.Write(t, file, bytes.ReplaceAll(raw, []byte(old), []byte(false)))
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	count := string(regexp.MustCompile(`{"channels":{"[a-z-]+":\d`).Find(raw))
	falsify(count, count[:max(0, len(count)-1)]+"0")
	if said, why := crmtest.Failed(t, "check", "--data", dir); !strings.Contains(said, "the counts of interactions and feedback are wrong") || !strings.Contains(why, "try crm check --repair") {
		t.Errorf("got %q, %q", said, why)
	}
	old := filepath.Join(crmtest.IndexDir(dir), "old")
	crmtest.Write(t, old, nil)
	if said := crmtest.Must(t, "", "check", "--repair", "--data", dir); !strings.Contains(said, "entries of the database were rebuilt, and what is saved for lists and searches") || !strings.Contains(said, "is sound") {
		t.Errorf("got %q", said)
	}
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what is saved for lists was not rebuilt: %v", err)
	}
	crmtest.Must(t, "", "check", "--data", dir)

	falsify(`"channel":"phone"`, `"channel":"phony"`)
	for range 2 { // a second time too, when the counts follow what is wrong
		if said, why := crmtest.Failed(t, "check", "--repair", "--data", dir); !strings.Contains(said, `unknown channel "phony"`) || !strings.Contains(why, "bring back a backup with crm restore") {
			t.Errorf("got %q, %q", said, why)
		}
	}
	if _, why := crmtest.Failed(t, "check", "--data", dir); !strings.Contains(why, "make a copy of the folder") {
		t.Errorf("got %q", why)
	}
}
