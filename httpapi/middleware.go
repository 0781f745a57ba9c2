package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/klauspost/compress/gzhttp"

	"crm/httpapi/wire"
	"crm/store"
)

// gzipFrom is the size in bytes from which answers are compressed.
const gzipFrom = 32 << 10

// wrap wraps the routes in the handlers that every request passes, from the outside in: log, CORS, compression, panics.
func (a *API) wrap(next http.Handler) (http.Handler, error) {
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(gzipFrom), gzhttp.CompressionLevel(1), gzhttp.SuffixETag(wire.Packed))
	if err != nil {
		return nil, err
	}
	policy, err := a.cors()
	if err != nil {
		return nil, err
	}
	return a.observe(policy.Handler(compress(a.catch(next)))), nil
}

// An entry is a request's line in the log. It has no names, e-mail addresses or phone numbers of customers.
type entry struct {
	id    string
	route *route // nil for an unknown path
	user  string
	err   error
	cut   bool // the answer was cut off
}

type entryKey struct{}

func entryOf(r *http.Request) *entry {
	e, ok := r.Context().Value(entryKey{}).(*entry)
	if !ok {
		e = &entry{}
	}
	return e
}

// isRequestID reports whether a client's request id can be used: 1 to 64 letters, digits and . _ : -
func isRequestID(id string) bool {
	strange := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._:-", r)
	}
	return id != "" && len(id) <= 64 && strings.IndexFunc(id, strange) < 0
}

// Ids need not be secret, so their random bytes may be read from the system in advance.
func init() { uuid.EnableRandPool() }

// Values of headers that every answer has. They are shared, so nothing may append to them.
var (
	nosniff  = []string{"nosniff"}
	noStore  = []string{"no-store"}
	jsonType = []string{"application/json"}
)

// observe gives each request an id and writes one line about it.
func (a *API) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		e := &entry{id: r.Header.Get("X-Request-Id")}
		if !isRequestID(e.id) {
			e.id = uuid.NewString()
		}
		h := w.Header()
		h["X-Request-Id"] = []string{e.id}
		h["X-Content-Type-Options"] = nosniff
		h["Cache-Control"] = noStore
		h["Date"] = []string{a.Clock().UTC().Format(http.TimeFormat)} // by the same clock as the times in the answer
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			took := time.Since(started)
			a.measured[e.route].Observe(rec.status, took)
			a.logRequest(r, e, rec.status, took)
		}()
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), entryKey{}, e)))
	})
}

func (a *API) logRequest(r *http.Request, e *entry, status int, took time.Duration) {
	level := slog.LevelInfo
	panicked := (*store.PanicError)(nil)
	failed := e.err != nil && (status >= 500 || e.cut || errors.As(e.err, &panicked))
	if failed {
		level = slog.LevelError
	}
	if !a.Log.Enabled(r.Context(), level) {
		return
	}
	path := ""
	if e.route != nil {
		path = e.route.full()
	}
	attrs := []slog.Attr{
		slog.String("id", e.id), slog.String("method", r.Method), slog.String("route", path), slog.Int("status", status),
		slog.Duration("duration", took), slog.String("user", e.user), slog.String("remote", a.clientAddress(r)),
	}
	if failed {
		attrs = append(attrs, slog.Any("err", cause(e.err)))
		if errors.As(e.err, &panicked) {
			attrs = append(attrs, slog.String("stack", string(panicked.Stack)))
		}
	}
	a.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// cause returns the error for the log: the cause of a refusal, or err itself.
func cause(err error) error {
	if status, ok := errors.AsType[*wire.Refusal](err); ok && status.Cause != nil {
		return status.Cause
	}
	return err
}

// A recorder remembers the status of an answer and whether it has begun.
type recorder struct {
	http.ResponseWriter
	status int
	begun  bool
}

func (w *recorder) WriteHeader(status int) {
	if !w.begun {
		w.status, w.begun = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Flush lets wrappers such as gzhttp flush the answer.
func (w *recorder) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// catch answers 500 if a handler panics.
func (a *API) catch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		defer func() {
			v := recover()
			switch v {
			case nil:
				return
			case http.ErrAbortHandler:
				panic(v)
			}
			err := &store.PanicError{Value: v, Stack: debug.Stack()}
			c := &call{w: w, r: r, entry: entryOf(r)}
			if c.entry.err = err; rec.begun {
				panic(http.ErrAbortHandler) // a part of the answer was sent, so the connection is closed
			}
			a.fail(c, err)
		}()
		next.ServeHTTP(rec, r)
	})
}
