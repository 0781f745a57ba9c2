package manual

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of licences into the page on security")

// The text between these two lines of the page is written by go test ./httpapi/manual -run Licences -update.
const (
	licencesFrom = "| module | licence |\n|---|---|\n"
	licencesTo   = "\n## "
)

// Every module that the program is built from has a licence that we know and that the page on security names.
func TestLicences(t *testing.T) {
	path := "security.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), licencesFrom)
	table, after, ends := strings.Cut(rest, licencesTo)
	if !found || !ends {
		t.Fatal("the page has no table of licences")
	}
	want := licences(t)
	if *update {
		if err := os.WriteFile(path, []byte(before+licencesFrom+want+licencesTo+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != want {
		t.Errorf("the table of licences is not that of the modules: go test ./httpapi/manual -run Licences -update\ngot\n%s\nwant\n%s", table, want)
	}
}

// licences returns the rows of the table: the modules in the program for any system, without their versions.
func licences(t *testing.T) string {
	t.Helper()
	folders := make(map[string]string)
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}", "crm")
		cmd.Dir, cmd.Env = "../..", append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Skip(err) // without the go command
		}
		for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
			if module, dir, ok := strings.Cut(lines.Text(), " "); ok {
				folders[module] = dir
			}
		}
	}
	var rows strings.Builder
	for _, module := range slices.Sorted(func(yield func(string) bool) {
		for module := range folders {
			if !yield(module) {
				return
			}
		}
	}) {
		fmt.Fprintf(&rows, "| `%s` | %s |\n", module, licenceIn(t, folders[module]))
	}
	return rows.String()
}

// licenceIn returns the licence that a module's folder has, by sentences that only this one has.
func licenceIn(t *testing.T, dir string) string {
	t.Helper()
	var text string
	for _, pattern := range []string{"LICEN[CS]E*", "COPYING*", "licen[cs]e*"} {
		names, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, name := range names {
			raw, _ := os.ReadFile(name)
			text += " " + strings.Join(strings.Fields(string(raw)), " ")
		}
	}
	for _, licence := range []struct{ name, sentence string }{
		{"Apache-2.0", "Apache License Version 2.0"},
		{"MPL-2.0", "Mozilla Public License"},
		{"BSD-3-Clause", "Neither the name of"},
		{"BSD-3-Clause", "names of its contributors may be used"},
		{"BSD-2-Clause", "Redistributions in binary form"},
		{"MIT", "Permission is hereby granted, free of charge"},
		{"ISC", "Permission to use, copy, modify, and/or distribute"},
		{"ISC", "Permission to use, copy, modify, and distribute"},
	} {
		if strings.Contains(text, licence.sentence) {
			return licence.name
		}
	}
	t.Errorf("%s has no licence that is known here", dir)
	return "unknown"
}
