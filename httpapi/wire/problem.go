package wire

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

// A Problem is the body of every refusal (RFC 9457).
type Problem struct {
	Type      string    `json:"type"`
	Title     string    `json:"title"`
	Status    int       `json:"status"`
	Detail    string    `json:"detail"`
	Errors    Rejection `json:"errors"`
	RequestID string    `json:"request_id"`

	Reason string `json:"reason,omitempty"` // of 409: why, for programs that speak to people in their language
	// Of 412: the record as it is now, and the names of those who changed its fields last.
	Current   json.RawMessage   `json:"current,omitempty"`
	ChangedBy map[string]string `json:"changed_by,omitzero"`
}

// A Violation is one broken rule, and where it was broken: ["body", "email"], ["query", "page"], ["path", "customer_id"].
type Violation struct {
	Loc  []any  `json:"loc"`
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

// A Rejection is every rule that a request breaks: 422.
type Rejection []Violation

// Reject is the rejection of one thing, at a place such as "query", "page".
func Reject(kind, msg string, loc ...any) Rejection {
	return Rejection{{Loc: loc, Msg: msg, Type: kind}}
}

func (e Rejection) Error() string { return "Validation error" }

// inBody says where in the body the rules of a record were broken.
func inBody(list store.Invalid) Rejection {
	problems := make(Rejection, len(list))
	for i, f := range list {
		problems[i] = Violation{location("body", f.Field), f.Msg, f.Type}
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

// A StatusError is a refusal that is its own explanation.
type StatusError struct {
	Status int
	Detail string
	Cause  error         // for the log
	Retry  time.Duration // when to try again; 0 leaves it open
}

func (e *StatusError) Error() string { return e.Detail }
func (e *StatusError) Unwrap() error { return e.Cause }

var (
	ErrCredentials = errors.New("Could not validate credentials")
	ErrLogin       = errors.New("Incorrect email or password")
)

// StatusClientGone is what the log and the metrics have of a request whose client did not wait for the answer, as other servers
// write it.
const StatusClientGone = 499

// ProblemOf is the one place that maps errors to statuses. It sets the headers that belong to a refusal in h.
func ProblemOf(ctx context.Context, err error, h http.Header) Problem {
	var (
		status   *StatusError
		invalid  store.Invalid
		rejected Rejection
		missing  store.NotFoundError
		unknown  *store.UnknownError
		over     *LimitError
		stale    *StaleError
	)
	switch {
	case errors.As(err, &status):
		RetryAfter(h, status.Retry)
		return Problem{Status: status.Status, Detail: status.Detail}
	case errors.Is(err, auth.ErrToken), errors.Is(err, ErrCredentials): // also where what is missing is a session
		h.Set("WWW-Authenticate", "Bearer")
		return Problem{Status: http.StatusUnauthorized, Detail: ErrCredentials.Error()}
	case errors.As(err, &rejected):
		return Problem{Status: http.StatusUnprocessableEntity, Detail: rejected.Error(), Errors: rejected}
	case errors.As(err, &invalid):
		return Problem{Status: http.StatusUnprocessableEntity, Detail: rejected.Error(), Errors: inBody(invalid)}
	case errors.Is(err, index.ErrQuery):
		return Problem{Status: http.StatusUnprocessableEntity, Detail: rejected.Error(), Errors: Reject("value_error", err.Error(), "query", "query")}
	case errors.As(err, &missing):
		return Problem{Status: http.StatusNotFound, Detail: missing.Error()}
	case errors.As(err, &unknown):
		return Problem{Status: http.StatusNotFound, Detail: unknown.Error(), Errors: inBody(unknown.Fields)}
	case errors.Is(err, store.ErrEmailTaken):
		return Problem{Status: http.StatusBadRequest, Detail: "Email already registered", Errors: Reject("taken", "Email already registered", "body", "email")}
	case errors.Is(err, store.ErrSegmentNameTaken):
		return Problem{Status: http.StatusBadRequest, Detail: "Segment name already exists", Errors: Reject("taken", "Segment name already exists", "body", "name")}
	case errors.Is(err, store.ErrLastAdmin):
		return Problem{Status: http.StatusConflict, Reason: "last_admin", Detail: "This is the last active administrator: give somebody else the role admin first"}
	case errors.Is(err, ErrLogin):
		h.Set("WWW-Authenticate", "Bearer")
		return Problem{Status: http.StatusUnauthorized, Detail: ErrLogin.Error()}
	case errors.As(err, &over):
		over.headers(h)
		return Problem{Status: http.StatusTooManyRequests, Detail: over.Error()}
	case errors.As(err, &stale):
		h["Etag"] = []string{stale.Tag}
		return Problem{Status: http.StatusPreconditionFailed, Detail: stale.Error(), Current: stale.Current, ChangedBy: stale.By}
	case errors.Is(err, store.ErrErased):
		return Problem{Status: http.StatusConflict, Reason: "erased", Detail: "This customer was erased: nothing about that person can be kept any more"}
	case errors.Is(err, context.Canceled) && ctx.Err() != nil: // nobody is left to be told; the log is
		return Problem{Status: StatusClientGone, Detail: "The client went away before it was answered"}
	case errors.Is(err, index.ErrBehind):
		RetryAfter(h, time.Second)
		return Problem{Status: http.StatusServiceUnavailable, Detail: "The index has not caught up with the latest changes yet; try again in a moment"}
	case errors.Is(err, store.ErrClosed):
		RetryAfter(h, 5*time.Second)
		return Problem{Status: http.StatusServiceUnavailable, Detail: "The service is shutting down"}
	case errors.Is(err, store.ErrGone), errors.Is(err, store.ErrUnsafe):
		RetryAfter(h, time.Minute)
		return Problem{Status: http.StatusServiceUnavailable, Detail: "No changes can be saved until somebody looks at the server: its log has the cause. What is there can still be read"}
	case errors.Is(err, store.ErrFull):
		RetryAfter(h, time.Minute)
		return Problem{Status: http.StatusInsufficientStorage, Detail: "The disk is full: nothing was saved. Make room on the server and try again"}
	}
	p := Problem{Status: http.StatusInternalServerError, Detail: "Internal server error"}
	if errors.Is(err, store.ErrUnreadable) {
		p.Errors = Reject("unreadable", "This record is damaged and cannot be read: somebody has to look for it in a backup", "record")
	}
	return p
}

// RetryAfter sets Retry-After to whole seconds, rounded up.
func RetryAfter(h http.Header, d time.Duration) {
	if d > 0 {
		h.Set("Retry-After", strconv.Itoa(Seconds(d)))
	}
}

// Seconds returns a duration in whole seconds, rounded up.
func Seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// Forbidden is the refusal of a caller whose token lacks a permission.
func Forbidden(permission string) error {
	return &StatusError{Status: http.StatusForbidden, Detail: fmt.Sprintf("Permission denied: %s", permission)}
}

// A LimitError is a refusal over a limit: 429.
type LimitError struct {
	Name   string // in RateLimit-Policy
	Reason string // says which limit
	Quota  int    // per minute
	Wait   time.Duration
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s; try again in %d s", e.Reason, Seconds(e.Wait))
}

// headers sets Retry-After and the fields of draft-ietf-httpapi-ratelimit-headers.
func (e *LimitError) headers(h http.Header) {
	RetryAfter(h, e.Wait)
	h.Set("RateLimit", fmt.Sprintf("%q;r=0;t=%d", e.Name, Seconds(e.Wait)))
	h.Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=60", e.Name, e.Quota))
}

// A StaleError refuses a change of a version that is no longer the current one: 412.
type StaleError struct {
	Tag     string
	Current []byte            // JSON
	By      map[string]string // who changed each field last, by the field's name
}

func (e *StaleError) Error() string {
	return "The record has changed since it was read: look at its current value, and send the change again with its ETag"
}
