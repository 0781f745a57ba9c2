package httpapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"
	"github.com/swaggest/swgui/v5/static"
	"github.com/swaggest/swgui/v5emb"
	"sigs.k8s.io/yaml"

	"crm/httpapi/wire"
	"crm/store"
)

//go:embed openapi.yaml
var openapiYAML []byte

// openapiJSON is the same document, for clients that cannot read YAML.
var openapiJSON = sync.OnceValues(func() ([]byte, error) { return yaml.YAMLToJSON(openapiYAML) })

// policy keeps the docs page from loading anything that is not ours. Its inline scripts are named by their sums (CSP 3, section
// 2.3.1), so that no others run; its inline styles change while it is used.
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

// written is an answer that is kept.
type written struct {
	bytes.Buffer
	header http.Header
}

func (w *written) Header() http.Header { return w.header }
func (w *written) WriteHeader(int)     {}

// guard sets what a browser is told of pages: what they may load, and that addresses are nobody else's business.
func guard(h http.Header) {
	h.Set("Content-Security-Policy", policy())
	h.Set("Referrer-Policy", "no-referrer")
}

// A description is what the API says of itself at its root.
type description struct {
	Service string `json:"service"`
	Version string `json:"version"`
	Docs    string `json:"docs"`
	OpenAPI string `json:"openapi"`
	Health  string `json:"health"`
	Login   string `json:"login"`
	Zone    string `json:"timezone"` // the office's, where days begin and end
	// Of the zone's rules, which browsers may know in another version.
	Data    string       `json:"timezone_data"` // the version of IANA's data, such as 2026f
	Today   string       `json:"today"`
	Offsets []zoneOffset `json:"utc_offsets"`
}

// A zoneOffset is how far the office's clocks are ahead of UTC from an instant on.
type zoneOffset struct {
	From    store.Time `json:"from"`
	Minutes int        `json:"minutes"`
}

// How many years around now offsets are told of. They begin with the oldest record where that is older.
const offsetYearsBack, offsetYearsAhead = 10, 3

// offsets are those of the office's zone, in the order of time.
func (a *API) offsets(now store.Time) (list []zoneOffset, err error) {
	from, to := now.Std().AddDate(-offsetYearsBack, 0, 0), now.Std().AddDate(offsetYearsAhead, 0, 0)
	oldest, err := a.oldest(now)
	if err != nil {
		return nil, err
	}
	if t := oldest.Std(); t.Before(from) {
		from = time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC) // when exactly is not for who has shown no token
	}
	for _, o := range a.Store.Zone().Offsets(from, to) {
		list = append(list, zoneOffset{store.TimeOf(o.From), int(math.Round(o.Ahead.Minutes()))})
	}
	return list, nil
}

// oldest is the time of the oldest record, now where there is none.
func (a *API) oldest(now store.Time) (oldest store.Time, err error) {
	oldest = a.Index.Oldest(now)
	err = a.Store.View(func(tx *store.Tx) error {
		for id := range tx.Customers(store.ID{}) {
			c, err := tx.Customer(id)
			if err == nil {
				oldest = min(oldest, c.CreatedAt)
			}
			return err
		}
		return nil
	})
	return oldest, err
}

// describe leads programs, and people who look, from the API's root to its documentation.
func (a *API) describe(c *call) error {
	now, z := a.Store.Now(), a.Store.Zone()
	offsets, err := a.offsets(now)
	if err != nil {
		return err
	}
	return c.respond(description{
		serviceName, a.Version, "/docs", "/openapi.json", "/health", base + "/auth/login",
		z.Name(), z.Data().Version, a.today().String(), offsets,
	})
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

// docsHandler is a page that shows the document and tries its operations; all of it comes from this program.
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

const (
	serviceName = "crm"
	healthy     = "healthy"
)

type healthResponse struct {
	Status  string `json:"status"`
	Service string `json:"service"`
	Version string `json:"version"`
	Lag     int    `json:"search_lag"` // customers that searches find by scanning
}

// health is healthy once lists and searches answer.
func (a *API) health(c *call) error {
	state, status := healthy, http.StatusOK
	if !a.Index.Ready() {
		state, status = "starting", http.StatusServiceUnavailable
		c.retryAfter(time.Second)
	}
	lag, _, _ := a.Index.Lag()
	raw, err := store.Encode(healthResponse{state, serviceName, a.Version, lag})
	if err != nil {
		return err
	}
	return c.send(status, raw)
}
