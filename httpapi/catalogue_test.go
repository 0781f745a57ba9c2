package httpapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"crm/httpapi/wire"
)

// The console has a sentence for every refusal that openapi.yaml lists, by its reason or by its status, and for no reason, status or
// type of an error that the API does not have.
func TestConsoleKnowsRefusals(t *testing.T) {
	reasons, types := documentedReasons(t), errorTypes(t)
	statuses := map[string]bool{"0": true} // without an answer
	catalogue := consoleCatalogue(t)
	for _, reason := range reasons {
		status := strconv.Itoa((&wire.Refusal{Reason: reason}).Problem("", http.Header{}).Status)
		statuses[status] = true
		_, byReason := catalogue["reason."+string(reason)]
		_, byStatus := catalogue["error."+status]
		if inBrowsers := !strings.Contains("400 405 415 499", status); inBrowsers && !byReason && !byStatus {
			t.Errorf("the console has no sentence for %s, with status %s", reason, status)
		}
	}
	general := []string{"unexpected", "conflict"} // the console's own
	for key := range catalogue {
		if reason, ok := strings.CutPrefix(key, "reason."); ok && !slices.Contains(reasons, wire.Reason(reason)) {
			t.Errorf("%s: openapi.yaml has no such reason", key)
		}
		kind, ok := strings.CutPrefix(key, "error.")
		kind = strings.TrimSuffix(kind, "_of")
		if format, isFormat := strings.CutPrefix(kind, "value_"); isFormat && slices.Contains([]string{"email", "phone", "password"}, format) {
			continue
		}
		if ok && !statuses[kind] && !types[kind] && !slices.Contains(general, kind) {
			t.Errorf("%s: the API has no such status or type of an error", key)
		}
	}
}

func documentedReasons(t *testing.T) []wire.Reason {
	t.Helper()
	var document struct {
		Components struct {
			Schemas struct{ Reason struct{ Enum []wire.Reason } }
		}
	}
	if err := yaml.Unmarshal(openapiYAML, &document); err != nil {
		t.Fatal(err)
	}
	return document.Components.Schemas.Reason.Enum
}

// errorTypes returns the types of errors that the sources have.
func errorTypes(t *testing.T) map[string]bool {
	t.Helper()
	made := regexp.MustCompile(`(?:\.add\(|\.Wrong\().*?, "([a-z_]+)", |Reject\("([a-z_]+)", |badKey\(.*"([a-z_]+)"\)`)
	types := make(map[string]bool)
	for _, folder := range []string{".", "wire", "../store"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range made.FindAllStringSubmatch(string(raw), -1) {
				types[m[1]+m[2]+m[3]] = true
			}
		}
	}
	if !types["missing"] || !types["taken"] || !types["enum"] {
		t.Fatalf("types of errors: got %q", slices.Sorted(maps.Keys(types)))
	}
	return types
}

func consoleCatalogue(t *testing.T) map[string]json.RawMessage {
	t.Helper()
	raw, err := os.ReadFile("console/lang/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var catalogue map[string]json.RawMessage
	if err := json.Unmarshal(raw, &catalogue); err != nil {
		t.Fatal(err)
	}
	return catalogue
}
