// Package manual has the manual of crm, which consists of Markdown pages by topic. "crm help TOPIC" prints a page as it is written, and
// the service shows it at /manual/TOPIC, with links, a table of contents and a search.
//
// A page is a file TOPIC.md whose topic is in the list topics. Its first line is its title. Links between pages name the file, as in
// [Backups](backups.md#restore), so that they also work in the source.
//
// manual.go reads the pages, search.go searches them, and web.go renders them with page.html and style.css.
package manual

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

//go:embed *.md
var files embed.FS

// topics lists the pages in reading order. No topic may have the name of a command, because "crm help NAME" shows either.
var topics = []string{
	"guide", "console", "importing", "api", "settings", "operations", "backups", "security", "performance", "architecture", "contributing", "glossary",
}

// A Page is one topic of the manual.
type Page struct {
	Topic    string // the last part of its address, such as "backups"
	Title    string // its first heading
	Summary  string // its first paragraph, as plain text
	Markdown []byte

	html     []byte // a fragment, with ids on its headings
	sections []Section
}

// A Section is the text below one heading of a page.
type Section struct {
	Topic   string
	Heading string
	Anchor  string // id of the heading
	Level   int    // 1 is the page's title
	Text    string // plain, without the heading
}

// Topics returns the topics of all pages in reading order. It renders nothing, so that every command can name them.
func Topics() []string { return slices.Clone(topics) }

// Pages returns all pages in reading order.
func Pages() []*Page { return pages() }

// Find returns the page of a topic.
func Find(topic string) (*Page, bool) {
	for _, p := range pages() {
		if p.Topic == topic {
			return p, true
		}
	}
	return nil, false
}

// pages reads and renders all files once. It panics if a page cannot be rendered, which the tests find.
var pages = sync.OnceValue(func() (list []*Page) {
	for _, topic := range topics {
		p, err := newPage(topic)
		if err != nil {
			panic(err)
		}
		list = append(list, p)
	}
	return list
})

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(parser.WithAutoHeadingID()))

func newPage(topic string) (*Page, error) {
	raw, err := files.ReadFile(topic + ".md")
	if err != nil {
		return nil, fmt.Errorf("manual: %w", err)
	}
	p := &Page{Topic: topic, Markdown: raw}
	document := markdown.Parser().Parse(text.NewReader(raw))
	if err := ast.Walk(document, localLinks); err != nil {
		return nil, fmt.Errorf("manual: %s: %w", topic, err)
	}
	p.sections = sectionsOf(topic, document, raw)
	if len(p.sections) > 0 {
		p.Title, p.Summary = p.sections[0].Heading, firstParagraph(document, raw)
	}
	var out bytes.Buffer
	if err := markdown.Renderer().Render(&out, raw, document); err != nil {
		return nil, fmt.Errorf("manual: %s: %w", topic, err)
	}
	p.html = out.Bytes()
	return p, nil
}

// localLinks turns links to other pages' files into links to their addresses.
func localLinks(node ast.Node, entering bool) (ast.WalkStatus, error) {
	if link, ok := node.(*ast.Link); ok && entering {
		file, anchor, found := strings.Cut(string(link.Destination), "#")
		if topic, ok := strings.CutSuffix(file, ".md"); ok && !strings.Contains(topic, "/") {
			link.Destination = []byte(root + "/" + topic)
			if found {
				link.Destination = append(link.Destination, "#"+anchor...)
			}
		}
	}
	return ast.WalkContinue, nil
}

// sectionsOf divides a page at its headings.
func sectionsOf(topic string, document ast.Node, source []byte) (list []Section) {
	for node := document.FirstChild(); node != nil; node = node.NextSibling() {
		if heading, ok := node.(*ast.Heading); ok {
			anchor, _ := heading.AttributeString("id")
			id, _ := anchor.([]byte)
			list = append(list, Section{Topic: topic, Heading: plain(heading, source), Anchor: string(id), Level: heading.Level})
			continue
		}
		if len(list) > 0 {
			last := &list[len(list)-1]
			last.Text = strings.TrimSpace(last.Text + "\n" + plain(node, source))
		}
	}
	return list
}

func firstParagraph(document ast.Node, source []byte) string {
	for node := document.FirstChild(); node != nil; node = node.NextSibling() {
		if node.Kind() == ast.KindParagraph {
			return plain(node, source)
		}
	}
	return ""
}

// plain returns the text of a node without markup, in one line for each block.
func plain(node ast.Node, source []byte) string {
	var out strings.Builder
	_ = ast.Walk(node, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function returns no error
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				out.Write(n.Segment.Value(source))
				if n.SoftLineBreak() || n.HardLineBreak() {
					out.WriteByte(' ')
				}
			}
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			if entering {
				for i := range n.Lines().Len() {
					line := n.Lines().At(i)
					out.Write(line.Value(source))
				}
			}
		default:
			if !entering && n.Type() == ast.TypeBlock && n != node {
				out.WriteByte('\n')
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(out.String())
}
