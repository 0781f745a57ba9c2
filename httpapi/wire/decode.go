package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"crm/store"
	"crm/store/zone"
)

// CheckType refuses bodies that are not JSON, and compressed ones, because a small body could become a very large one.
func CheckType(h http.Header) error {
	if coding := h.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return &Refusal{Reason: Encoding, Detail: "Content-Encoding must be left out: bodies are read as they are"}
	}
	header := h.Get("Content-Type")
	if header == "" {
		return nil
	}
	kind, _, err := mime.ParseMediaType(header)
	if err == nil && (kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) {
		return nil
	}
	return &Refusal{Reason: MediaType, Detail: "Content-Type must be application/json"}
}

// byteOrderMark is what Windows writes in front of texts. A body may begin with it (RFC 8259, section 8.1).
var byteOrderMark = []byte("\ufeff")

// ParseBody parses exactly one JSON value, which must be an object. z is the zone of times without an offset.
func ParseBody(raw []byte, z *zone.Zone) (*Body, error) {
	b := &Body{Raw: raw, Zone: z}
	return b, b.parse()
}

func (b *Body) parse() error {
	raw := bytes.TrimPrefix(b.Raw, byteOrderMark)
	if !utf8.Valid(raw) {
		return notJSON("it is not valid UTF-8")
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return notJSON("it is empty")
	}
	err := json.Unmarshal(raw, &b.fields)
	if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) || err == nil && b.fields == nil {
		return Reject("object_type", "Must be a JSON object", "body")
	}
	if err != nil {
		return brokenJSON(raw, err)
	}
	return nil
}

func notJSON(why string) *Refusal {
	return &Refusal{Reason: NotJSON, Detail: "Body is not one JSON value: " + why}
}

// brokenJSON returns a refusal that names the line and column of the first error.
func brokenJSON(raw []byte, err error) *Refusal {
	why := strings.TrimPrefix(err.Error(), "json: ")
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return notJSON(why)
	}
	before := raw[:min(int(syntax.Offset), len(raw))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := max(1, utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]))
	e := notJSON(fmt.Sprintf("%s (line %d, column %d)", why, line, column))
	e.Params = store.Facts{"line": line, "column": column}
	return e
}
