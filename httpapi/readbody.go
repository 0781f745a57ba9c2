package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"crm/httpapi/wire"
)

// Sizes of bodies, in bytes.
const (
	maxBody     = 1 << 20  // the largest that is read
	maxOpenBody = 8 << 10  // where nobody has shown a token: whoever sends it may send very many
	largeBody   = 64 << 10 // no record is as large; from here on a body needs a seat
)

// readBody reads the request's JSON object. leave gives back the seat that a large one has while it is in memory.
func (a *API) readBody(rt *route, c *call) (leave func(), err error) {
	leave = func() {}
	if err := wire.CheckType(c.r.Header); err != nil {
		return leave, err
	}
	most := int64(maxBody)
	if rt.permission == open {
		most = maxOpenBody
	}
	from := http.MaxBytesReader(c.w, c.r.Body, most)
	raw, err := io.ReadAll(io.LimitReader(from, largeBody))
	if err == nil && len(raw) == largeBody {
		user := c.caller.subject
		if err := a.bodies.take(user, 1); err != nil {
			return leave, err
		}
		leave = func() { a.bodies.leave(user, 1) }
		var rest []byte
		rest, err = io.ReadAll(from)
		raw = append(raw, rest...)
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return leave, &wire.StatusError{Status: http.StatusRequestEntityTooLarge, Detail: "Body is larger than " + inWords(most)}
	}
	if err != nil {
		return leave, &wire.StatusError{Status: http.StatusBadRequest, Detail: "Body could not be read to its end", Cause: err}
	}
	c.body, err = wire.ParseBody(raw, a.Store.Zone())
	return leave, err
}

// inWords is a size in bytes as people say it.
func inWords(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
