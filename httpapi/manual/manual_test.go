package manual

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every Markdown file is a topic, and every topic has a title and a first paragraph that says what it is about.
func TestPages(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		if topic, ok := strings.CutSuffix(e.Name(), ".md"); ok {
			found = append(found, topic)
		}
	}
	if want := slices.Sorted(slices.Values(topics)); !slices.Equal(found, want) {
		t.Errorf("files: got %q, topics %q", found, want)
	}
	for _, p := range Pages() {
		if p.Title == "" || len(p.Summary) < 60 || p.sections[0].Level != 1 {
			t.Errorf("%s: title %q, summary %q", p.Topic, p.Title, p.Summary)
		}
	}
}

// Links between pages lead to a page and to a heading that exist.
func TestLinks(t *testing.T) {
	local := regexp.MustCompile(`href="(/manual/[^"]*|#[^"]*)"`)
	for _, p := range Pages() {
		for _, match := range local.FindAllStringSubmatch(string(p.html), -1) {
			path, anchor, _ := strings.Cut(match[1], "#")
			to := p
			if path != "" {
				to, _ = Find(strings.TrimPrefix(path, "/manual/"))
			}
			if to == nil || anchor != "" && !slices.ContainsFunc(to.sections, func(s Section) bool { return s.Anchor == anchor }) {
				t.Errorf("%s: link to %s leads nowhere", p.Topic, match[1])
			}
		}
		if file := regexp.MustCompile(`href="[^"/#:]*\.md`).FindString(string(p.html)); file != "" {
			t.Errorf("%s: link %q does not work in a browser", p.Topic, file)
		}
	}
}

func TestSearch(t *testing.T) {
	for _, test := range []struct{ query, first string }{
		{"idempotency", "api"}, {"RESTORE", "backups"}, {"--trusted-proxy", "settings"}, {"systemd", "operations"}, {"erasure", "security"},
	} {
		hits := Search(test.query)
		if !slices.ContainsFunc(hits, func(h Hit) bool { return h.Topic == test.first && h.Excerpt != "" }) {
			t.Errorf("%q: got %d sections, want one of %s", test.query, len(hits), test.first)
		}
	}
	if hits := Search("restore"); len(hits) == 0 || !strings.Contains(strings.ToLower(hits[0].Heading), "restore") {
		t.Errorf("restore: got %+v first, want a section with it in its heading", hits)
	}
	for _, query := range []string{"", "  ", "xylophone", "backup xylophone"} {
		if hits := Search(query); hits != nil {
			t.Errorf("%q: got %d sections, want none", query, len(hits))
		}
	}
}

func TestRender(t *testing.T) {
	var out strings.Builder
	if err := Render(&out, "/console/abc", "backups"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h1 id=\"backups\">Backups</h1>", `href="/manual/backups" aria-current="page"`, `href="#restore"`, `/console/abc/css/base.css`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in the page", want)
		}
	}
	out.Reset()
	if err := RenderContents(&out, "", `<script>"`); err != nil || strings.Contains(out.String(), "<script>\"") {
		t.Errorf("a query is not escaped: %v", err)
	}
	if err := Render(&out, "", "nothing"); err == nil {
		t.Error("a page for no topic")
	}
}

// sources is the folder of the program's sources, as tests see it.
const sources = "../.."

// The README is short, has the two commands as they are to be typed, and leads to every page and picture that it names.
func TestReadme(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(sources, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 9000 {
		t.Errorf("got %d bytes, want at most 9,000", len(raw))
	}
	for _, want := range []string{"```sh\ngo run . demo\n```", "```sh\ngo test ./...\n```"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %q", want)
		}
	}
	named := regexp.MustCompile(`\]\(([^):#]+)`).FindAllStringSubmatch(string(raw), -1)
	if len(named) < len(topics) {
		t.Errorf("got %d links, want one to each of %d pages", len(named), len(topics))
	}
	for _, link := range named {
		file, err := os.Stat(filepath.Join(sources, link[1]))
		if err != nil || strings.HasSuffix(link[1], ".webp") && file.Size() > 60_000 {
			t.Errorf("%s: got %+v, %v, want it there, and a picture of at most 60 kB", link[1], file, err)
		}
	}
}

// Every file that the pages for developers name exists.
func TestNamedFiles(t *testing.T) {
	ours := regexp.MustCompile("`((?:auth|httpapi|index|segments|store|\\.ci|testdata/[bw])[a-z]*/[A-Za-z0-9_./-]*|main\\.go)`")
	for _, topic := range []string{"architecture", "contributing", "security", "operations"} {
		p, _ := Find(topic)
		for _, match := range ours.FindAllStringSubmatch(string(p.Markdown), -1) {
			if _, err := os.Stat(filepath.Join(sources, match[1])); err != nil {
				t.Errorf("%s: %v", topic, err)
			}
		}
	}
}
