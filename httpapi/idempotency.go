package httpapi

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"crm/httpapi/wire"
	"crm/store"
)

// A retry identifies a POST with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) when it is sent again.
type retry struct {
	key     store.ID // a hash of caller, route and key
	request []byte   // a hash of the id in the path and the body
}

var errRunning = &wire.Refusal{
	Reason: wire.InProgress, Retry: time.Second,
	Detail: "A request with this Idempotency-Key is still being carried out; send it again in a moment to get its answer",
}

// keyed reports whether the route supports an Idempotency-Key. Every POST that creates, changes or counts records does.
func (r *route) keyed() bool {
	what := r.permission[strings.LastIndexByte(r.permission, ':')+1:]
	return r.method == http.MethodPost && !strings.HasPrefix(r.permission, "crm:read:") && slices.Contains([]string{"customers", "interactions", "feedback", "segments"}, what)
}

// once calls the route's handler. If the request is a retry of one that was carried out, it sends the first answer again instead. Retries
// do not count towards a rate limit, since they change nothing.
func (a *API) once(rt *route, c *call) error {
	if !rt.keyed() || c.r.Header["Idempotency-Key"] == nil {
		return rt.handle(a, c)
	}
	key, ok := idempotencyKey(c.r.Header["Idempotency-Key"])
	if !ok {
		return badKey("Must be 1 to 255 visible ASCII characters, with or without quotation marks around them", "idempotency_key_invalid")
	}
	c.retry = c.retryOf(rt, key)
	if _, busy := a.running.LoadOrStore(c.retry.key, nil); busy {
		return errRunning
	}
	defer a.running.Delete(c.retry.key)
	first, err := a.firstReply(c.retry.key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return rt.handle(a, c)
	case err != nil:
		return err
	case !bytes.Equal(first.Request, c.retry.request):
		return badKey("Was used for another request: a retry must be the same as the first, and what is new needs a new key", "idempotency_key_reused")
	}
	c.w.Header().Set("Idempotency-Replayed", "true")
	return c.give(first)
}

func badKey(msg, kind string) error {
	return wire.Reject(kind, msg, "header", "Idempotency-Key")
}

// idempotencyKey returns the key in a request's header lines, without quotation marks around it.
func idempotencyKey(lines []string) (string, bool) {
	key := strings.Trim(lines[0], " \t")
	if n := len(key); n > 1 && key[0] == '"' && key[n-1] == '"' {
		key = key[1 : n-1]
	}
	strange := func(r rune) bool { return r <= ' ' || r > '~' || r == '"' }
	return key, len(lines) == 1 && key != "" && len(key) <= 255 && strings.IndexFunc(key, strange) < 0
}

// retryOf hashes the parts of a request. The subject comes last, because only it may contain any character. The key is not stored, and is
// part of both hashes, so that nobody can find out by guesses what a request contained, such as the customer of anonymous feedback.
func (c *call) retryOf(rt *route, key string) *retry {
	whose := sha256.Sum256([]byte(rt.path + "\x00" + key + "\x00" + c.caller.subject))
	what := sha256.New()
	what.Write([]byte(key + "\x00"))
	what.Write(c.id[:])
	if c.body != nil {
		what.Write(c.body.Raw)
	}
	return &retry{store.ID(whose[:16]), what.Sum(nil)}
}

func (a *API) firstReply(key store.ID) (r *store.Reply, err error) {
	err = a.Store.View(func(tx *store.Tx) error {
		r, err = tx.Reply(key)
		return err
	})
	return r, err
}

// post carries out a POST under a rate limit, which may be nil, and answers with the reply that fn has set in c. If the request has a key,
// the reply is stored in fn's transaction, so that after a crash there are both or neither.
func (a *API) post(c *call, l *limiter, limited string, fn func(*store.Tx) error) error {
	if c.retry != nil {
		fn = c.kept(fn)
	}
	if err := a.limited(c, l, limited, fn); err != nil {
		return err
	}
	return c.give(c.reply)
}

func (c *call) kept(fn func(*store.Tx) error) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		c.reply.Key, c.reply.Request = c.retry.key, c.retry.request
		return tx.KeepReply(c.reply)
	}
}

// created returns the reply for a new record: 201 with its JSON and its address.
func created(collection string, id store.ID, raw []byte) *store.Reply {
	return &store.Reply{Record: id, Status: http.StatusCreated, Location: base + collection + "/" + id.String(), ETag: wire.TagOf(raw), Body: raw}
}

// okReply returns the reply 200 with v as JSON.
func okReply(v any) (*store.Reply, error) {
	raw, err := store.Encode(v)
	return &store.Reply{Status: http.StatusOK, Body: raw}, err
}

// give sends a reply.
func (c *call) give(r *store.Reply) error {
	if r.Location != "" {
		c.w.Header().Set("Location", r.Location)
	}
	if r.ETag != "" {
		c.w.Header()["Etag"] = []string{r.ETag}
	}
	return c.send(r.Status, r.Body)
}
