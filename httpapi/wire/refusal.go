package wire

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"crm/store"
)

// A Refusal is an error that tells the client why its request was not carried out.
type Refusal struct {
	Reason Reason // decides the status
	Detail string // a sentence for people
	Params store.Facts
	Errors Rejection
	Retry  time.Duration     // when to try again; 0 if unknown
	Header map[string]string // additional headers of the answer
	Cause  error             // for the log

	Current   json.RawMessage   // of Stale: the record
	ChangedBy map[string]string // of Stale
}

func (e *Refusal) Error() string { return e.Detail }
func (e *Refusal) Unwrap() error { return e.Cause }

// Problem returns the body of the answer, and sets its headers.
func (e *Refusal) Problem(requestID string, h http.Header) Problem {
	status := statuses[e.Reason]
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	for name, value := range e.Header {
		h.Set(name, value)
	}
	RetryAfter(h, e.Retry)
	p := Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: e.Detail, Errors: e.Errors, RequestID: requestID,
		Reason: e.Reason, Params: e.Params, Current: e.Current, ChangedBy: e.ChangedBy,
	}
	if p.Errors == nil {
		p.Errors = Rejection{}
	}
	return p
}

// RetryAfter sets the header Retry-After, unless d is 0.
func RetryAfter(h http.Header, d time.Duration) {
	if d > 0 {
		h.Set("Retry-After", strconv.Itoa(Seconds(d)))
	}
}

// Seconds returns a duration in whole seconds, rounded up.
func Seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// Refusals that several handlers return.
var (
	ErrCredentials = &Refusal{Reason: Credentials, Detail: "Could not validate credentials"}
	ErrLogin       = &Refusal{Reason: Login, Detail: "Incorrect email or password"}
	ErrNoPage      = &Refusal{Reason: NotFound, Detail: "Not found"}
)

// Forbidden refuses a caller whose token lacks a permission.
func Forbidden(permission string) *Refusal {
	return &Refusal{Reason: Permission, Detail: "Permission denied: " + permission, Params: store.Facts{"permission": permission}}
}

// Stale refuses a change of an old version. current is the present record, with its tag. by has the names of the users who changed its
// fields last, by the field's name.
func Stale(tag string, current []byte, by map[string]string) *Refusal {
	return &Refusal{
		Reason: Changed, Current: current, ChangedBy: by, Header: map[string]string{"Etag": tag},
		Detail: "The record has changed since it was read: look at its current value, and send the change again with its ETag",
	}
}

// OverLimit refuses a request that exceeds a rate limit. name is that of the limit in the headers of
// draft-ietf-httpapi-ratelimit-headers.
func OverLimit(reason Reason, name, sentence string, quota int, wait time.Duration) *Refusal {
	seconds := Seconds(wait)
	return &Refusal{
		Reason: reason, Detail: fmt.Sprintf("%s; try again in %d s", sentence, seconds), Retry: wait,
		Params: store.Facts{"limit": name, "most": quota, "wait": seconds},
		Header: map[string]string{
			"RateLimit":        fmt.Sprintf("%q;r=0;t=%d", name, seconds),
			"RateLimit-Policy": fmt.Sprintf("%q;q=%d;w=60", name, quota),
		},
	}
}
