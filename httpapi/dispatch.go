package httpapi

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"crm/httpapi/wire"
	"crm/store"
)

// A call is a request that is being handled.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	entry  *entry     // the line in the log
	caller caller     // zero on open routes
	id     store.ID   // the UUID in the path, if it has one
	body   *wire.Body // of routes that read one
	retry  *retry     // of a POST with an Idempotency-Key
	reply  *store.Reply

	answers  *quota // KiB of large answers
	reserved int    // KiB of answers that this request has reserved
}

// readPath reads the UUID in the path.
func (c *call) readPath() error {
	for name, value := range mux.Vars(c.r) {
		if !strings.HasSuffix(name, "_id") {
			continue
		}
		id, err := store.ParseID(value)
		if err != nil {
			return wire.Reject("uuid_parsing", "Must be a UUID", "path", name)
		}
		c.id = id
	}
	return nil
}

func (a *API) serve(res resource) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{w: w, r: r, entry: entryOf(r), answers: a.answers}
		defer c.release()
		if err := a.dispatch(res, c); err != nil {
			a.fail(c, err)
		}
	})
}

// dispatch checks the reasons to refuse a request in their order, and then calls its handler.
func (a *API) dispatch(res resource, c *call) error {
	if res == nil {
		return wire.ErrNoPage
	}
	method := c.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	rt := res[method]
	if rt == nil {
		return refuseMethod(res, c)
	}
	c.entry.route = rt
	if err := a.authorise(c, rt.permission); err != nil {
		return err
	}
	if rt.body {
		release, err := a.readBody(rt, c)
		defer release()
		if err != nil {
			return err
		}
		if err := a.authorise(c, rt.permission); err != nil { // again, because the body may have taken a minute to arrive
			return err
		}
	}
	if err := c.readPath(); err != nil {
		return err
	}
	return a.once(rt, c)
}

func refuseMethod(res resource, c *call) error {
	c.w.Header().Set("Allow", strings.Join(res.methods(), ", "))
	if c.r.Method == http.MethodOptions {
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return &wire.Refusal{Reason: wire.MethodNotAllowed, Detail: "Method " + c.r.Method + " is not allowed here"}
}

// fail answers with the problem document of an error, and notes the cause for the log. If a part of the answer has been sent already, it
// closes the connection instead.
func (a *API) fail(c *call, err error) {
	if rec, ok := c.w.(*recorder); ok && rec.begun {
		c.entry.err, c.entry.cut = err, true
		panic(http.ErrAbortHandler) // which closes the connection
	}
	h := c.w.Header()
	p := wire.RefusalOf(c.r.Context(), err).Problem(c.entry.id, h)
	c.entry.err = err
	raw, err := store.Encode(p)
	if err != nil {
		raw = []byte(`{"status":500}`)
	}
	h.Set("Content-Type", "application/problem+json")
	c.w.WriteHeader(p.Status)
	_, _ = c.w.Write(raw)
}
