package zone

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

func load(t testing.TB, d *Data, name string) *Zone {
	t.Helper()
	z, err := d.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// files returns those of an archive, one for each zone.
func files(t *testing.T, raw []byte) []*zip.File {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return r.File
}

// In every zone, over three years, days follow one another without gap or overlap, and what the clocks show is in its day.
func TestEachInstantIsInOneDay(t *testing.T) {
	first, last := Date(2026, 11, 28), Date(2029, 11, 28)
	seen := map[uint32]bool{}
	for _, f := range files(t, current) {
		if seen[f.CRC32] { // another name of the same
			continue
		}
		seen[f.CRC32] = true
		name, z := f.Name, load(t, Embedded(), f.Name)
		for day := first; day < last; day++ {
			from, to := z.Start(day), z.Start(day+1)
			if !from.Before(to) || z.Day(from) != day || z.Day(to.Add(-time.Nanosecond)) != day {
				t.Fatalf("%s: %s begins at %s, in %s, and the next day at %s", name, day, from, z.Day(from), to)
			}
			within := from.Add(rand.N(to.Sub(from)))
			for _, at := range []time.Time{from, within, to.Add(-time.Nanosecond)} {
				if shown := at.In(z.Location()).Format(time.DateOnly); z.Day(at) != day || shown != day.String() {
					t.Fatalf("%s: %s is in %s, and the clocks show %s", name, at, z.Day(at), shown)
				}
			}
		}
		for _, o := range z.Offsets(z.Start(first), z.Start(last))[1:] {
			for _, at := range []time.Time{o.From.Add(-time.Nanosecond), o.From} {
				if day := z.Day(at); at.Before(z.Start(day)) || !at.Before(z.Start(day+1)) {
					t.Fatalf("%s: %s is in %s, which does not have it", name, at, day)
				}
			}
		}
	}
}

func TestStart(t *testing.T) {
	tests := []struct{ name, zone, day, start, next string }{
		{"midnight is skipped", "Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
		{"the night before comes twice", "Africa/Cairo", "2026-10-29", "2026-10-28T21:00:00Z", "2026-10-29T22:00:00Z"},
		{"midnight is skipped", "Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"},
		{"midnight is skipped", "America/Havana", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
		{"midnight comes twice", "America/Havana", "2027-11-07", "2027-11-07T04:00:00Z", "2027-11-08T05:00:00Z"},
		{"back over midnight at a minute past it", "America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z"},
		{"the day before the one that is skipped", "Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"},
		{"the whole day is skipped", "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
		{"the day after it", "Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
		{"before clocks had zones", "Europe/Paris", "1800-01-01", "1799-12-31T23:50:39Z", "1800-01-01T23:50:39Z"},
		{"far ahead", "Europe/Paris", "9999-07-01", "9999-06-30T22:00:00Z", "9999-07-01T22:00:00Z"},
		{"the last day of a leap year", "Europe/Paris", "2028-12-31", "2028-12-30T23:00:00Z", "2028-12-31T23:00:00Z"},
		{"far east", "Pacific/Kiritimati", "2026-12-10", "2026-12-09T10:00:00Z", "2026-12-10T10:00:00Z"},
		{"far west", "Etc/GMT+12", "2026-12-10", "2026-12-10T12:00:00Z", "2026-12-11T12:00:00Z"},
		{"Morocco by new rules", "Africa/Casablanca", "2026-12-10", "2026-12-10T00:00:00Z", "2026-12-11T00:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name+", "+tt.zone, func(t *testing.T) {
			z := load(t, Embedded(), tt.zone)
			local, err := ParseLocal(tt.day)
			if err != nil {
				t.Fatal(err)
			}
			start, next := z.Start(local.Day()), z.Start(local.Day()+1)
			if got := start.Format(time.RFC3339); got != tt.start || !z.At(local).Equal(start) {
				t.Errorf("begins at %s and %s, want %s", got, z.At(local), tt.start)
			}
			if got := next.Format(time.RFC3339); got != tt.next {
				t.Errorf("ends at %s, want %s", got, tt.next)
			}
			if start.Before(next) && (z.Day(start) != local.Day() || z.Day(next.Add(-1)) != local.Day()) {
				t.Errorf("its ends are in %s and %s", z.Day(start), z.Day(next.Add(-1)))
			}
		})
	}
	if got := load(t, Before(), "Africa/Casablanca").Start(Date(2026, 12, 10)).Format(time.RFC3339); got != "2026-12-09T23:00:00Z" {
		t.Errorf("Morocco by old rules: 10 December begins at %s", got)
	}
}

func TestLocal(t *testing.T) {
	z := load(t, Embedded(), "Africa/Cairo")
	tests := []struct{ read, text, at string }{ // a text of "" is an error
		{"2026-12-10", "2026-12-10", "2026-12-09T22:00:00Z"},
		{"2026-12-10T10:00", "2026-12-10T10:00", "2026-12-10T08:00:00Z"},
		{"2026-12-10T10:00:00", "2026-12-10T10:00:00", "2026-12-10T08:00:00Z"},
		{"2026-12-10T10:00:05.250", "2026-12-10T10:00:05.25", "2026-12-10T08:00:05.25Z"},
		{"2026-12-10T10:00:05.1239", "2026-12-10T10:00:05.123", "2026-12-10T08:00:05.123Z"},
		{"2026-04-24T00:30", "2026-04-24T00:30", "2026-04-23T22:00:00Z"}, // skipped: the first instant after it
		{"2026-10-29T23:30", "2026-10-29T23:30", "2026-10-29T20:30:00Z"}, // comes twice: the first
		{"2024-02-29", "2024-02-29", "2024-02-28T22:00:00Z"},
		{"2026-12-10T10:00Z", "", ""}, {"2026-12-10T10", "", ""}, {"2026-02-29", "", ""}, {"2026-12-10T24:00", "", ""}, {"", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.read, func(t *testing.T) {
			local, err := ParseLocal(tt.read)
			if (err != nil) != (tt.text == "") || local.String() != tt.text {
				t.Fatalf("got %q, %v, want %q", local, err, tt.text)
			}
			if err != nil {
				return
			}
			if got := z.At(local).Format(time.RFC3339Nano); got != tt.at {
				t.Errorf("is %s, want %s", got, tt.at)
			}
			if again, err := ParseLocal(local.String()); err != nil || again != local {
				t.Errorf("%v is read as %v, %v", local, again, err)
			}
			if local.IsDay() != (len(tt.read) == 10) {
				t.Errorf("a day alone: %v", local.IsDay())
			}
		})
	}
}

func TestDay(t *testing.T) {
	tests := []struct{ day, weekday, monday, month, next string }{
		{"2026-11-28", "Saturday", "2026-11-23", "2026-11-01", "2026-12-01"},
		{"2026-11-29", "Sunday", "2026-11-23", "2026-11-01", "2026-12-01"},
		{"2026-11-30", "Monday", "2026-11-30", "2026-11-01", "2026-12-01"},
		{"2026-12-31", "Thursday", "2026-12-28", "2026-12-01", "2027-01-01"},
		{"1969-12-31", "Wednesday", "1969-12-29", "1969-12-01", "1970-01-01"},
		{"0001-01-01", "Monday", "0001-01-01", "0001-01-01", "0001-02-01"},
	}
	for _, tt := range tests {
		local, err := ParseLocal(tt.day)
		if err != nil {
			t.Fatal(err)
		}
		d := local.Day()
		got := []string{d.String(), d.Weekday().String(), d.Monday().String(), d.Month(0).String(), d.Month(1).String()}
		for i, want := range []string{tt.day, tt.weekday, tt.monday, tt.month, tt.next} {
			if got[i] != want {
				t.Errorf("%s: got %q, want %+v", tt.day, got, tt)
				break
			}
		}
	}
}

func TestOffsets(t *testing.T) {
	from, to := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		zone string
		want []string
	}{
		{"Africa/Casablanca", []string{"2026-01-01T00:00:00Z 1h0m0s", "2026-02-15T02:00:00Z 0s", "2026-03-22T02:00:00Z 1h0m0s", "2026-09-20T01:00:00Z 0s"}},
		{"Asia/Tokyo", []string{"2026-01-01T00:00:00Z 9h0m0s"}},
		{"America/Havana", []string{"2026-01-01T00:00:00Z -5h0m0s", "2026-03-08T05:00:00Z -4h0m0s"}},
	}
	for _, tt := range tests {
		var got []string
		for _, o := range load(t, Embedded(), tt.zone).Offsets(from, to) {
			got = append(got, o.From.Format(time.RFC3339)+" "+o.Ahead.String())
		}
		if len(got) != len(tt.want) {
			t.Errorf("%s: got %q, want %q", tt.zone, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s: got %q, want %q", tt.zone, got, tt.want)
			}
		}
	}
}

// The embedded data names its version, and has every zone of the earlier data, since an office may use any of them.
func TestEmbedded(t *testing.T) {
	d := Embedded()
	if !regexp.MustCompile(`^\d{4}[a-z]+$`).MatchString(d.Version) || d.Version < "2026f" || d.Released.Year() < 2026 {
		t.Errorf("got version %q of %s", d.Version, d.Released)
	}
	for _, f := range files(t, before) {
		load(t, d, f.Name)
	}
	load(t, d, "Africa/Casablanca")
}

// folder returns one with zone data of a version, in which Casablanca has Tokyo's time.
func folder(t *testing.T, file, version string) string {
	t.Helper()
	tokyo, err := fs.ReadFile(Embedded().files, "Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "Africa"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"Africa/Casablanca": tokyo, "Africa/Cairo": []byte("TZif"), file: []byte(version)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The newest data is used, whatever $ZONEINFO says.
func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("# version 2999a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, zoneinfo string
		used           bool
	}{
		{"none", "", false},
		{"a folder that is not there", file + "/nowhere", false},
		{"a file", file, false},
		{"newer", folder(t, "tzdata.zi", "# version 2999a\n# redo posix_only\n"), true},
		{"newer, on a Mac", folder(t, "+VERSION", "2999a\n"), true},
		{"newer, changed by a distribution", folder(t, "tzdata.zi", "# version 2999a-dirty\n"), true},
		{"older", folder(t, "tzdata.zi", "# version 2025b\n"), false},
		{"does not say", folder(t, "README", "2999a"), false},
		{"says nonsense", folder(t, "tzdata.zi", "# version next\n"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("ZONEINFO", tt.zoneinfo)
			z, err := Load("Africa/Casablanca")
			if err != nil {
				t.Fatal(err)
			}
			got := z.Offset(time.Date(2026, 12, 10, 0, 0, 0, 0, time.UTC)) == 9*time.Hour
			if got != tt.used || got != (z.Data().Version == "2999a") || z.Name() != "Africa/Casablanca" {
				t.Errorf("%s uses %s: %v, want %v", z.Name(), z.Data().Version, got, tt.used)
			}
			for _, name := range []string{"Africa/Cairo", "Europe/Paris", "UTC", ""} { // unreadable there, or missing
				if z, err := Load(name); err != nil || z.Data().Version == "2999a" {
					t.Errorf("%q: %v", name, err)
				}
			}
			for _, name := range []string{"Local", "Africa/Nowhere", "../Africa/Cairo", "/etc/localtime", "Africa", "tzdata.zi", "africa\\cairo"} {
				if z, err := Load(name); err == nil {
					t.Errorf("%q is %s", name, z.Name())
				}
			}
		})
	}
}

func TestReleased(t *testing.T) {
	tests := []struct{ version, modified, want string }{
		{"2026f", "2026-10-29", "2026-10-29"},
		{"2026f", "2027-02-01", "2026-12-31"}, // copied since
		{"2026f", "1970-01-01", "2026-12-31"},
	}
	for _, tt := range tests {
		modified, _ := time.Parse(time.DateOnly, tt.modified)
		if got := released(tt.version, modified).Format(time.DateOnly); got != tt.want {
			t.Errorf("%+v: got %s", tt, got)
		}
	}
}
