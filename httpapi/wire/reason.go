package wire

import (
	"context"
	"errors"
	"net/http"
	"time"

	"crm/auth"
	"crm/index"
	"crm/store"
)

// A Reason is a stable code that tells why a request was refused. openapi.yaml lists them.
type Reason string

// The reasons, in the order of their statuses.
const (
	NotJSON          Reason = "not_json"
	BodyIncomplete   Reason = "body_incomplete"
	NoSession        Reason = "no_session"
	WrongPassword    Reason = "wrong_password"
	EmailTaken       Reason = "email_taken"
	NameTaken        Reason = "name_taken"
	Credentials      Reason = "credentials"
	Login            Reason = "login"
	Permission       Reason = "permission"
	NotFound         Reason = "not_found"
	MethodNotAllowed Reason = "method_not_allowed"
	LastAdmin        Reason = "last_admin"
	Erased           Reason = "erased"
	InProgress       Reason = "in_progress"
	Changed          Reason = "changed"
	BodyTooLarge     Reason = "body_too_large"
	MediaType        Reason = "media_type"
	Encoding         Reason = "content_encoding"
	Invalid          Reason = "invalid"
	RateLimit        Reason = "rate_limit"
	FailedLogins     Reason = "failed_logins"
	Quota            Reason = "quota"
	ClientGone       Reason = "client_gone"
	Internal         Reason = "internal"
	Unreadable       Reason = "unreadable"
	Busy             Reason = "busy"
	IndexBehind      Reason = "index_behind"
	Stopping         Reason = "stopping"
	ReadOnly         Reason = "read_only"
	DiskFull         Reason = "disk_full"
)

// StatusClientGone is the status in the log and the metrics if a client did not wait for its answer. Other servers use the same number.
const StatusClientGone = 499

// statuses has the status of each reason. Nothing else decides a status.
var statuses = map[Reason]int{
	NotJSON: http.StatusBadRequest, BodyIncomplete: http.StatusBadRequest, NoSession: http.StatusBadRequest, WrongPassword: http.StatusBadRequest,
	EmailTaken: http.StatusBadRequest, NameTaken: http.StatusBadRequest,
	Credentials: http.StatusUnauthorized, Login: http.StatusUnauthorized,
	Permission: http.StatusForbidden,
	NotFound:   http.StatusNotFound, MethodNotAllowed: http.StatusMethodNotAllowed,
	LastAdmin: http.StatusConflict, Erased: http.StatusConflict, InProgress: http.StatusConflict,
	Changed:      http.StatusPreconditionFailed,
	BodyTooLarge: http.StatusRequestEntityTooLarge, MediaType: http.StatusUnsupportedMediaType, Encoding: http.StatusUnsupportedMediaType,
	Invalid:   http.StatusUnprocessableEntity,
	RateLimit: http.StatusTooManyRequests, FailedLogins: http.StatusTooManyRequests, Quota: http.StatusTooManyRequests,
	ClientGone: StatusClientGone,
	Internal:   http.StatusInternalServerError, Unreadable: http.StatusInternalServerError,
	Busy: http.StatusServiceUnavailable, IndexBehind: http.StatusServiceUnavailable, Stopping: http.StatusServiceUnavailable, ReadOnly: http.StatusServiceUnavailable,
	DiskFull: http.StatusInsufficientStorage,
}

// kinds has the refusals for errors of other packages.
var kinds = []struct {
	err     error
	refusal *Refusal
}{
	{auth.ErrToken, ErrCredentials},
	{store.ErrEmailTaken, &Refusal{Reason: EmailTaken, Detail: "Email already registered", Errors: Reject("taken", "Email already registered", "body", "email")}},
	{store.ErrSegmentNameTaken, &Refusal{Reason: NameTaken, Detail: "Segment name already exists", Errors: Reject("taken", "Segment name already exists", "body", "name")}},
	{store.ErrLastAdmin, &Refusal{Reason: LastAdmin, Detail: "This is the last active administrator: give somebody else the role admin first"}},
	{store.ErrErased, &Refusal{Reason: Erased, Detail: "This customer was erased: nothing about that person can be kept any more"}},
	{index.ErrBehind, &Refusal{Reason: IndexBehind, Retry: time.Second, Detail: "The index has not caught up with the latest changes yet; try again in a moment"}},
	{store.ErrClosed, &Refusal{Reason: Stopping, Retry: 5 * time.Second, Detail: "The service is shutting down"}},
	{store.ErrGone, errReadOnly},
	{store.ErrUnsafe, errReadOnly},
	{store.ErrFull, &Refusal{Reason: DiskFull, Retry: time.Minute, Detail: "The disk is full: nothing was saved. Make room on the server and try again"}},
	{store.ErrUnreadable, &Refusal{Reason: Unreadable, Detail: errInternal.Detail, Errors: Reject("unreadable", "This record is damaged and cannot be read: somebody has to look for it in a backup", "record")}},
}

var (
	errReadOnly   = &Refusal{Reason: ReadOnly, Retry: time.Minute, Detail: "No changes can be saved until somebody looks at the server: its log has the cause. What is there can still be read"}
	errClientGone = &Refusal{Reason: ClientGone, Detail: "The client went away before it was answered"}
	errInternal   = &Refusal{Reason: Internal, Detail: "Internal server error"}
)

// RefusalOf returns the refusal for an error, without anything internal. ctx is that of the request.
func RefusalOf(ctx context.Context, err error) *Refusal {
	var (
		refusal  *Refusal
		rejected Rejection
		invalid  store.Invalid
		missing  store.NotFoundError
		unknown  *store.UnknownError
	)
	switch {
	case errors.As(err, &refusal): // first, because it may wrap one of kinds
		return refusal
	case errors.As(err, &rejected):
		return invalidAt(rejected)
	case errors.As(err, &invalid):
		return invalidAt(inBody(invalid))
	case errors.Is(err, index.ErrQuery):
		return invalidAt(Reject("value_error", err.Error(), "query", "query"))
	case errors.As(err, &missing):
		return &Refusal{Reason: NotFound, Detail: missing.Error(), Params: store.Facts{"kind": missing.Kind}}
	case errors.As(err, &unknown):
		return &Refusal{Reason: NotFound, Detail: unknown.Error(), Params: store.Facts{"kind": unknown.Kind}, Errors: inBody(unknown.Fields)}
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return errClientGone
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return k.refusal
		}
	}
	return errInternal
}

func invalidAt(violations Rejection) *Refusal {
	return &Refusal{Reason: Invalid, Detail: violations.Error(), Errors: violations}
}
