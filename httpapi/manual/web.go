package manual

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

// root is the path of the manual.
const root = "/manual"

//go:embed page.html
var pageHTML string

// Style is the style sheet of the manual's pages, to be served at /manual/style.css. It relies on the console's colours.
//
//go:embed style.css
var Style []byte

var page = template.Must(template.New("page").Parse(pageHTML))

// view is the data of the template.
type view struct {
	Files    string // the path of the console's files
	Pages    []*Page
	Page     *Page // nil for the list of pages and for search results
	Body     template.HTML
	Contents []Section // of the page, without its title
	Query    string
	Hits     []Hit
}

// Render writes the page of a topic as HTML. files is the path of the console's files, whose colours and fonts it uses. It returns an error
// for an unknown topic.
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

// RenderContents writes the list of all pages, or the results of a search if query is not "".
func RenderContents(w io.Writer, files, query string) error {
	return page.Execute(w, view{Files: files, Pages: pages(), Query: query, Hits: Search(query)})
}
