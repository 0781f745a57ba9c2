package index

import (
	"bytes"
	"errors"
	"strings"

	"crm/store"
)

var ErrQuery = errors.New("bad query")

type tier uint8

const (
	tierWord tier = iota
	tierPrefix
	tierInside
	tierCount
)

type query struct{ words []string }
type clause struct{ anyOf [][]string }
type typoWord struct {
	text     string
	distance int
}

func parseQuery(s, region string) (query, error) { return query{strings.Fields(store.Fold(s))}, nil }
func (q *query) empty() bool                     { return len(q.words) == 0 }
func (q *query) match(text []byte) (tier, bool) {
	for _, w := range q.words {
		if !bytes.Contains(text, []byte(w)) {
			return 0, false
		}
	}
	return tierInside, true
}
func (q *query) matchTypos(text []byte) bool { return false }
func (q *query) mayHaveTypos() bool          { return false }
func (q *query) typoWords() []typoWord       { return nil }
func (q *query) clauses() []clause {
	var c []clause
	for _, w := range q.words {
		if len(w) >= 3 {
			c = append(c, clause{[][]string{{w[:3]}}})
		}
	}
	return c
}
func appendText(dst []byte, c *store.Customer, region string) []byte {
	dst = store.AppendFold(dst, c.Name())
	dst = append(dst, '\n')
	dst = store.AppendFold(dst, c.Email)
	return append(dst, '\n')
}
func sortName(text []byte) []byte { t, _, _ := bytes.Cut(text, []byte("\n")); return t }
func appendGrams(dst [][]byte, text []byte) [][]byte {
	for i := 0; i+3 <= len(text); i++ {
		dst = append(dst, text[i:i+3])
	}
	return dst
}
func appendWords(dst [][]byte, text []byte) [][]byte { return append(dst, bytes.Fields(text)...) }
