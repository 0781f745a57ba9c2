package httpapi

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"crm/httpapi/wire"
	"crm/index"
	"crm/store"
)

// An export is a list as a CSV file: a line with the names of the columns, then one for each record.
type export struct {
	kind store.Kind
	name string // the beginning of the file's name, before the date
	read func(*store.Tx, store.ID) ([]byte, error)
	// decode returns an UnreadableError for a record that cannot be decoded
	decode func(store.ID, []byte) error
}

var (
	customerExport = export{kind: store.KindCustomer, name: "customers", read: (*store.Tx).CustomerJSON, decode: func(id store.ID, raw []byte) error { return new(store.Customer).Decode(id, raw) }}
	feedbackExport = export{kind: store.KindFeedback, name: "feedback", read: (*store.Tx).FeedbackJSON, decode: func(id store.ID, raw []byte) error { return new(store.Feedback).Decode(id, raw) }}
)

// cells returns a record's values in the order of the columns.
func cells(columns []string, raw []byte) (line []string, err error) {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, err
	}
	for _, column := range columns {
		text, err := cell(values[column])
		if err != nil {
			return nil, err
		}
		line = append(line, text)
	}
	return line, nil
}

// cell returns the text of a value in the file. Texts and lists of texts are guarded, and null is "".
func cell(value json.RawMessage) (string, error) {
	var (
		text string
		list []string
	)
	switch string(value[:min(1, len(value))]) {
	case "", "n":
		return "", nil
	case `"`:
		err := json.Unmarshal(value, &text)
		return guarded(text), err
	case "[":
		err := json.Unmarshal(value, &list)
		return guarded(joinTags(list)), err
	}
	return string(value), nil
}

func (a *API) exportCustomers(c *call) error {
	p := a.params(c)
	q := readCustomerQuery(p, p.Order(customerSorts...))
	return a.export(c, &customerExport, p, func() (index.Page, error) { return a.Index.Customers(q) })
}

func (a *API) exportFeedback(c *call) error {
	p := a.params(c)
	f, order := readFeedbackFilter(p, p.ID("customer_id")), p.Order("submitted_at")
	return a.export(c, &feedbackExport, p, func() (index.Page, error) { return a.Index.Feedback(f, order) })
}

// exportChunk is how many records are read in one transaction.
const exportChunk = 500

// export answers with the list that find returns, and notes the export in the change log. It reads all ids first, so that no record is
// missing or occurs twice, and then the records in chunks.
func (a *API) export(c *call, e *export, p *wire.Params, find func() (index.Page, error)) error {
	excel := p.Enum("excel", []string{"fr"}) == "fr"
	if err := p.Err(); err != nil {
		return err
	}
	if err := a.exports.acquire(c.caller.subject, 1); err != nil {
		return err
	}
	defer a.exports.release(c.caller.subject, 1)
	if err := a.caughtUp(c); err != nil {
		return err
	}
	page, err := find()
	if err != nil {
		return err
	}
	if c.r.Method == http.MethodHead {
		a.headFile(c, e)
		return nil
	}
	if err := a.update(c, func(tx *store.Tx) error { return tx.Note(e.kind, store.ID{}, store.OpExport) }); err != nil {
		return err
	}
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	if excel {
		buf.WriteString("\ufeff")
		w.Comma = ';'
	}
	return a.writeRecords(c, e, page.IDs, &buf, w)
}

// headFile sends the status and the headers of the file.
func (a *API) headFile(c *call, e *export) {
	h := c.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+e.name+"-"+a.today().String()+`.csv"`)
	c.w.WriteHeader(http.StatusOK)
}

// writeRecords sends the file through buf, which w writes to.
func (a *API) writeRecords(c *call, e *export, ids []store.ID, buf *bytes.Buffer, w *csv.Writer) error {
	out := c.chunked(30 * time.Second)
	columns := store.Columns(e.kind)
	if err := w.Write(columns); err != nil {
		return err
	}
	begun := false
	for {
		chunk := ids[:min(len(ids), exportChunk)]
		ids = ids[len(chunk):]
		if err := a.appendRecords(e, columns, chunk, w); err != nil {
			return err
		}
		if !begun {
			a.headFile(c, e)
			begun = true
		}
		if !out.write(buf.Bytes()) || len(ids) == 0 || c.r.Context().Err() != nil {
			return nil
		}
		buf.Reset()
	}
}

// appendRecords writes the lines of some records, in one snapshot. Records that were deleted meanwhile or are
// damaged are left out.
func (a *API) appendRecords(e *export, columns []string, ids []store.ID, w *csv.Writer) error {
	rows, found := make([][]byte, 0, len(ids)), make([]store.ID, 0, len(ids))
	err := a.Store.View(func(tx *store.Tx) error {
		for _, id := range ids {
			row, err := e.read(tx, id)
			if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrUnreadable) {
				continue
			}
			if err != nil {
				return err
			}
			rows, found = append(rows, bytes.Clone(row)), append(found, id)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, row := range rows {
		if a.Store.NoteUnreadable(e.decode(found[i], row)) {
			continue
		}
		line, err := cells(columns, row)
		if err != nil {
			return err
		}
		if err := w.Write(line); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// guarded puts an apostrophe before a text that a spreadsheet would treat as a formula. Otherwise a customer's name could be a formula that
// runs on the computer of whoever opens the file. Programs that read the file have to remove one leading apostrophe, so a text that
// begins with one gets another. International phone numbers stay as they are, since a spreadsheet can only read them as numbers.
func guarded(s string) string {
	if s == "" || !strings.ContainsAny(firstRune(s), formulaStarts) || isDialled(s) {
		return s
	}
	return "'" + s
}

// formulaStarts are the characters that formulas begin with, their full-width forms, and the apostrophe itself.
const formulaStarts = "=+-@\t\r\n＝＋－＠'"

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

// isDialled reports whether a text is a phone number in the international form.
func isDialled(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && strings.ContainsAny(digits, "0123456789") && strings.Trim(digits, "0123456789 ().-/") == "" && !strings.ContainsAny(digits[:1], ".-/")
}

// joinTags joins tags by ", ". It puts a backslash before each comma and backslash in a tag.
func joinTags(tags []string) string {
	escaped := slices.Clone(tags)
	for i, tag := range escaped {
		escaped[i] = tagEscapes.Replace(tag)
	}
	return strings.Join(escaped, ", ")
}

var tagEscapes = strings.NewReplacer(`\`, `\\`, ",", `\,`)
