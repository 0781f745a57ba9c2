package zone

import (
	"archive/zip"
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// The data that the program carries, and 2025c, under which every row was written before rows kept what was meant: the
// last data of Go 1.26 and of programs built with it. It never changes. See make.go.
var (
	//go:embed tzdata.zip
	current []byte
	//go:embed VERSION
	currentVersion string
	//go:embed 2025c.zip
	before []byte
)

//go:generate go run make.go

// Data is the IANA time zone database of one version.
type Data struct {
	Version  string    // such as 2026f; empty where the data does not say
	Released time.Time // about when the version was published; zero where that is unknown
	files    fs.FS
}

// Embedded is the data that the program carries.
var Embedded = sync.OnceValue(func() *Data {
	version, day, _ := strings.Cut(strings.TrimSpace(currentVersion), " ")
	released, _ := time.Parse(time.DateOnly, day)
	return &Data{version, released, unzip(current)}
})

// Before is 2025c, by which rows are read that were written before they kept what was meant.
var Before = sync.OnceValue(func() *Data { return &Data{Version: "2025c", files: unzip(before)} })

func unzip(raw []byte) fs.FS {
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		panic(err) // the program was built with a damaged file
	}
	return r
}

// folders are where systems keep zone data, as package time knows them.
var folders = []string{"/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"}

// System returns the machine's own data: of $ZONEINFO and the usual folders the one with the newest version, nil when there
// is none, as on Windows. A $ZONEINFO that is no folder counts for nothing.
func System() *Data {
	var found []*Data
	for _, dir := range append([]string{os.Getenv("ZONEINFO")}, folders...) {
		if info, err := os.Stat(dir); dir != "" && err == nil && info.IsDir() {
			found = append(found, inFolder(os.DirFS(dir)))
		}
	}
	if len(found) == 0 {
		return nil
	}
	return slices.MaxFunc(found, func(a, b *Data) int { return cmp.Compare(a.Version, b.Version) })
}

// versionLine is the first line of tzdata.zi, or that of +VERSION. Distributions add to it what they changed.
var versionLine = regexp.MustCompile(`^(?:# version )?(\d{4}[a-z]+)`)

// inFolder returns the data of a folder with a file for each zone.
func inFolder(files fs.FS) *Data {
	d := &Data{files: files}
	for _, name := range []string{"tzdata.zi", "+VERSION"} {
		head, modified := headOf(files, name)
		if found := versionLine.FindStringSubmatch(head); found != nil {
			d.Version, d.Released = found[1], released(found[1], modified)
			break
		}
	}
	return d
}

// headOf is how a file begins, and when it was written; nothing for what is no file.
func headOf(files fs.FS, name string) (head string, modified time.Time) {
	info, err := fs.Stat(files, name)
	if err != nil || !info.Mode().IsRegular() {
		return "", modified
	}
	f, err := files.Open(name)
	if err != nil {
		return "", modified
	}
	defer func() { _ = f.Close() }()
	raw, _ := io.ReadAll(io.LimitReader(f, 64))
	return string(raw), info.ModTime()
}

// released returns when a version was published: when its file was written, if that was in the year of its name, and otherwise
// the end of that year.
func released(version string, modified time.Time) time.Time {
	end, err := time.Parse("2006-01-02", version[:4]+"-12-31")
	if err != nil || modified.Year() == end.Year() {
		return modified.UTC()
	}
	return end
}

// Zone returns a time zone by this data, such as Africa/Casablanca. It is an error when the data does not have it.
func (d *Data) Zone(name string) (*Zone, error) {
	raw, err := fs.ReadFile(d.files, name) // refuses what is outside of the folder
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q", name)
	}
	location, err := time.LoadLocationFromTZData(name, raw)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", name, err)
	}
	return &Zone{location, d}, nil
}

// Newest returns the newer of the program's own data and the machine's. One that does not say its version counts as older.
func Newest() *Data {
	if d := System(); d != nil && d.Version > Embedded().Version {
		return d
	}
	return Embedded()
}

// Load returns a time zone by the newest data; the program's own has those that the machine's lacks or cannot read. The empty name is
// UTC.
func Load(name string) (*Zone, error) {
	name = cmp.Or(name, "UTC")
	if z, err := Newest().Zone(name); err == nil {
		return z, nil
	}
	return Embedded().Zone(name)
}
