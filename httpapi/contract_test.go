package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"

	"crm/httpapi/console"
)

// contract returns a router over the paths of openapi.yaml.
var contract = sync.OnceValue(func() routers.Router {
	doc, err := openapi3.NewLoader().LoadFromData(openapiYAML)
	if err != nil {
		panic(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		panic(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		panic(err)
	}
	return router
})

// contractPath returns a path as openapi.yaml writes it: under /api/v1, collections with a slash at the end.
func contractPath(path string) string {
	if path = strings.TrimSuffix(path, "/"); path == "" {
		return "/"
	}
	if path == version || strings.HasPrefix(path, version+"/") {
		path = base + strings.TrimPrefix(path, version)
	}
	switch path {
	case base, base + "/customers", base + "/interactions", base + "/feedback", base + "/segments", base + "/users", base + "/roles", base + "/backups", base + "/audit":
		path += "/"
	}
	return path
}

// checkContract compares an answer with openapi.yaml. It ignores preflights, wrong methods, unknown paths and the console's files, which
// are not in it.
func checkContract(t testing.TB, r *http.Request, a *answer) {
	t.Helper()
	found := r.Clone(context.Background())
	found.URL.Path = contractPath(r.URL.Path)
	if found.Method == http.MethodHead || strings.HasPrefix(r.URL.Path, console.Path) || strings.HasPrefix(r.URL.Path, "/docs/") { // the pieces of pages
		return
	}
	route, _, err := contract().FindRoute(found)
	if err != nil {
		if a.status < 300 && a.status != http.StatusNoContent {
			t.Errorf("%s %s answered %d but is not in openapi.yaml", r.Method, r.URL, a.status)
		}
		return
	}
	if err := checkAnswer(route.Spec, route.Operation, a); err != nil {
		t.Errorf("%s %s: answer %d breaks openapi.yaml: %v\n%s", r.Method, r.URL, a.status, err, a.body)
	}
}

// checkAnswer compares an answer with those of an operation. Redirects and 304 have no body and are not described.
func checkAnswer(doc *openapi3.T, operation *openapi3.Operation, a *answer) error {
	if a.status >= 300 && a.status < 400 {
		return nil
	}
	described := operation.Responses.Status(a.status)
	if described == nil {
		described = operation.Responses.Default()
	}
	if described == nil {
		return fmt.Errorf("the status is not in it")
	}
	for name, header := range described.Value.Headers {
		if err := checkHeader(doc, header.Value, a.header.Values(name)); err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
	}
	if len(described.Value.Content) == 0 {
		return nil
	}
	return checkBody(doc, described.Value.Content, a)
}

func checkHeader(doc *openapi3.T, header *openapi3.Header, values []string) error {
	switch {
	case len(values) == 0 && !header.Required:
		return nil
	case len(values) != 1:
		return fmt.Errorf("is there %d times", len(values))
	case header.Schema.Value.Type.Is("integer"):
		return schemaOf(doc, header.Schema).Validate(json.Number(values[0]))
	default:
		return schemaOf(doc, header.Schema).Validate(values[0])
	}
}

func checkBody(doc *openapi3.T, content openapi3.Content, a *answer) error {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		return err
	}
	described := content.Get(kind)
	switch {
	case described == nil:
		return fmt.Errorf("content type %s is not in it", kind)
	case described.Schema == nil:
		return nil
	case strings.HasPrefix(kind, "text/"):
		return schemaOf(doc, described.Schema).Validate(string(a.body))
	}
	text := a.body
	if strings.HasSuffix(kind, "yaml") {
		if text, err = yaml.YAMLToJSON(a.body); err != nil {
			return err
		}
	}
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schemaOf(doc, described.Schema).Validate(body)
}

var schemas sync.Map // a *openapi3.SchemaRef of the contract to the *jsonschema.Schema

// schemaOf compiles a schema of the contract once. openapi3filter would do so for every answer, which takes most of
// the time of these tests.
func schemaOf(doc *openapi3.T, ref *openapi3.SchemaRef) *jsonschema.Schema {
	if compiled, ok := schemas.Load(ref); ok {
		return compiled.(*jsonschema.Schema)
	}
	text, err := json.Marshal(map[string]any{"allOf": []any{ref}, "components": doc.Components}) // so that its references lead somewhere
	if err != nil {
		panic(err)
	}
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		panic(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	const name = "openapi.json"
	if err := compiler.AddResource(name, resource); err != nil {
		panic(err)
	}
	compiled := compiler.MustCompile(name)
	schemas.Store(ref, compiled)
	return compiled
}

func TestContractIsHeld(t *testing.T) {
	f := newFixture(t)
	good := f.send("POST", "/v1/customers", ahmed()).want(http.StatusCreated)
	r := newRequest(t, "POST", base+"/customers/", nil)
	route, _, err := contract().FindRoute(r)
	if err != nil {
		t.Fatal(err)
	}
	id := good.str("id")
	for name, spoil := range map[string]func(*answer){
		"status":               func(a *answer) { a.status = http.StatusAccepted },
		"no content type":      func(a *answer) { a.header.Del("Content-Type") },
		"another content type": func(a *answer) { a.header.Set("Content-Type", "application/problem+json") },
		"no header":            func(a *answer) { a.header.Del("ETag") },
		"header":               func(a *answer) { a.header.Set("ETag", "5f0c") },
		"no JSON":              func(a *answer) { a.body = a.body[1:] },
		"field missing":        func(a *answer) { a.body = bytes.Replace(a.body, []byte(`"email"`), []byte(`"mail"`), 1) },
		"format":               func(a *answer) { a.body = bytes.Replace(a.body, []byte(id), []byte("1"), 1) },
		"value of another set": func(a *answer) { a.body = bytes.Replace(a.body, []byte(`"Individual"`), []byte(`"Person"`), 1) },
	} {
		bad := answer{t, good.status, good.header.Clone(), bytes.Clone(good.body)}
		if spoil(&bad); checkAnswer(route.Spec, route.Operation, &bad) == nil {
			t.Errorf("%s: passes as a customer", name)
		}
	}
	if err := checkAnswer(route.Spec, route.Operation, good); err != nil {
		t.Error(err)
	}
}
