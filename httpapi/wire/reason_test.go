package wire

import (
	"maps"
	"net/http"
	"os"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"

	"crm/store"
)

// openapi.yaml lists every reason, in the order of the statuses.
func TestReasonsAreDocumented(t *testing.T) {
	raw, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas struct{ Reason struct{ Enum []Reason } }
		}
	}
	if err := yaml.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	got := document.Components.Schemas.Reason.Enum
	if want := slices.Sorted(maps.Keys(statuses)); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("reasons in openapi.yaml: got %v, want %v", got, want)
	}
	if !slices.IsSortedFunc(got, func(a, b Reason) int { return statuses[a] - statuses[b] }) {
		t.Errorf("reasons in openapi.yaml: got %v, want them in the order of their statuses", got)
	}
}

func TestProblemHasHeaders(t *testing.T) {
	h := http.Header{}
	p := OverLimit(RateLimit, "customers", "Too many", 20, 1500e6).Problem("id", h)
	if p.Status != http.StatusTooManyRequests || p.Params["wait"] != 2 || p.Errors == nil {
		t.Errorf("got %+v, want 429, a wait of 2 and no errors", p)
	}
	for name, want := range map[string]string{"Retry-After": "2", "RateLimit": `"customers";r=0;t=2`, "RateLimit-Policy": `"customers";q=20;w=60`} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	h = http.Header{}
	if ErrCredentials.Problem("id", h); h.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("got headers %v, want WWW-Authenticate", h)
	}
}

func TestViolationsHaveFacts(t *testing.T) {
	for body, want := range map[string]string{
		`{"tags":"x"}`:          `[{"loc":["body","tags"],"msg":"Must be a list of strings","type":"list_type"}]`,
		`{"tags":["a",1]}`:      `[{"loc":["body","tags",1],"msg":"Must be a string","type":"string_type"}]`,
		`{"ids":["a","b","c"]}`: `[{"loc":["body","ids"],"msg":"Must have at most 2 ids, has 3","type":"too_long","params":{"has":3,"most":2}}]`,
	} {
		b, err := ParseBody([]byte(body), office)
		if err != nil {
			t.Fatal(err)
		}
		var tags []string
		if b.List("tags", &tags); b.Has("ids") {
			b.IDs("ids", 2)
		}
		if got, err := store.Encode(RefusalOf(t.Context(), b.Problems).Errors); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", body, got, err, want)
		}
	}
}
