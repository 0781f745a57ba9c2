package httpapi

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"net/http"
	"slices"
	"strings"

	"crm/store"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// tagOf is the entity tag of a record: a checksum of each half of its bytes, 32 bits long, so that one change in four
// billion goes unnoticed. It need not withstand forgery, since whoever can choose a record's bytes may write it anyway.
// Processors have an instruction for this CRC, and it costs a tenth of a SHA-256.
func tagOf(raw []byte) string {
	var sum [8]byte
	half := len(raw) / 2
	binary.BigEndian.PutUint32(sum[:4], crc32.Checksum(raw[:half], castagnoli))
	binary.BigEndian.PutUint32(sum[4:], crc32.Checksum(raw[half:], castagnoli))
	var tag [18]byte
	tag[0], tag[17] = '"', '"'
	hex.Encode(tag[1:], sum[:])
	return string(tag[:])
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

// isCurrent compares strongly, as If-Match wants it, but only what stands for the stored record: what follows a hyphen
// says how it was sent, and how many customers a segment had, which nobody edits.
func isCurrent(lines []string, tag string) bool {
	version := func(tag string) string {
		before, _, _ := strings.Cut(strings.TrimSuffix(tag, `"`), "-")
		return before
	}
	return listsTag(lines, func(seen string) bool {
		return strings.HasSuffix(seen, `"`) && version(seen) == version(tag)
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
			return &staleError{tag, bytes.Clone(raw)}
		}
		return fn(tx)
	}
}

// A staleError refuses a change of a version that is no longer the current one: 412.
type staleError struct {
	tag     string
	current []byte // JSON
}

func (e *staleError) Error() string {
	return "The record has changed since it was read: look at its current value, and send the change again with its ETag"
}
