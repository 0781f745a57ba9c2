package manual

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// source is the root of the sources.
const source = "../.."

// The comment of a package with several files names each of them, so that a newcomer finds the file of a change. A name may have a *.
func TestPackageCommentsNameFiles(t *testing.T) {
	named := regexp.MustCompile(`[\w*]+\.go`)
	err := filepath.WalkDir(source, func(dir string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if name := entry.Name(); dir != source && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "vendor") {
			return filepath.SkipDir
		}
		files, comment := packageOf(t, dir)
		if len(files) < 3 {
			return nil
		}
		patterns := named.FindAllString(comment, -1)
		for _, file := range files {
			found := file == "doc.go"
			for _, pattern := range patterns {
				match, err := path.Match(pattern, file)
				if err != nil {
					return err
				}
				found = found || match
			}
			if !found {
				t.Errorf("%s: the package comment does not name %s", dir, file)
			}
		}
		for _, pattern := range patterns {
			if found, err := filepath.Glob(filepath.Join(dir, pattern)); err != nil || len(found) == 0 {
				t.Errorf("%s: the package comment names %s, which does not exist", dir, pattern)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// packageOf returns the names of a folder's Go files, without tests, and the comment of the package.
func packageOf(t *testing.T, dir string) (files []string, comment string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
		if parsed.Name.Name != "main" || dir == source {
			comment += parsed.Doc.Text()
		}
	}
	return files, comment
}

// Contributing names files and folders that exist.
func TestContributingNamesFiles(t *testing.T) {
	page, ok := Find("contributing")
	if !ok {
		t.Fatal("no such page")
	}
	paths := regexp.MustCompile("`((?:main|store|index|httpapi|auth|segments|testdata)[/.][\\w./-]*)`").FindAllStringSubmatch(string(page.Markdown), -1)
	if len(paths) < 40 {
		t.Fatalf("only %d paths", len(paths))
	}
	for _, m := range paths {
		if _, err := os.Stat(filepath.Join(source, filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("%s does not exist", m[1])
		}
	}
}
