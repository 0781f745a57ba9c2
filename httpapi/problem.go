package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"crm/auth"
	"crm/index"
	"crm/store"
)

// A problem is the body of every refusal (RFC 9457).
type problem struct {
	Type      string    `json:"type"`
	Title     string    `json:"title"`
	Status    int       `json:"status"`
	Detail    string    `json:"detail"`
	Errors    rejection `json:"errors"`
	RequestID string    `json:"request_id"`

	Reason string `json:"reason,omitempty"` // of 409: why, for programs that speak to people in their language
	// Of 412: the record as it is now, and the names of those who changed its fields last.
	Current   json.RawMessage   `json:"current,omitempty"`
	ChangedBy map[string]string `json:"changed_by,omitzero"`
}

// A broken rule, and where it was broken: ["body", "email"], ["query", "page"], ["path", "customer_id"].
type broken struct {
	Loc  []any  `json:"loc"`
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

// A rejection is every rule that a request breaks: 422.
type rejection []broken

func (e rejection) Error() string { return "Validation error" }

// inBody says where in the body the rules of a record were broken.
func inBody(list store.Invalid) rejection {
	problems := make(rejection, len(list))
	for i, f := range list {
		problems[i] = broken{location("body", f.Field), f.Msg, f.Type}
	}
	return problems
}

func location(where, field string) []any {
	loc := []any{where}
	if field == "" {
		return loc
	}
	for step := range strings.SplitSeq(field, ".") {
		if n, err := strconv.Atoi(step); err == nil {
			loc = append(loc, n)
		} else {
			loc = append(loc, step)
		}
	}
	return loc
}

// A statusError is a refusal that is its own explanation.
type statusError struct {
	status int
	detail string
	cause  error         // for the log
	retry  time.Duration // when to try again; 0 leaves it open
}

func (e *statusError) Error() string { return e.detail }
func (e *statusError) Unwrap() error { return e.cause }

var (
	errCredentials = errors.New("Could not validate credentials")
	errLogin       = errors.New("Incorrect email or password")
)

// statusClientGone is what the log and the metrics have of a request whose client did not wait for the answer, as other servers
// write it.
const statusClientGone = 499

// fail answers with the status that an error means. Nothing internal reaches the client; the log has the cause. Once a part of an
// answer is out, an error can only be told by breaking the connection.
func (a *API) fail(c *call, err error) {
	if rec, ok := c.w.(*recorder); ok && rec.begun {
		c.entry.err, c.entry.cut = err, true
		panic(http.ErrAbortHandler) // as net/http has it
	}
	p := a.problemOf(c, err)
	if p.Errors == nil {
		p.Errors = rejection{}
	}
	p.Type, p.Title, p.RequestID = "about:blank", http.StatusText(p.Status), c.entry.id
	c.entry.err = err
	raw, err := store.Encode(p)
	if err != nil {
		raw = []byte(`{"status":500}`)
	}
	c.w.Header().Set("Content-Type", "application/problem+json")
	c.w.WriteHeader(p.Status)
	_, _ = c.w.Write(raw)
}

// problemOf is the one place that maps errors to statuses.
func (a *API) problemOf(c *call, err error) problem {
	var (
		status   *statusError
		invalid  store.Invalid
		rejected rejection
		missing  store.NotFoundError
		unknown  *store.UnknownError
		over     *limitError
		stale    *staleError
	)
	switch {
	case errors.As(err, &status):
		c.retryAfter(status.retry)
		return problem{Status: status.status, Detail: status.detail}
	case errors.Is(err, auth.ErrToken), errors.Is(err, errCredentials): // also where what is missing is a session
		c.w.Header().Set("WWW-Authenticate", "Bearer")
		return problem{Status: http.StatusUnauthorized, Detail: errCredentials.Error()}
	case errors.As(err, &rejected):
		return problem{Status: http.StatusUnprocessableEntity, Detail: rejected.Error(), Errors: rejected}
	case errors.As(err, &invalid):
		return problem{Status: http.StatusUnprocessableEntity, Detail: rejected.Error(), Errors: inBody(invalid)}
	case errors.Is(err, index.ErrQuery):
		return problem{Status: http.StatusUnprocessableEntity, Detail: rejected.Error(), Errors: rejection{{[]any{"query", "query"}, err.Error(), "value_error"}}}
	case errors.As(err, &missing):
		return problem{Status: http.StatusNotFound, Detail: missing.Error()}
	case errors.As(err, &unknown):
		return problem{Status: http.StatusNotFound, Detail: unknown.Error(), Errors: inBody(unknown.Fields)}
	case errors.Is(err, store.ErrEmailTaken):
		return problem{Status: http.StatusBadRequest, Detail: "Email already registered", Errors: rejection{{[]any{"body", "email"}, "Email already registered", "taken"}}}
	case errors.Is(err, store.ErrSegmentNameTaken):
		return problem{Status: http.StatusBadRequest, Detail: "Segment name already exists", Errors: rejection{{[]any{"body", "name"}, "Segment name already exists", "taken"}}}
	case errors.Is(err, store.ErrLastAdmin):
		return problem{Status: http.StatusConflict, Reason: "last_admin", Detail: "This is the last active administrator: give somebody else the role admin first"}
	case errors.Is(err, errLogin):
		c.w.Header().Set("WWW-Authenticate", "Bearer")
		return problem{Status: http.StatusUnauthorized, Detail: errLogin.Error()}
	case errors.As(err, &over):
		over.headers(c)
		return problem{Status: http.StatusTooManyRequests, Detail: over.Error()}
	case errors.As(err, &stale):
		c.w.Header()["Etag"] = []string{stale.tag}
		return problem{Status: http.StatusPreconditionFailed, Detail: stale.Error(), Current: stale.current, ChangedBy: stale.by}
	case errors.Is(err, store.ErrErased):
		return problem{Status: http.StatusConflict, Reason: "erased", Detail: "This customer was erased: nothing about that person can be kept any more"}
	case errors.Is(err, context.Canceled) && c.r.Context().Err() != nil: // nobody is left to be told; the log is
		return problem{Status: statusClientGone, Detail: "The client went away before it was answered"}
	case errors.Is(err, index.ErrBehind):
		c.retryAfter(time.Second)
		return problem{Status: http.StatusServiceUnavailable, Detail: "The index has not caught up with the latest changes yet; try again in a moment"}
	case errors.Is(err, store.ErrClosed):
		c.retryAfter(5 * time.Second)
		return problem{Status: http.StatusServiceUnavailable, Detail: "The service is shutting down"}
	case errors.Is(err, store.ErrGone), errors.Is(err, store.ErrUnsafe):
		c.retryAfter(time.Minute)
		return problem{Status: http.StatusServiceUnavailable, Detail: "No changes can be saved until somebody looks at the server: its log has the cause. What is there can still be read"}
	case errors.Is(err, store.ErrFull):
		c.retryAfter(time.Minute)
		return problem{Status: http.StatusInsufficientStorage, Detail: "The disk is full: nothing was saved. Make room on the server and try again"}
	}
	p := problem{Status: http.StatusInternalServerError, Detail: "Internal server error"}
	if errors.Is(err, store.ErrUnreadable) {
		p.Errors = rejection{{[]any{"record"}, "This record is damaged and cannot be read: somebody has to look for it in a backup", "unreadable"}}
	}
	return p
}

// retryAfter sets Retry-After to whole seconds, rounded up.
func (c *call) retryAfter(d time.Duration) {
	if d > 0 {
		c.w.Header().Set("Retry-After", strconv.Itoa(seconds(d)))
	}
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// forbidden is the refusal of a caller whose token lacks a permission.
func forbidden(permission string) error {
	return &statusError{status: http.StatusForbidden, detail: fmt.Sprintf("Permission denied: %s", permission)}
}
