package httpapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/gorilla/mux"
	"github.com/swaggest/swgui/v5/static"
	"github.com/swaggest/swgui/v5emb"
	"sigs.k8s.io/yaml"

	"crm/httpapi/wire"
)

//go:embed openapi.yaml
var openapiYAML []byte

// openapiJSON returns the same document as JSON, for clients that cannot read YAML.
var openapiJSON = sync.OnceValues(func() ([]byte, error) { return yaml.YAMLToJSON(openapiYAML) })

// policy returns the Content-Security-Policy of the docs page. The page may load only our own files. Its inline scripts are allowed by
// their hashes (CSP 3, section 2.3.1), and all inline styles, since these change while the page is used.
var policy = sync.OnceValue(func() string {
	page := written{header: http.Header{}}
	docsHandler.ServeHTTP(&page, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/docs/"}})
	scripts := "script-src 'self'"
	for _, script := range inline.FindAllSubmatch(page.Bytes(), -1) {
		sum := sha256.Sum256(script[1])
		scripts += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'self'; style-src 'self' 'unsafe-inline'; " + scripts + "; " +
		"img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
})

var inline = regexp.MustCompile(`(?s)<script>(.*?)</script>`)

// written is a response in memory.
type written struct {
	bytes.Buffer
	header http.Header
}

func (w *written) Header() http.Header { return w.header }
func (w *written) WriteHeader(int)     {}

// guard sets the headers of pages: what a page may load, and that links do not reveal its address.
func guard(h http.Header) {
	h.Set("Content-Security-Policy", policy())
	h.Set("Referrer-Policy", "no-referrer")
}

func (a *API) openapiYAML(c *call) error {
	c.w.Header().Set("Content-Type", "application/yaml")
	_, _ = c.w.Write(openapiYAML)
	return nil
}

func (a *API) openapiJSON(c *call) error {
	raw, err := openapiJSON()
	if err != nil {
		return err
	}
	c.w.Header()["Content-Type"] = jsonType
	_, _ = c.w.Write(raw)
	return nil
}

// docsHandler serves a page that shows the document and can send requests. All of its files are in this program.
var docsHandler = v5emb.New("CRM API", "/openapi.json", "/docs/")

func (a *API) docs(c *call) error {
	guard(c.w.Header())
	r := c.r
	if strings.TrimSuffix(r.URL.Path, "/") == "/docs" {
		r = r.Clone(r.Context())
		r.URL.Path = "/docs/"
	}
	if name := mux.Vars(c.r)["asset"]; name != "" && !isAsset(name) && !isAsset(name+".gz") {
		return wire.ErrNoPage
	}
	docsHandler.ServeHTTP(c.w, r)
	return nil
}

// isAsset reports whether the docs page has a file of this name.
func isAsset(name string) bool {
	info, err := fs.Stat(static.FS, name)
	return err == nil && !info.IsDir()
}
