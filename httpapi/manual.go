package httpapi

import (
	"bytes"

	"github.com/gorilla/mux"

	"crm/httpapi/console"
	"crm/httpapi/manual"
	"crm/httpapi/wire"
)

// manualContents answers with the list of the manual's pages, or with what a search for q finds.
func (a *API) manualContents(c *call) error {
	return a.manualHTML(c, func(out *bytes.Buffer, files string) error {
		return manual.RenderContents(out, files, a.params(c).Text("q"))
	})
}

// manualPage answers with the page of a topic, or with the style sheet of all pages.
func (a *API) manualPage(c *call) error {
	topic := mux.Vars(c.r)["topic"]
	if topic == "style.css" {
		c.w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = c.w.Write(manual.Style)
		return nil
	}
	if _, ok := manual.Find(topic); !ok {
		return wire.ErrNoPage
	}
	return a.manualHTML(c, func(out *bytes.Buffer, files string) error { return manual.Render(out, files, topic) })
}

// manualHTML answers with a page that render writes, with the address of the console's files.
func (a *API) manualHTML(c *call, render func(out *bytes.Buffer, files string) error) error {
	b, err := console.Load()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := render(&out, console.Path+b.Hash); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Security-Policy", console.Policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = c.w.Write(out.Bytes())
	return nil
}
