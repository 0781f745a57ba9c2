package manual

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

// root is where the service shows the manual.
const root = "/manual"

//go:embed page.html
var pageHTML string

// Style is the style sheet of the manual's pages, to be served at /manual/style.css. It relies on the console's colours.
//
//go:embed style.css
var Style []byte

var page = template.Must(template.New("page").Parse(pageHTML))

// view is what the template shows.
type view struct {
	Files    string // where the console's files are
	Pages    []*Page
	Page     *Page // nil for the contents and for what was found
	Body     template.HTML
	Contents []Section // of the page, without its title
	Query    string
	Hits     []Hit
}

// Render writes the page of a topic as HTML. files is the address of the console's files, whose colours and type it shares. It returns
// an error for a topic that is none.
func Render(w io.Writer, files, topic string) error {
	p, ok := Find(topic)
	if !ok {
		return fmt.Errorf("manual: no topic %q", topic)
	}
	v := view{Files: files, Pages: pages(), Page: p, Body: template.HTML(p.html)} //nolint:gosec // our own files
	for _, s := range p.sections {
		if s.Level == 2 {
			v.Contents = append(v.Contents, s)
		}
	}
	return page.Execute(w, v)
}

// RenderContents writes the list of all pages, or with a query what a search for it finds.
func RenderContents(w io.Writer, files, query string) error {
	return page.Execute(w, view{Files: files, Pages: pages(), Query: query, Hits: Search(query)})
}
