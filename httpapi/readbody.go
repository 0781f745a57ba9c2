package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"crm/httpapi/wire"
	"crm/store"
)

// Sizes of bodies, in bytes.
const (
	maxBody     = 1 << 20  // the largest body that is read
	maxOpenBody = 8 << 10  // the largest body without a token, since anybody may send many of them
	largeBody   = 64 << 10 // a body of this size counts towards a quota; no record is as large
)

// readBody reads the request's JSON object. The caller must call release when it no longer uses the body, because a large one counts
// towards a quota.
func (a *API) readBody(rt *route, c *call) (release func(), err error) {
	release = func() {}
	if err := wire.CheckType(c.r.Header); err != nil {
		return release, err
	}
	most := int64(maxBody)
	if rt.permission == open {
		most = maxOpenBody
	}
	from := http.MaxBytesReader(c.w, c.r.Body, most)
	raw, err := io.ReadAll(io.LimitReader(from, largeBody))
	if err == nil && len(raw) == largeBody {
		user := c.caller.subject
		if err := a.bodies.acquire(user, 1); err != nil {
			return release, err
		}
		release = func() { a.bodies.release(user, 1) }
		var rest []byte
		rest, err = io.ReadAll(from)
		raw = append(raw, rest...)
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return release, &wire.Refusal{Reason: wire.BodyTooLarge, Detail: "Body is larger than " + byteSize(most), Params: store.Facts{"most": most}}
	}
	if err != nil {
		return release, &wire.Refusal{Reason: wire.BodyIncomplete, Detail: "Body could not be read to its end", Cause: err}
	}
	c.body, err = wire.ParseBody(raw, a.Store.Zone())
	return release, err
}

// byteSize returns a number of bytes as people write it.
func byteSize(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

// kibibytes returns a number of KiB of large answers as people write it.
func kibibytes(n int) string { return byteSize(int64(n)<<10) + " of large answers" }
