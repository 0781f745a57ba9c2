package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

var (
	reference = regexp.MustCompile(`(?i)\b(?:src|href|action)\s*=\s*["']?([^"'\s>]+)`)
	elsewhere = regexp.MustCompile(`(?i)(?:https?:)?//[a-z0-9-]+\.[a-z]`)
)

// Every page and all that it loads comes from this service.
func TestPagesAreLocal(t *testing.T) {
	f := newFixture(t)
	for _, page := range []string{"/", "/docs", "/docs/", "/manual", "/manual/backups"} {
		f.run(page, func(t *testing.T) {
			got := f.sendWith("", "GET", page, nil).want(http.StatusOK)
			if kind := got.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
				t.Errorf("Content-Type: got %q, want text/html", kind)
			}
			if hit := elsewhere.Find(got.body); hit != nil {
				t.Errorf("the page points to %q", hit)
			}
			found := reference.FindAllSubmatch(got.body, -1)
			if len(found) < 3 {
				t.Errorf("references: got %d, want some", len(found))
			}
			from, err := url.Parse(page)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range found {
				to, err := from.Parse(string(match[1]))
				if err != nil || to.Host != "" || to.Scheme != "" {
					t.Errorf("reference %q points elsewhere", match[1])
					continue
				}
				if a := bare(f, "GET", to.Path, nil); a.status != http.StatusOK || len(a.body) == 0 {
					t.Errorf("%s: got %d with %d bytes, want 200", to, a.status, len(a.body))
				}
			}
		})
	}
}

func TestDocsShowOurDocument(t *testing.T) {
	f := newFixture(t)
	docs := f.sendWith("", "GET", "/docs", nil).want(http.StatusOK)
	if !strings.Contains(string(docs.body), "/openapi.json") {
		t.Errorf("the page does not load /openapi.json: %s", docs.body)
	}
	if slash := f.sendWith("", "GET", "/docs/", nil).want(http.StatusOK); string(slash.body) != string(docs.body) {
		t.Error("/docs and /docs/ differ")
	}
	for _, path := range []string{"/docs/nothing.js", "/docs/index.html.bak", "/docs/.", "/docs/%2e%2e", "/docs/%2f", "/docs/swagger-ui.css.gz.bak"} {
		got := bare(f, "GET", path, nil)
		if got.status != http.StatusNotFound || got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: got %d %q, want a problem document", path, got.status, got.body)
		}
	}
}

func TestAssetTypes(t *testing.T) {
	f := newFixture(t)
	for path, kind := range map[string]string{
		"/docs/swagger-ui.css": "text/css", "/docs/swagger-ui-bundle.js": "application/javascript", "/docs/favicon-32x32.png": "image/png",
	} {
		got := bare(f, "GET", path, nil).want(http.StatusOK)
		if h := got.header.Get("Content-Type"); !strings.HasPrefix(h, kind) {
			t.Errorf("%s: Content-Type: got %q, want %q", path, h, kind)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/", "/docs", "/docs/swagger-ui.css", "/manual", "/manual/api", "/health", "/openapi.json", "/openapi.yaml", "/nothing", "/api/v1/customers"} {
		f.run(path, func(t *testing.T) {
			got := bare(f, "GET", path, nil)
			cache := "no-store"
			if path == "/" {
				cache = "no-cache" // it has an ETag
			}
			for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": cache} {
				if h := got.header.Get(header); h != want {
					t.Errorf("%s: got %q, want %q", header, h, want)
				}
			}
			if got.header.Get("Server") != "" || got.header.Get("X-Powered-By") != "" {
				t.Errorf("headers name the program: %v", got.header)
			}
			if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
				return
			}
			if h := got.header.Get("Referrer-Policy"); h != "no-referrer" {
				t.Errorf("Referrer-Policy: got %q, want no-referrer", h)
			}
			csp := "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
			if path == "/docs" { // the page is somebody else's, with script and style in it
				scripts := ""
				for part := range strings.SplitSeq(string(got.body), "<script>") {
					if script, _, ok := strings.Cut(part, "</script>"); ok && strings.Contains(part, "function") {
						sum := sha256.Sum256([]byte(script))
						scripts += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
					}
				}
				csp = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'" + scripts + "; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
			}
			if h := got.header.Get("Content-Security-Policy"); h != csp {
				t.Errorf("Content-Security-Policy: got %q, want %q", h, csp)
			}
		})
	}
}

func TestDocumentIsServed(t *testing.T) {
	f := newFixture(t)
	var fromYAML, fromJSON any
	asYAML := f.sendWith("", "GET", "/openapi.yaml", nil).want(http.StatusOK)
	if err := yaml.Unmarshal(asYAML.body, &fromYAML); err != nil {
		t.Fatal(err)
	}
	asJSON := f.sendWith("", "GET", "/openapi.json", nil).want(http.StatusOK)
	if err := json.Unmarshal(asJSON.body, &fromJSON); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(fromYAML, fromJSON) {
		t.Error("/openapi.yaml and /openapi.json differ as data")
	}
	if string(asYAML.body) != string(openapiYAML) {
		t.Error("/openapi.yaml is not the file")
	}
	for a, kind := range map[*answer]string{asYAML: "application/yaml", asJSON: "application/json"} {
		if got := a.header.Get("Content-Type"); got != kind {
			t.Errorf("Content-Type: got %q, want %q", got, kind)
		}
	}
	if got := asJSON.str("openapi"); !strings.HasPrefix(got, "3.1") {
		t.Errorf("openapi: got %q, want 3.1", got)
	}
}
