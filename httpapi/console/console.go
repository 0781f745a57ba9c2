// Package console has the browser console: the files of this folder, which are embedded in the program and served as they are. README.md
// is the guide to them.
package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed index.html boot.js main.js icon.svg css lang lib pages ui vendor
var files embed.FS

// Path is the path below which the files are served. The hash of all files follows it, so that a browser may keep each file for ever.
const Path = "/console/"

// Policy is the page's Content-Security-Policy: it may load from and call this service only, and run no inline script.
const Policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// A Bundle has the console's files in the form in which they are served.
type Bundle struct {
	Hash  string
	Index []byte          // index.html, with the hash and the modules filled in
	Files map[string]File // by name, such as "lib/api.js"
}

// A File is one file of the console.
type File struct {
	Type   string // Content-Type
	Plain  []byte
	Packed []byte // compressed with gzip; nil if that is not smaller
}

// Load returns the console. The first call reads and packs the files.
var Load = sync.OnceValues(load)

func load() (*Bundle, error) {
	b := &Bundle{Files: make(map[string]File)}
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if strings.HasPrefix(name, "vendor/") && path.Ext(name) != ".js" {
			return nil // licences are not served
		}
		raw, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(raw))
		sum.Write(raw)
		b.Files[name], err = pack(name, raw)
		return err
	})
	if err != nil {
		return nil, err
	}
	b.Hash = hex.EncodeToString(sum.Sum(nil)[:8])
	b.Index = b.fillIndex(b.Files["index.html"].Plain)
	delete(b.Files, "index.html")
	return b, nil
}

func pack(name string, raw []byte) (File, error) {
	f := File{Type: contentType(path.Ext(name)), Plain: raw}
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return f, err
	}
	if _, err := w.Write(raw); err != nil {
		return f, err
	}
	if err := w.Close(); err != nil {
		return f, err
	}
	if buf.Len() < len(raw) {
		f.Packed = buf.Bytes()
	}
	return f, nil
}

// contentType returns the type of a file. For the types of the console, package mime does not use the machine's tables, which may be wrong.
func contentType(ext string) string {
	switch ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(ext)
}

// fillIndex returns the page with the hash, and with a link to each module, so that a browser loads all of them at once.
func (b *Bundle) fillIndex(index []byte) []byte {
	var modules strings.Builder
	for _, name := range slices.Sorted(maps.Keys(b.Files)) {
		if path.Ext(name) == ".js" && name != "boot.js" {
			fmt.Fprintf(&modules, "<link rel=\"modulepreload\" href=\"%s%s/%s\">\n", Path, b.Hash, name)
		}
	}
	index = bytes.ReplaceAll(index, []byte("{{files}}"), []byte(Path+b.Hash))
	return bytes.ReplaceAll(index, []byte("<!-- modules -->\n"), []byte(modules.String()))
}

// Tag returns the page's ETag.
func (b *Bundle) Tag() string { return `"` + b.Hash + `"` }

// PageHeaders sets the headers of the page. A browser asks for the page each time, because it names the files of this version.
func (b *Bundle) PageHeaders(h http.Header) {
	h.Set("Content-Security-Policy", Policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	h["Etag"] = []string{b.Tag()}
}

// ServeFile answers with the file of the request's path, packed if the browser accepts that. It reports whether there is one.
func (b *Bundle) ServeFile(w http.ResponseWriter, r *http.Request) bool {
	f, ok := b.Files[strings.TrimPrefix(r.URL.Path, Path+b.Hash+"/")]
	if !ok {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := f.Plain
	if f.Packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.Packed
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
	return true
}
