package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"crm/store"
	"crm/store/backup"
	"crm/store/kv"
	"crm/store/storetest"
	"crm/store/zone"
)

// TestDiagnose brings about what each sentence is there for. The first folder is in order, and has no advice.
func TestDiagnose(t *testing.T) {
	tests := []struct {
		name, text, advice string
		harm               func(t *testing.T, dir, backups string) (later time.Duration)
	}{
		{"in order", "is not in use", "", func(*testing.T, string, string) time.Duration { return 0 }},
		{"no database", "cannot be found", "Name the folder of the data", func(t *testing.T, dir, _ string) time.Duration {
			storetest.Empty(t, dir)
			return 0
		}},
		{"lost database", "bring it back with crm restore", "Restore the last verified backup", func(t *testing.T, dir, _ string) time.Duration {
			storetest.Remove(t, filepath.Join(dir, store.FileName))
			return 0
		}},
		{"damaged database", "cannot be opened", "Restore the last verified backup", func(t *testing.T, dir, _ string) time.Duration {
			storetest.Write(t, filepath.Join(dir, store.FileName), []byte(strings.Repeat("x", 1<<16)))
			return 0
		}},
		{"old backup", "72h0m0s ago", "Make one with crm backup", func(*testing.T, string, string) time.Duration { return 72 * time.Hour }},
		{"no backup", "There is no verified backup", "Make one with crm backup", func(t *testing.T, _, backups string) time.Duration {
			storetest.Remove(t, filepath.Join(backups, "monday"+backup.Suffix))
			return 0
		}},
		{"no folder of backups", "cannot be listed", "Name their folder", func(t *testing.T, _, backups string) time.Duration {
			storetest.Remove(t, filepath.Join(backups, "monday"+backup.Suffix))
			storetest.Remove(t, backups)
			storetest.Write(t, backups, []byte("a file"))
			return 0
		}},
		{"backup that is not whole", "is not whole", "Delete it when there is a newer one", func(t *testing.T, _, backups string) time.Duration {
			storetest.Write(t, filepath.Join(backups, "tuesday"+backup.Suffix), []byte("garbage"))
			return 0
		}},
		{"backup that was cut off", "monday" + backup.Suffix + backup.PartSuffix + " is what is left", "Delete it", func(t *testing.T, _, backups string) time.Duration {
			storetest.Write(t, filepath.Join(backups, "monday"+backup.Suffix+backup.PartSuffix), []byte("garbage"))
			return 2 * maxBackup
		}},
		{"verification that was cut off", backup.VerifyPrefix, "Delete it", func(t *testing.T, _, backups string) time.Duration {
			storetest.Write(t, filepath.Join(backups, backup.VerifyPrefix+"1"), []byte("garbage"))
			return 2 * maxBackup
		}},
		{"backup under way", "is not in use", "", func(t *testing.T, _, backups string) time.Duration {
			storetest.Write(t, filepath.Join(backups, "monday"+backup.Suffix+backup.PartSuffix), []byte("garbage"))
			return 0
		}},
		{"short key", "it is too short", "Take it from a backup", func(t *testing.T, dir, _ string) time.Duration {
			storetest.Write(t, filepath.Join(dir, store.KeyName), []byte("short"))
			return 0
		}},
		{"no key", "the next start makes one", "", func(t *testing.T, dir, _ string) time.Duration {
			storetest.Remove(t, filepath.Join(dir, store.KeyName))
			return 0
		}},
		{"key for everybody", "Other users of this machine", "chmod 600", func(t *testing.T, dir, _ string) time.Duration {
			return opened(t, filepath.Join(dir, store.KeyName))
		}},
		{"database for everybody", "Other users of this machine", "chmod 600", func(t *testing.T, dir, _ string) time.Duration {
			return opened(t, filepath.Join(dir, store.FileName))
		}},
		{"data from before a restore", "is kept in", "Delete it when nobody misses anything", func(t *testing.T, dir, _ string) time.Duration {
			storetest.Write(t, filepath.Join(dir, store.ReplacedPrefix+"20261125T214500Z"), []byte("data"))
			return 0
		}},
		{"log of another database", "is kept in", "Delete it when nobody misses anything", func(t *testing.T, dir, _ string) time.Duration {
			storetest.Write(t, filepath.Join(dir, store.WALName+kv.UnusedSuffix), nil)
			return 0
		}},
		{"backup of another database", "There is no verified backup of this database", "Make one with crm backup", func(t *testing.T, _, backups string) time.Duration {
			other, _ := storetest.Filled(t, 1)
			storetest.Remove(t, filepath.Join(backups, "monday"+backup.Suffix))
			made(t, other, filepath.Join(backups, "theirs"+backup.Suffix))
			return 0
		}},
		{"clock behind the newest change", "the newest change is of", "Set the machine's clock", func(*testing.T, string, string) time.Duration { return -time.Hour }},
		{"clock behind the newest backup", "the newest backup is of", "Set the machine's clock", func(*testing.T, string, string) time.Duration { return -time.Hour }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, dir := storetest.Filled(t, 2)
			backups := t.TempDir()
			made(t, s, filepath.Join(backups, "monday"+backup.Suffix))
			storetest.Close(t, s)
			later := tt.harm(t, dir, backups)
			found, advised := false, 0
			for _, f := range Examine(dir, backups, store.Now().Add(later)) {
				found = found || strings.Contains(f.Text, tt.text) && strings.Contains(f.Advice, tt.advice)
				if f.Advice != "" && f.About != "place" { // a test may run on any
					advised++
				}
			}
			if !found || (advised > 0) != (tt.advice != "") {
				t.Errorf("got %+v\nwant %q with %q", Examine(dir, backups, store.Now().Add(later)), tt.text, tt.advice)
			}
			storetest.Open(t, storetest.Empty(t, dir))
		})
	}
}

func opened(t *testing.T, path string) time.Duration {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no such bits")
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	return 0
}

// What a disk is, and how much room it has, cannot be brought about in a test.
func TestDiagnoseVolume(t *testing.T) {
	for kind, advice := range map[string]string{"network": "Move the data to a disk of this machine", "fuse": "Make sure", "memory": "Move the data to a disk", "": ""} {
		d := &diagnosis{}
		d.volume("/data", kv.Volume{Kind: kind}, nil)
		if len(d.found) != 1 || !strings.HasPrefix(d.found[0].Advice, advice) || (d.found[0].Advice == "") != (advice == "") {
			t.Errorf("%q: got %+v, want %q", kind, d.found, advice)
		}
	}
	for free, tight := range map[uint64]bool{minFree + 199: true, minFree + 200: false} {
		d := &diagnosis{size: 100}
		d.room("/data", free)
		if len(d.found) != 1 || (d.found[0].Advice != "") != tight {
			t.Errorf("%d bytes free: got %+v, want an advice: %t", free, d.found, tight)
		}
	}
}

// TestDiagnoseZone compares the rules in use with the machine's, and with the day.
func TestZone(t *testing.T) {
	at := func(day string) time.Time {
		std, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return std
	}
	released := zone.Embedded().Released
	tests := []struct {
		name         string
		zone         string
		machine      *zone.Data
		now          time.Time
		text, advice string
	}{
		{"the machine has none", "Africa/Casablanca", nil, at("2026-11-28"), "Africa/Casablanca is at +00:00 by zone data " + zone.Embedded().Version, ""},
		{"the same", "Africa/Casablanca", zone.Embedded(), at("2026-11-28"), "", ""},
		{"other rules", "Africa/Casablanca", zone.Before(), at("2026-11-28"),
			"By the machine's own zone data Africa/Casablanca is at +01:00, and by the data in use at +00:00, at 2026-11-28T00:00:00.000Z.", "Update the machine's package tzdata"},
		{"other rules from later on", "Africa/Casablanca", zone.Before(), at("2026-08-01"),
			"Africa/Casablanca is at +01:00, and by the data in use at +00:00, at 2026-09-20T01:00:00.000Z.", "Update the machine's package tzdata"},
		{"the same rules by other data", "Asia/Tokyo", zone.Before(), at("2026-11-28"), "Asia/Tokyo is at +09:00", ""},
		{"a year old", "Asia/Tokyo", nil, released.AddDate(0, 0, 365), "Asia/Tokyo is at +09:00", ""},
		{"older", "Asia/Tokyo", nil, released.AddDate(0, 0, 366), "Asia/Tokyo is at +09:00", "Update crm"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, advised := false, false
			list := Zone(zoneOf(t, zone.Embedded(), tt.zone), tt.machine, tt.now)
			for _, f := range list {
				found = found || strings.Contains(f.Text, tt.text) && strings.Contains(f.Advice, tt.advice)
				advised = advised || f.Advice != ""
			}
			if !found || advised != (tt.advice != "") {
				t.Errorf("got %+v\nwant %q with %q", list, tt.text, tt.advice)
			}
		})
	}
}

// A disk is known by its number, not by how much room it has, which others change meanwhile.
func TestDisks(t *testing.T) {
	free := uint64(0)
	for name, test := range map[string]struct {
		of   func(string) (kv.Volume, error)
		want int
	}{
		"one disk, which fills":       {func(string) (kv.Volume, error) { free++; return kv.Volume{ID: 7, Free: free << 40}, nil }, 1},
		"two disks with as much room": {func(dir string) (kv.Volume, error) { return kv.Volume{ID: uint64(len(dir)), Free: 1 << 40}, nil }, 2},
	} {
		d := &diagnosis{}
		if d.rooms([]string{"a", "bb"}, test.of); len(d.found) != test.want {
			t.Errorf("%s: got %v, want %d", name, d.found, test.want)
		}
	}
	dir := t.TempDir()
	a, err := kv.VolumeOf(dir)
	b, err2 := kv.VolumeOf(filepath.Dir(dir))
	if errors.Join(err, err2) != nil || a.ID == 0 || a.ID != b.ID {
		t.Errorf("got %v and %v of one disk, %v", a, b, errors.Join(err, err2))
	}
}

func zoneOf(t testing.TB, data *zone.Data, name string) *zone.Zone {
	t.Helper()
	z, err := data.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}
