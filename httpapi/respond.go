package httpapi

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"time"

	"crm/httpapi/wire"
	"crm/index"
	"crm/store"
	"crm/store/object"
)

// Sizes of answers that are read, in bytes.
const (
	largeAnswer = 8 << 10  // an answer above this size counts towards a quota until the client has received it
	answerStep  = 64 << 10 // reservations are multiples of this
)

// reserve reserves quota for an answer of n bytes, in addition to what it reserved before, or refuses the answer. It is called while the
// answer grows, before the memory is used. release ends the reservation.
func (c *call) reserve(n int) error {
	need := (n + answerStep - 1) / answerStep * (answerStep >> 10)
	if n <= largeAnswer || need <= c.reserved {
		return nil
	}
	if err := c.answers.acquire(c.caller.subject, need-c.reserved); err != nil {
		return err
	}
	c.reserved = need
	return nil
}

func (c *call) release() {
	if c.reserved > 0 {
		c.answers.release(c.caller.subject, c.reserved)
	}
}

// send answers with JSON.
func (c *call) send(status int, raw []byte) error {
	if c.r.Method == http.MethodGet { // the answer to a write must not be refused
		if err := c.reserve(len(raw)); err != nil {
			return err
		}
	}
	h := c.w.Header()
	h["Content-Type"] = jsonType
	h["Content-Length"] = []string{strconv.Itoa(len(raw))}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(raw) // fails only if the client has gone
	return nil
}

// respond answers 200 with v as JSON.
func (c *call) respond(v any) error {
	raw, err := store.Encode(v)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, raw)
}

type message struct {
	Message string `json:"message"`
}

// sendRecord answers with a record's JSON and its tag.
func (a *API) sendRecord(c *call, raw func(*store.Tx, store.ID) ([]byte, error)) error {
	var found []byte
	err := a.Store.View(func(tx *store.Tx) error {
		row, err := raw(tx, c.id)
		found = bytes.Clone(row)
		return err
	})
	if err != nil {
		return err
	}
	return c.sendVersion(wire.TagOf(found), found)
}

// sendVersion answers with a record and its tag, or with 304 if the client has this version.
func (c *call) sendVersion(tag string, raw []byte) error {
	c.w.Header()["Etag"] = []string{tag}
	seen := c.r.Header["If-None-Match"]
	if reads := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead; reads && seen != nil && wire.IsListed(seen, tag) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return c.send(http.StatusOK, raw)
}

// whole returns a function like raw that also decodes the record, and returns an error if it is damaged.
func whole[T any](decode func(*store.Tx, store.ID) (*T, error), raw func(*store.Tx, store.ID) ([]byte, error)) func(*store.Tx, store.ID) ([]byte, error) {
	return func(tx *store.Tx, id store.ID) ([]byte, error) {
		if _, err := decode(tx, id); err != nil {
			return nil, err
		}
		return raw(tx, id)
	}
}

// sendPage answers with a list's envelope around the JSON of the page's records.
func (a *API) sendPage(c *call, p wire.Paging, page index.Page, raw func(*store.Tx, store.ID) ([]byte, error)) error {
	o, err := a.appendRows(c, object.New(128+640*len(page.IDs)), "items", page.IDs, raw)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, p.AppendTo(o, page.Total).End())
}

// appendRows appends a field with records, in one snapshot. Records that were deleted meanwhile or are damaged are left out.
func (a *API) appendRows(c *call, o object.Object, name string, ids []store.ID, raw func(*store.Tx, store.ID) ([]byte, error)) (object.Object, error) {
	o = append(o.Name(name), '[')
	none := len(o)
	err := a.Store.View(func(tx *store.Tx) error {
		for _, id := range ids {
			row, err := raw(tx, id)
			if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrUnreadable) {
				continue
			}
			if err != nil {
				return err
			}
			if len(o) > none {
				o = append(o, ',')
			}
			if err := c.reserve(len(o) + len(row)); err != nil {
				return err
			}
			o = append(o, row...)
		}
		return nil
	})
	return append(o, ']'), err
}

// sendItems answers with a list's envelope around items.
func sendItems[T any](c *call, p wire.Paging, items []T, total int) error {
	raw, err := store.Encode(items)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, p.AppendTo(object.New(128+len(raw)).Raw("items", raw), total).End())
}

// caughtUp waits until the index has everything that was committed before the request.
func (a *API) caughtUp(c *call) error { return a.Index.Wait(c.r.Context(), a.Store.Seq()) }

// params reads the request's query.
func (a *API) params(c *call) *wire.Params { return wire.ParseQuery(c.r.URL.RawQuery, a.Store.Zone()) }

// retryAfter sets Retry-After.
func (c *call) retryAfter(d time.Duration) { wire.RetryAfter(c.w.Header(), d) }
