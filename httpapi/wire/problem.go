package wire

import (
	"encoding/json"
	"strconv"
	"strings"

	"crm/store"
)

// A Problem is the body of an answer that refuses a request (RFC 9457).
type Problem struct {
	Type      string    `json:"type"`
	Title     string    `json:"title"` // the name of the status
	Status    int       `json:"status"`
	Detail    string    `json:"detail"`
	Errors    Rejection `json:"errors"`
	RequestID string    `json:"request_id"`

	// The facts in Detail, for clients that write their own sentences.
	Reason Reason      `json:"reason"`
	Params store.Facts `json:"params,omitempty"`

	// With status 412: the present record, and the names of the users who changed its fields last.
	Current   json.RawMessage   `json:"current,omitempty"`
	ChangedBy map[string]string `json:"changed_by,omitzero"`
}

// A Violation is one broken rule, and where it was broken: ["body", "email"], ["query", "page"], ["path", "customer_id"].
type Violation struct {
	Loc    []any       `json:"loc"`
	Msg    string      `json:"msg"`
	Type   string      `json:"type"`
	Params store.Facts `json:"params,omitempty"` // the numbers and names in Msg
}

// A Rejection lists every rule that a request breaks.
type Rejection []Violation

// Reject returns a rejection with one violation, at a location such as "query", "page".
func Reject(kind, msg string, loc ...any) Rejection {
	return Rejection{{Loc: loc, Msg: msg, Type: kind}}
}

func (e Rejection) Error() string { return "Validation error" }

// inBody returns the violations for the broken rules of a record in the body.
func inBody(list store.Invalid) Rejection {
	violations := make(Rejection, len(list))
	for i, f := range list {
		violations[i] = Violation{location("body", f.Field), f.Msg, f.Type, f.Params}
	}
	return violations
}

// location returns a location: where it begins, and the parts of a path such as tags.3.
func location(where, path string) []any {
	loc := []any{where}
	if path == "" {
		return loc
	}
	for step := range strings.SplitSeq(path, ".") {
		if n, err := strconv.Atoi(step); err == nil {
			loc = append(loc, n)
		} else {
			loc = append(loc, step)
		}
	}
	return loc
}
