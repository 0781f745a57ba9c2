package console

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	importLine = regexp.MustCompile(`(?m)^import (?:\{ ([^}]*) \}|\w+) from '([^']+)';$`)
	exported   = regexp.MustCompile(`(?m)^export (?:async )?(?:function\*?|const|let|class) (\w+)|^export \{ ([^}]*) \}`)
)

// exportsOf returns the names that a module exports.
func exportsOf(text string) []string {
	var names []string
	for _, match := range exported.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
		names = append(names, strings.Split(match[2], ", ")...)
	}
	return names
}

// layers are the folders from the bottom to the top: a module imports from its own folder and from those before it.
var layers = []string{"vendor", "lib", "ui", "pages", "."}

// Without a build step, nothing else finds an import that leads nowhere, or up.
func TestConsoleImports(t *testing.T) {
	sources := consoleSources(t)
	used := make(map[string]bool)
	for name, text := range sources {
		for _, match := range importLine.FindAllStringSubmatch(text, -1) {
			from := path.Join(path.Dir(name), match[2])
			if slices.Index(layers, path.Dir(from)) > slices.Index(layers, path.Dir(name)) {
				t.Errorf("%s imports %s, which is in a higher layer", name, from)
			}
			if path.Dir(from) == "vendor" {
				continue
			}
			exports := exportsOf(sources[from])
			for symbol := range strings.SplitSeq(match[1], ", ") {
				symbol, _, _ = strings.Cut(symbol, " as ")
				used[from+" "+symbol] = true
				if strings.Count(text, symbol) < 2 {
					t.Errorf("%s imports %s and does not use it", name, symbol)
				}
				if !slices.Contains(exports, symbol) {
					t.Errorf("%s imports %s from %s, which does not export it", name, symbol, from)
				}
			}
		}
	}
	for name, text := range sources {
		for _, symbol := range exportsOf(text) {
			if symbol != "" && name != "lib/html.js" && !used[name+" "+symbol] {
				t.Errorf("%s exports %s, which nothing imports", name, symbol)
			}
		}
	}
}
