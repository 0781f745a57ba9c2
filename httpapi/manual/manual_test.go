package manual

import (
	"os"
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
