package httpapi

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

	"crm/httpapi/wire"
)

//go:embed console
var consoleFiles embed.FS

// consolePath is where the console's files are; the hash of all of them follows, so that each may be kept for ever.
const consolePath = "/console/"

// consolePolicy lets the console load and call this service alone, and run nothing that is written into a page.
const consolePolicy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// A consoleBundle is the browser console as it is served.
type consoleBundle struct {
	hash  string
	index []byte // index.html, with the hash and the modules filled in
	files map[string]consoleFile
}

type consoleFile struct {
	kind   string // Content-Type
	plain  []byte
	packed []byte // gzip; nil where it would be no smaller
}

// console is made at the first request for it.
var console = sync.OnceValues(bundleConsole)

// bundleConsole reads and packs the files below console/. Those of vendor/ that are no modules stay in the source.
func bundleConsole() (*consoleBundle, error) {
	b := &consoleBundle{files: make(map[string]consoleFile)}
	sum := sha256.New()
	err := fs.WalkDir(consoleFiles, "console", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := consoleFiles.ReadFile(name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, "console/")
		if strings.HasPrefix(name, "vendor/") && path.Ext(name) != ".js" {
			return nil
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(raw))
		sum.Write(raw)
		b.files[name], err = packFile(name, raw)
		return err
	})
	if err != nil {
		return nil, err
	}
	b.hash = hex.EncodeToString(sum.Sum(nil)[:8])
	b.index = b.fillIndex(b.files["index.html"].plain)
	delete(b.files, "index.html")
	return b, nil
}

func packFile(name string, raw []byte) (consoleFile, error) {
	f := consoleFile{kind: consoleKind(path.Ext(name)), plain: raw}
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
		f.packed = buf.Bytes()
	}
	return f, nil
}

// consoleKind names the types that the console has; the table of a machine may say otherwise.
func consoleKind(ext string) string {
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

// fillIndex names the hash, and every module, so that a browser asks for all of them at once.
func (b *consoleBundle) fillIndex(index []byte) []byte {
	var modules strings.Builder
	for _, name := range slices.Sorted(maps.Keys(b.files)) {
		if path.Ext(name) == ".js" && name != "boot.js" {
			fmt.Fprintf(&modules, "<link rel=\"modulepreload\" href=\"%s%s/%s\">\n", consolePath, b.hash, name)
		}
	}
	index = bytes.ReplaceAll(index, []byte("{{files}}"), []byte(consolePath+b.hash))
	return bytes.ReplaceAll(index, []byte("<!-- modules -->\n"), []byte(modules.String()))
}

// home answers / with the console's page. It is asked for each time, and says which files belong to it.
func (a *API) home(c *call) error {
	b, err := console()
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Security-Policy", consolePolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	tag := `"` + b.hash + `"`
	h["Etag"] = []string{tag}
	if wire.IsListed(c.r.Header["If-None-Match"], tag) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = c.w.Write(b.index)
	return nil
}

// consoleRoute is every file of the console. It is no operation of the API, and so not among the routes.
var consoleRoute = route{http.MethodGet, "/" + consolePath, open, false, (*API).consoleFile}

// consoleFile answers with one of the console's files, packed if the browser can unpack it.
func (a *API) consoleFile(c *call) error {
	b, err := console()
	if err != nil {
		return err
	}
	f, ok := b.files[strings.TrimPrefix(c.r.URL.Path, consolePath+b.hash+"/")]
	if !ok {
		return wire.ErrNoPage
	}
	h := c.w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	if f.packed != nil && strings.Contains(c.r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = c.w.Write(body)
	return nil
}
