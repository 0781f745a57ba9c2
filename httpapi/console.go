package httpapi

import (
	"net/http"

	"crm/httpapi/console"
	"crm/httpapi/wire"
)

// home answers / with the console's page.
func (a *API) home(c *call) error {
	b, err := console.Load()
	if err != nil {
		return err
	}
	h := c.w.Header()
	b.PageHeaders(h)
	if wire.IsListed(c.r.Header["If-None-Match"], b.Tag()) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = c.w.Write(b.Index)
	return nil
}

// consoleRoute is the route of every file of the console. It is not in routes, because it is not an operation of the API.
var consoleRoute = route{http.MethodGet, "/" + console.Path, open, false, (*API).consoleFile}

func (a *API) consoleFile(c *call) error {
	b, err := console.Load()
	if err != nil {
		return err
	}
	if !b.ServeFile(c.w, c.r) {
		return wire.ErrNoPage
	}
	return nil
}
