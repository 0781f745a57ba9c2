package httpapi

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"

	"crm/httpapi/console"
)

// bundled returns the console as it is served.
func bundled(t testing.TB) *console.Bundle {
	t.Helper()
	b, err := console.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fetchPacked gets a path as a client that accepts gzip.
func (f *fixture) fetchPacked(path string) *answer {
	f.t.Helper()
	r := newRequest(f.t, "GET", path, nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	return f.do(r)
}

// Each file is served under the hash of all files, immutable, plain and packed.
func TestConsoleFiles(t *testing.T) {
	f := newFixture(t)
	b := bundled(t)
	kinds := map[string]string{".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml"}
	for name, file := range b.Files {
		f.run(name, func(t *testing.T) {
			at := console.Path + b.Hash + "/" + name
			plain := f.send("GET", at, nil).want(http.StatusOK)
			if !bytes.Equal(plain.body, file.Plain) || plain.header.Get("Content-Encoding") != "" {
				t.Errorf("got %d bytes, %q, want the file as it is", len(plain.body), plain.header.Get("Content-Encoding"))
			}
			if got, want := plain.header.Get("Content-Type"), kinds[path.Ext(name)]; want == "" || !strings.HasPrefix(got, want) {
				t.Errorf("Content-Type: got %q, want %q", got, want)
			}
			if got := plain.header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
				t.Errorf("Cache-Control: got %q", got)
			}
			packed := f.fetchPacked(at).want(http.StatusOK)
			if file.Packed == nil {
				return
			}
			unpacked, err := gzip.NewReader(bytes.NewReader(packed.body))
			if err != nil || packed.header.Get("Content-Encoding") != "gzip" {
				t.Fatalf("packed: got %q, %v", packed.header.Get("Content-Encoding"), err)
			}
			if got, err := io.ReadAll(unpacked); err != nil || !bytes.Equal(got, file.Plain) {
				t.Errorf("unpacked: got %d bytes, %v, want %d", len(got), err, len(file.Plain))
			}
		})
	}
	for _, at := range []string{"", b.Hash, b.Hash + "/", b.Hash + "/main.js.gz", b.Hash + "/index.html", b.Hash + "/vendor/preact.LICENSE", b.Hash + "/../main.js", "0000/main.js"} {
		bare(f, "GET", console.Path+at, nil).wantProblem(http.StatusNotFound, "Not found")
	}
	bare(f, "OPTIONS", console.Path+b.Hash+"/main.js", nil).want(http.StatusNoContent)
	post := bare(f, "POST", console.Path+b.Hash+"/main.js", "{}").wantProblem(http.StatusMethodNotAllowed, "Method POST is not allowed here")
	if got := post.header.Get("Allow"); got != "GET, HEAD, OPTIONS" {
		t.Errorf("Allow: got %q", got)
	}
}

// The page is revalidated each time, and its policy allows only scripts of this service.
func TestConsolePage(t *testing.T) {
	f := newFixture(t)
	b := bundled(t)
	page := f.send("GET", "/", nil).want(http.StatusOK)
	for name, want := range map[string]string{"Cache-Control": "no-cache", "Etag": `"` + b.Hash + `"`, "Content-Security-Policy": console.Policy} {
		if got := page.header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if strings.Contains(console.Policy, "unsafe") {
		t.Errorf("policy: got %q, want nothing unsafe", console.Policy)
	}
	again := newRequest(t, "GET", "/", nil)
	again.Header.Set("If-None-Match", page.header.Get("Etag"))
	f.do(again).want(http.StatusNotModified)
	for name := range b.Files {
		if path.Ext(name) == ".js" && !bytes.Contains(page.body, []byte(console.Path+b.Hash+"/"+name)) {
			t.Errorf("the page does not ask for %s in advance", name)
		}
	}
	if bytes.Contains(page.body, []byte("{{")) || bytes.Contains(page.body, []byte("<!-- modules")) {
		t.Errorf("the page is not filled in: %s", page.body)
	}
}
