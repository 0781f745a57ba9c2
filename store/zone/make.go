//go:build ignore

// Command make writes the zone data in the program, tzdata.zip, and its version to VERSION. Run it with go generate after the
// distribution's package tzdata was updated. It needs zic (Debian: libc-bin).
//
//	go run make.go                     from /usr/share/zoneinfo/tzdata.zi
//	go run make.go FOLDER/tzdata.zi    from another file, such as one of an unpacked package
//	go run make.go -go                 writes 2025c.zip from Go's own data, which must be 2025c; this was done once
package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	source := "/usr/share/zoneinfo/tzdata.zi"
	if len(os.Args) > 1 {
		source = os.Args[1]
	}
	var err error
	if source == "-go" {
		err = fromGo(filepath.Join(runtime.GOROOT(), "lib/time/zoneinfo.zip"), "2025c")
	} else {
		err = fromSource(source)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// fromSource compiles IANA's source into tzdata.zip. The source is one file, with the version in its first line.
func fromSource(source string) error {
	text, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	head, _, _ := bytes.Cut(text, []byte("\n"))
	version, ok := strings.CutPrefix(string(head), "# version ")
	if !ok {
		return fmt.Errorf("%s does not begin with its version", source)
	}
	dir, err := os.MkdirTemp("", "zoneinfo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("zic", "-b", "slim", "-d", dir, source).CombinedOutput(); err != nil {
		return fmt.Errorf("zic: %w: %s", err, out)
	}
	if err := pack("tzdata.zip", os.DirFS(dir)); err != nil {
		return err
	}
	return os.WriteFile("VERSION", fmt.Appendf(nil, "%s %s\n", version, info.ModTime().UTC().Format(time.DateOnly)), 0o644)
}

// fromGo packs the data that comes with Go, if it is of a version.
func fromGo(path, version string) error {
	script, err := os.ReadFile(filepath.Join(filepath.Dir(path), "update.bash"))
	if err != nil {
		return err
	}
	if !bytes.Contains(script, []byte("\nDATA="+version+"\n")) {
		return errors.New(path + " is not " + version)
	}
	r, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer r.Close()
	return pack(version+".zip", r)
}

// pack writes the files of a folder in a fixed order and without times, so that the same data always makes the same archive.
func pack(path string, files fs.FS) error {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) { return flate.NewWriter(to, flate.BestCompression) })
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		to, err := w.Create(name)
		if err != nil {
			return err
		}
		_, err = to.Write(raw)
		return err
	})
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	return os.WriteFile(path, buf.Bytes(), 0o644)
}
