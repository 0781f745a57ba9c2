package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/store"
	"crm/store/backup"
	"crm/store/kv"
	"crm/store/storetest"
	"crm/store/zone"
)

// TestDiagnose creates the situation of each code. In the first folder all is well.
func TestDiagnose(t *testing.T) {
	tests := []struct {
		name string
		want Code   // one of the findings
		has  string // in its facts
		harm func(t *testing.T, dir, backups string) (later time.Duration)
	}{
		{"in order", DatabaseClosed, "", func(*testing.T, string, string) time.Duration { return 0 }},
		{"no database", DatabaseMissing, store.FileName, func(t *testing.T, dir, _ string) time.Duration {
			storetest.Empty(t, dir)
			return 0
		}},
		{"lost database", DatabaseLost, "is gone", func(t *testing.T, dir, _ string) time.Duration {
			storetest.Remove(t, filepath.Join(dir, store.FileName))
			return 0
		}},
		{"damaged database", DatabaseUnreadable, "damaged", func(t *testing.T, dir, _ string) time.Duration {
			storetest.Write(t, filepath.Join(dir, store.FileName), []byte(strings.Repeat("x", 1<<16)))
			return 0
		}},
		{"old backup", BackupOld, "age:72h0m", func(*testing.T, string, string) time.Duration { return 72 * time.Hour }},
		{"no backup", BackupMissing, "", func(t *testing.T, _, backups string) time.Duration {
			storetest.Remove(t, filepath.Join(backups, "monday"+backup.Suffix))
			return 0
		}},
		{"no folder of backups", BackupsUnreadable, "", func(t *testing.T, _, backups string) time.Duration {
			storetest.Remove(t, filepath.Join(backups, "monday"+backup.Suffix))
			storetest.Remove(t, backups)
			storetest.Write(t, backups, []byte("a file"))
			return 0
		}},
		{"backup that is not whole", BackupIncomplete, "tuesday", func(t *testing.T, _, backups string) time.Duration {
			storetest.Write(t, filepath.Join(backups, "tuesday"+backup.Suffix), []byte("garbage"))
			return 0
		}},
		{"backup that was cut off", BackupCutOff, "monday" + backup.Suffix + backup.PartSuffix, func(t *testing.T, _, backups string) time.Duration {
			storetest.Write(t, filepath.Join(backups, "monday"+backup.Suffix+backup.PartSuffix), []byte("garbage"))
			return 2 * maxBackup
		}},
		{"verification that was cut off", BackupCutOff, backup.VerifyPrefix, func(t *testing.T, _, backups string) time.Duration {
			storetest.Write(t, filepath.Join(backups, backup.VerifyPrefix+"1"), []byte("garbage"))
			return 2 * maxBackup
		}},
		{"backup under way", DatabaseClosed, "", func(t *testing.T, _, backups string) time.Duration {
			storetest.Write(t, filepath.Join(backups, "monday"+backup.Suffix+backup.PartSuffix), []byte("garbage"))
			return 0
		}},
		{"short key", KeyShort, store.KeyName, func(t *testing.T, dir, _ string) time.Duration {
			storetest.Write(t, filepath.Join(dir, store.KeyName), []byte("short"))
			return 0
		}},
		{"no key", KeyMissing, store.KeyName, func(t *testing.T, dir, _ string) time.Duration {
			storetest.Remove(t, filepath.Join(dir, store.KeyName))
			return 0
		}},
		{"key for everybody", FileShared, store.KeyName, func(t *testing.T, dir, _ string) time.Duration {
			return opened(t, filepath.Join(dir, store.KeyName))
		}},
		{"database for everybody", FileShared, store.FileName, func(t *testing.T, dir, _ string) time.Duration {
			return opened(t, filepath.Join(dir, store.FileName))
		}},
		{"data from before a restore", ReplacedKept, store.ReplacedPrefix, func(t *testing.T, dir, _ string) time.Duration {
			storetest.Write(t, filepath.Join(dir, store.ReplacedPrefix+"20261125T214500Z"), []byte("data"))
			return 0
		}},
		{"log of another database", ReplacedKept, kv.UnusedSuffix, func(t *testing.T, dir, _ string) time.Duration {
			storetest.Write(t, filepath.Join(dir, store.WALName+kv.UnusedSuffix), nil)
			return 0
		}},
		{"backup of another database", BackupMissing, "", func(t *testing.T, _, backups string) time.Duration {
			other, _ := storetest.Filled(t, 1)
			storetest.Remove(t, filepath.Join(backups, "monday"+backup.Suffix))
			made(t, other, filepath.Join(backups, "theirs"+backup.Suffix))
			return 0
		}},
		{"clock behind the newest change", ClockBehind, "what:change", func(*testing.T, string, string) time.Duration { return -time.Hour }},
		{"clock behind the newest backup", ClockBehind, "what:backup", func(*testing.T, string, string) time.Duration { return -time.Hour }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, dir := storetest.Filled(t, 2)
			backups := t.TempDir()
			made(t, s, filepath.Join(backups, "monday"+backup.Suffix))
			storetest.Close(t, s)
			later := tt.harm(t, dir, backups)
			found, wrong := false, 0
			list := Examine(dir, backups, store.Now().Add(later))
			for _, f := range list {
				found = found || f.Code == tt.want && strings.Contains(fmt.Sprint(f.Facts), tt.has)
				if !slices.Contains(well, f.Code) {
					wrong++
				}
			}
			if !found || (wrong > 0) == slices.Contains(well, tt.want) {
				t.Errorf("got %v\nwant %s with %q", list, tt.want, tt.has)
			}
			storetest.Open(t, storetest.Empty(t, dir))
		})
	}
}

// well are the codes of a folder that needs nothing, on whatever disk a test runs.
var well = []Code{
	DatabaseClosed, ChangeLog, ClockRight, BackupRecent, DiskSpace, FilePrivate, KeyMissing,
	FolderOnDisk, FolderOnNetwork, FolderOnFUSE, FolderInMemory, FolderUnknown, FolderSynced,
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
	for kind, want := range map[string]Code{"network": FolderOnNetwork, "fuse": FolderOnFUSE, "memory": FolderInMemory, "": FolderOnDisk} {
		d := &diagnosis{}
		if d.volume("/data", kv.Volume{Kind: kind}, nil); len(d.found) != 1 || d.found[0].Code != want {
			t.Errorf("%q: got %v, want %s", kind, d.found, want)
		}
	}
	for free, want := range map[uint64]Code{minFree + 199: DiskSpaceLow, minFree + 200: DiskSpace} {
		d := &diagnosis{size: 100}
		if d.room("/data", free); len(d.found) != 1 || d.found[0].Code != want {
			t.Errorf("%d bytes free: got %v, want %s", free, d.found, want)
		}
	}
}

// TestZone compares the rules in use with the machine's, and with the day.
func TestZone(t *testing.T) {
	at := func(day string) time.Time {
		std, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return std
	}
	released := zone.Embedded().Released
	rules := func(code Code, name, offset string) Finding {
		return Finding{code, store.Facts{"zone": name, "offset": offset, "version": zone.Embedded().Version}}
	}
	differ := func(from string) Finding {
		var time store.Time
		if err := time.UnmarshalJSON([]byte(`"` + from + `"`)); err != nil {
			t.Fatal(err)
		}
		return Finding{ZoneRulesDiffer, store.Facts{"zone": "Africa/Casablanca", "machine": "+01:00", "offset": "+00:00", "time": time}}
	}
	tests := []struct {
		name    string
		zone    string
		machine *zone.Data
		now     time.Time
		want    []Finding
	}{
		{"the machine has none", "Africa/Casablanca", nil, at("2026-11-28"), []Finding{rules(ZoneRules, "Africa/Casablanca", "+00:00")}},
		{"the same", "Africa/Casablanca", zone.Embedded(), at("2026-11-28"), []Finding{rules(ZoneRules, "Africa/Casablanca", "+00:00")}},
		{"other rules", "Africa/Casablanca", zone.Before(), at("2026-11-28"),
			[]Finding{rules(ZoneRules, "Africa/Casablanca", "+00:00"), differ("2026-11-28T00:00:00.000Z")}},
		{"other rules from later on", "Africa/Casablanca", zone.Before(), at("2026-08-01"),
			[]Finding{rules(ZoneRules, "Africa/Casablanca", "+01:00"), differ("2026-09-20T01:00:00.000Z")}},
		{"the same rules by other data", "Asia/Tokyo", zone.Before(), at("2026-11-28"), []Finding{rules(ZoneRules, "Asia/Tokyo", "+09:00")}},
		{"a year old", "Asia/Tokyo", nil, released.AddDate(0, 0, 365), []Finding{rules(ZoneRules, "Asia/Tokyo", "+09:00")}},
		{"older", "Asia/Tokyo", nil, released.AddDate(0, 0, 366), []Finding{rules(ZoneRulesOld, "Asia/Tokyo", "+09:00")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Zone(zoneOf(t, zone.Embedded(), tt.zone), tt.machine, tt.now); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v\nwant %v", got, tt.want)
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

// made makes a backup, which must succeed.
func made(t testing.TB, s *store.Store, to string) backup.File {
	t.Helper()
	b, err := backup.Make(t.Context(), s, to, "test")
	if err != nil {
		t.Fatal(err)
	}
	return b
}
