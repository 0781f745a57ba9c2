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

// The zone data in the program, and version 2025c, which never changes. Rows of older schemas have instants that were computed by 2025c,
// the data of Go 1.26. See make.go.
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
	Version  string    // such as 2026f; empty if unknown
	Released time.Time // approximately when the version was published; zero if unknown
	files    fs.FS
}

// Embedded returns the data in the program.
var Embedded = sync.OnceValue(func() *Data {
	version, day, _ := strings.Cut(strings.TrimSpace(currentVersion), " ")
	released, _ := time.Parse(time.DateOnly, day)
	return &Data{version, released, unzip(current)}
})

// Before returns version 2025c, by which rows of older schemas are read.
var Before = sync.OnceValue(func() *Data { return &Data{Version: "2025c", files: unzip(before)} })

func unzip(raw []byte) fs.FS {
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		panic(err) // the program was built with a damaged file
	}
	return r
}

// folders has the folders in which systems keep zone data. Package time has the same list.
var folders = []string{"/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"}

// System returns the data of the machine, from the folder with the newest version among $ZONEINFO and the usual ones. It returns nil if
// there is none, as on Windows. It ignores a $ZONEINFO that is not a folder.
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

// versionLine matches the first line of tzdata.zi or of +VERSION, to which distributions may add something.
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

// headOf returns the beginning of a file and when it was written, or "" if there is no such file.
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

// released returns when a version was published: the time at which its file was written, if that is in the year of the version, and else
// the end of that year.
func released(version string, modified time.Time) time.Time {
	end, err := time.Parse("2006-01-02", version[:4]+"-12-31")
	if err != nil || modified.Year() == end.Year() {
		return modified.UTC()
	}
	return end
}

// Zone returns a time zone by this data, such as Africa/Casablanca, or an error if the data does not have it.
func (d *Data) Zone(name string) (*Zone, error) {
	raw, err := fs.ReadFile(d.files, name) // refuses names outside of the folder
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q", name)
	}
	location, err := time.LoadLocationFromTZData(name, raw)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", name, err)
	}
	return &Zone{location, d}, nil
}

// Newest returns the newer data of the program's and the machine's. Data without a version counts as older.
func Newest() *Data {
	if d := System(); d != nil && d.Version > Embedded().Version {
		return d
	}
	return Embedded()
}

// Load returns a time zone by the newest data. If the machine's data is newer but lacks the zone, it uses the program's. The name "" stands
// for UTC.
func Load(name string) (*Zone, error) {
	name = cmp.Or(name, "UTC")
	if z, err := Newest().Zone(name); err == nil {
		return z, nil
	}
	return Embedded().Zone(name)
}
