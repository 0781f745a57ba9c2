package httpapi

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"slices"
	"strings"

	"crm/store"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// derived are the fields that nobody edits: they follow from other records, from sign-ins, and from the time.
var derived = [][]byte{
	[]byte(`,"last_interaction":`),
	[]byte(`,"customer_count":`), []byte(`,"last_calculated":`),
	[]byte(`,"is_locked":`), []byte(`,"failed_login_attempts":`), []byte(`,"last_login_at":`),
}

// tagOf is the entity tag of a record: a checksum of each half of the bytes that people edit, 32 bits long, so that one
// change in four billion goes unnoticed, and then, after a hyphen, a checksum of the derived fields where there are any.
// It need not withstand forgery, since whoever can choose a record's bytes may write it anyway. Processors have an
// instruction for this CRC, and it costs a tenth of a SHA-256.
func tagOf(raw []byte) string {
	edited, rest := splitDerived(raw)
	var sum [12]byte
	half := len(edited) / 2
	binary.BigEndian.PutUint32(sum[:4], crc32.Checksum(edited[:half], castagnoli))
	binary.BigEndian.PutUint32(sum[4:8], crc32.Checksum(edited[half:], castagnoli))
	tag := hex.AppendEncode([]byte{'"'}, sum[:8])
	if len(rest) > 0 {
		binary.BigEndian.PutUint32(sum[8:], crc32.Checksum(rest, castagnoli))
		tag = hex.AppendEncode(append(tag, '-'), sum[8:])
	}
	return string(append(tag, '"'))
}

// splitDerived takes the derived fields out of a record's JSON. Their values have no comma; and no text can be taken for such a
// field, for the quotation marks in a text are escaped.
func splitDerived(raw []byte) (edited, rest []byte) {
	edited = raw
	for _, name := range derived {
		from := bytes.Index(edited, name)
		if from < 0 {
			continue
		}
		to := from + len(name) + max(0, bytes.IndexAny(edited[from+len(name):], ",}"))
		rest = append(rest, edited[from:to]...)
		edited = slices.Concat(edited[:from], edited[to:])
	}
	return edited, rest
}

// packed is what compression adds to a tag, for the same record packed is another representation.
const packed = "-gzip"

// sendVersion answers with a record and its tag, or with 304 and no record to a client that has it.
func (c *call) sendVersion(tag string, raw []byte) error {
	c.w.Header()["Etag"] = []string{tag}
	seen := c.r.Header["If-None-Match"]
	if reads := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead; reads && seen != nil && isListed(seen, tag) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return c.send(http.StatusOK, raw)
}

// isListed compares weakly (RFC 9110, 8.8.3.2), as If-None-Match wants it.
func isListed(lines []string, tag string) bool {
	return listsTag(lines, func(seen string) bool {
		return strings.Replace(strings.TrimPrefix(seen, "W/"), packed+`"`, `"`, 1) == tag
	})
}

// isCurrent compares strongly, as If-Match wants it, but only what people edit: a call that was logged, a new member of
// a segment and a sign-in are no change that an editor could undo unawares.
func isCurrent(lines []string, tag string) bool {
	edited := tag[:17]
	return listsTag(lines, func(seen string) bool {
		seen = strings.Replace(seen, packed+`"`, `"`, 1)
		return len(seen) == len(tag) && strings.HasPrefix(seen, edited) && strings.HasSuffix(seen, `"`)
	})
}

// listsTag reports whether a header's list of tags is * or has one that matches.
func listsTag(lines []string, matches func(string) bool) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		quoted := false
		for tag := range strings.FieldsFuncSeq(line, func(r rune) bool { // a comma inside a tag does not end it
			quoted = quoted != (r == '"')
			return r == ',' && !quoted
		}) {
			if tag = strings.Trim(tag, " \t"); tag == "*" || matches(tag) {
				return true
			}
		}
		return false
	})
}

// edit is update of the record in the path unless the request's If-Match names another version of it.
func (a *API) edit(c *call, read func(*store.Tx, store.ID) ([]byte, error), fn func(*store.Tx) error) error {
	return a.update(c, c.matching(read, fn))
}

// matching is fn for the version of the record in the path that the request's If-Match names. read is what
// the record's tag is made of. The comparison is part of the transaction, so of two editors of one version one wins.
func (c *call) matching(read func(*store.Tx, store.ID) ([]byte, error), fn func(*store.Tx) error) func(*store.Tx) error {
	expected := c.r.Header["If-Match"]
	if expected == nil {
		return fn
	}
	return func(tx *store.Tx) error {
		raw, err := read(tx, c.id)
		if err != nil {
			return err
		}
		if tag := tagOf(raw); !isCurrent(expected, tag) {
			raw = bytes.Clone(raw)
			by, err := lastEditors(tx, c.id)
			if err != nil {
				return err
			}
			return &staleError{tag, raw, by}
		}
		return fn(tx)
	}
}

// A staleError refuses a change of a version that is no longer the current one: 412.
type staleError struct {
	tag     string
	current []byte            // JSON
	by      map[string]string // who changed each field last, by the field's name
}

func (e *staleError) Error() string {
	return "The record has changed since it was read: look at its current value, and send the change again with its ETag"
}

// lastEditors are the names of those who changed the fields of a record last, as far as the log tells: whoever is refused
// learns with whom to speak.
func lastEditors(tx *store.Tx, id store.ID) (map[string]string, error) {
	known, by := names{}, map[string]string{}
	for change, err := range tx.History(id) {
		if err != nil {
			return nil, err
		}
		var old map[string]json.RawMessage
		if change.Op != store.OpUpdate || json.Unmarshal(change.Old, &old) != nil {
			continue
		}
		name := known.of(tx, change.Actor)
		for field := range old {
			if delete(by, field); name != nil {
				by[field] = *name
			}
		}
	}
	return by, nil
}
