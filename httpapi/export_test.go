package httpapi

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"crm/store"
)

// readCSV returns the lines of a file by column, without the apostrophes that guard against formulas.
func readCSV(t testing.TB, raw []byte, comma rune) (records []map[string]string) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comma = comma
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	for _, line := range lines[1:] {
		record := map[string]string{}
		for i, cell := range line {
			record[lines[0][i]] = strings.TrimPrefix(cell, "'")
		}
		records = append(records, record)
	}
	return records
}

// splitTags undoes what a file does to tags.
func splitTags(s string) (tags []string) {
	var tag []byte
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
			tag = append(tag, s[i])
		case ',':
			i++ // the space
			tags, tag = append(tags, string(tag)), nil
		default:
			tag = append(tag, s[i])
		}
	}
	if s == "" {
		return nil
	}
	return append(tags, string(tag))
}

// wantRecord compares a line of a file with the record's JSON.
func wantRecord(t testing.TB, line map[string]string, record map[string]any) {
	t.Helper()
	if len(line) != len(record) {
		t.Errorf("columns: got %d, want the %d fields of the record", len(line), len(record))
	}
	for field, value := range record {
		want := ""
		switch value := value.(type) {
		case nil:
		case []any:
			tags := splitTags(line[field])
			if len(tags) != len(value) {
				t.Errorf("%s: got %q, want %q", field, tags, value)
				continue
			}
			for i := range tags {
				if tags[i] != value[i] {
					t.Errorf("%s: got %q, want %q", field, tags, value)
				}
			}
			continue
		default:
			want = fmt.Sprint(value)
		}
		// encoding/csv turns these two characters into one, but the file has both.
		if got := line[field]; got != strings.ReplaceAll(want, "\r\n", "\n") {
			t.Errorf("%s: got %q, want %q", field, got, want)
		}
	}
}

func TestExports(t *testing.T) {
	f := newFixture(t) // late in the office's evening it is another day than in UTC
	f.later(13*time.Hour + 30*time.Minute)
	customer := f.storeCustomer(map[string]any{"tags": []string{"VIP", "Spa, massage", `back\slash\`, `\, both`, "a;b"}, "notes": "Two\nlines; \"quoted\"\r\nand more"})
	f.storeCustomer(map[string]any{"full_name": nil, "nationality": nil, "region": nil, "tags": nil, "company_name": "Société; \"Atlas\", SARL"})
	f.logInteraction(customer, nil)
	named := f.giveFeedback(customer, map[string]any{"comments": "Très bien", "booking_id": someUUID})
	f.giveFeedback(customer, map[string]any{"is_anonymous": true, "rating": 1})
	f.send("PUT", "/v1/feedback/"+named, map[string]any{"resolved": true, "resolution_notes": "Called"}).want(http.StatusOK)
	for _, list := range []string{"customers", "feedback"} {
		for _, excel := range []string{"", "?excel=", "?excel=fr"} {
			f.run(list+excel, func(t *testing.T) {
				got := f.send("GET", "/api/v1/"+list+"/export.csv"+excel, nil).want(http.StatusOK)
				if name := got.header.Get("Content-Disposition"); name != `attachment; filename="`+list+`-2026-11-24.csv"` || got.header.Get("Content-Type") != "text/csv; charset=utf-8" {
					t.Errorf("got %s, %s", name, got.header.Get("Content-Type"))
				}
				raw, marked := bytes.CutPrefix(got.body, []byte("\ufeff"))
				comma := ','
				if excel == "?excel=fr" {
					comma = ';'
				}
				if marked != (comma == ';') {
					t.Errorf("byte order mark: got %v", marked)
				}
				var want struct{ Items []map[string]any }
				f.send("GET", "/api/v1/"+list, nil).into(&want)
				lines := readCSV(t, raw, comma)
				if len(lines) != len(want.Items) {
					t.Fatalf("lines: got %d, want %d", len(lines), len(want.Items))
				}
				for i := range lines {
					wantRecord(t, lines[i], want.Items[i])
				}
				head := f.send("HEAD", "/v1/"+list+"/export.csv"+excel, nil).want(http.StatusOK)
				if !reflect.DeepEqual(head.header["Content-Disposition"], got.header["Content-Disposition"]) || len(head.body) > 0 {
					t.Errorf("HEAD: got %v with %q", head.header, head.body)
				}
			})
		}
		f.send("GET", "/v1/"+list+"/export.csv?excel=de&sort=x", nil).wantErrors("query.excel", "query.sort")
		refused := f.sendWith(f.tokenFor(testUser, "crm:read:"+list), "GET", "/v1/"+list+"/export.csv", nil).want(http.StatusForbidden)
		if refused.header.Get("Content-Disposition") != "" {
			t.Error("a refusal is sent as a file")
		}
	}
	noted := f.send("GET", "/v1/audit?op=export&user="+testUser, nil)
	if got := noted.steps(); len(got) != 6 || got[0] != "export feedback" || got[5] != "export customer" {
		t.Errorf("the audit has %q, want three exports of each and none that was refused or sent no file", got)
	}
	f.send("GET", "/v1/customers/export.csv?query=+&page=0&size=x", nil).want(http.StatusOK) // there are no pages
}

// Every text comes back as it was, and none begins as a formula does.
func TestExportedTextsAreNoFormulas(t *testing.T) {
	f := newFixture(t)
	texts := []string{"=1+1", "+1+1", "-1+1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠A1", "'", "'=1", "''", "'quoted'", "=", "+", "-", "@", "+212 6 12 34 56 78 ext", "+(", "+-1", "+.5", "plain", "a=b", "5-3", `"=1`, ";=1", ",=1", "\\=1"}
	for _, text := range texts {
		f.storeCustomer(map[string]any{"full_name": text, "company_name": text, "region": text, "nationality": text, "preferred_language": text, "notes": text, "tags": []string{text}})
	}
	numbers := []string{"+212 612 34 56 78", "+212611111111", "+33 (0)6.12-34/56", "0612345678", "(06) 12"}
	for _, number := range numbers {
		f.storeCustomer(map[string]any{"phone": number, "company_name": number})
	}
	f.storeCustomer(map[string]any{"phone": "-1+cmd|' /C calc'!A0", "email": "=1@example.com"})
	customer := f.storeCustomer(nil)
	f.giveFeedback(customer, map[string]any{"comments": "=1", "source": "@x"})
	id := f.giveFeedback(customer, map[string]any{"comments": "-1"})
	f.send("PUT", "/v1/feedback/"+id, map[string]any{"resolution_notes": "+x"}).want(http.StatusOK)
	for _, list := range []string{"customers", "feedback"} {
		var want struct{ Items []map[string]any }
		f.send("GET", "/v1/"+list+"?size=100", nil).into(&want)
		for query, comma := range map[string]rune{"": ',', "?excel=fr": ';'} {
			raw := bytes.TrimPrefix(f.send("GET", "/v1/"+list+"/export.csv"+query, nil).want(http.StatusOK).body, []byte("\ufeff"))
			for i, line := range readCSV(t, raw, comma) {
				wantRecord(t, line, want.Items[i])
			}
			r := csv.NewReader(bytes.NewReader(raw))
			r.Comma = comma
			lines, _ := r.ReadAll()
			for _, cell := range slices.Concat(lines...) {
				if strings.ContainsAny(firstRune(cell), "=+-@\t\r＝＋－＠") && cell != "+212612345678" && !slices.Contains(numbers, cell) {
					t.Errorf("%s has the cell %q", list, cell)
				}
			}
			for _, number := range numbers {
				if list == "customers" && strings.Count(string(raw), number) < 2 || strings.Contains(string(raw), "'"+number) {
					t.Errorf("the number %s is not as it was", number)
				}
			}
		}
	}
	// Tabs and line ends cannot begin a stored text, which is trimmed; the guard does not rely on it.
	for _, text := range []string{"\t=1", "\r=1", "\n=1"} {
		if got := guarded(text); got != "'"+text {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

// A file has the whole list with the same parameters.
func TestExportsAreTheLists(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ids := f.crowd()
	f.inStore(2, func(tx *store.Tx) error {
		for range 400 {
			b := store.Feedback{CustomerID: new(pick(ids[:9]...)), ServiceType: pick(store.Services...), Rating: rand.Int64N(5) + 1}
			if _, err := tx.CreateFeedback(&b, nil); err != nil {
				return err
			}
		}
		return nil
	})
	server := httptest.NewServer(f.api)
	defer server.Close()
	for _, path := range []string{
		"customers?", "customers?is_active=all&sort=name", "customers?is_active=all&sort=-last_interaction", "customers?region=fes&tags=vip&tags=a", "customers?query=zoe",
		"customers?query=example.com+c1&is_active=all", "customers?query=zoe&sort=updated_at", "customers?query=nobody", "customers?loyalty_status=Gold&contact_type=Corporate",
		"feedback?", "feedback?sort=submitted_at", "feedback?rating=5&resolved=false", "feedback?customer_id=" + ids[0].String(), "feedback?from=2026-11-24",
	} {
		t.Run(path, func(t *testing.T) {
			list, query, _ := strings.Cut(path, "?")
			q, err := url.ParseQuery(query)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for page := 1; ; page++ {
				var got struct{ Items []map[string]any }
				fetch(t, server, "GET", fmt.Sprintf("/v1/%s&size=100&page=%d", path, page), "identity", f.token).want(http.StatusOK).into(&got)
				if want = append(want, idsOf(got.Items)...); len(got.Items) == 0 {
					break
				}
			}
			got := fetch(t, server, "GET", "/v1/"+list+"/export.csv?"+q.Encode(), pick("gzip", "identity"), f.token).want(http.StatusOK)
			raw := got.body
			if got.header.Get("Content-Encoding") == "gzip" {
				unpacked, err := gzip.NewReader(bytes.NewReader(raw))
				if err != nil {
					t.Fatal(err)
				}
				if raw, err = io.ReadAll(unpacked); err != nil {
					t.Fatal(err)
				}
			}
			var ids []string
			for _, line := range readCSV(t, raw, ',') {
				ids = append(ids, line["id"])
			}
			if !slices.Equal(ids, want) {
				t.Errorf("got %d records, want the %d of the list in their order", len(ids), len(want))
			}
		})
	}
}

// A failing writer fails after a number of writes.
type failing struct {
	*httptest.ResponseRecorder
	after int
	then  func()
	err   error
}

func (w *failing) Write(b []byte) (int, error) {
	if w.after--; w.after < 0 {
		return 0, w.err
	}
	n, err := w.ResponseRecorder.Write(b)
	if w.after == 0 {
		w.then()
	}
	return n, err
}

// If a part of a file is missing, the client notices it, because the connection is closed before the end.
func TestExportThatFails(t *testing.T) {
	var log bytes.Buffer
	f := newFixture(t)
	f.crowd()
	if err := f.index.Wait(t.Context(), f.store.Seq()); err != nil {
		t.Fatal(err)
	}
	f.api = f.newAPI(withLog(&log))
	r := f.request("GET", "/v1/customers/export.csv", nil, "Accept-Encoding", "identity")
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("panic: got %v, want http.ErrAbortHandler", got)
		}
		if line := lastLine(t, &log); line["level"] != "ERROR" || !strings.Contains(fmt.Sprint(line["err"]), "closed") {
			t.Errorf("log: got %v", line)
		}
	}()
	f.api.ServeHTTP(&failing{httptest.NewRecorder(), 2, func() { _ = f.store.Close() }, nil}, r)
}

// An export stops when its client has gone.
func TestExportToNobody(t *testing.T) {
	f := newFixture(t)
	f.crowd()
	if err := f.index.Wait(t.Context(), f.store.Seq()); err != nil {
		t.Fatal(err)
	}
	w := &failing{httptest.NewRecorder(), 1, func() {}, io.ErrClosedPipe}
	f.api.ServeHTTP(w, f.request("GET", "/v1/customers/export.csv", nil, "Accept-Encoding", "identity"))
	if w.after != -1 {
		t.Errorf("%d writes after the first that failed", -1-w.after)
	}
}

func TestSeatsOfExports(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	f.giveFeedback(customer, nil)
	var full []*answer
	w := &failing{httptest.NewRecorder(), 1, func() {
		f.api.exports.all = 1
		full = append(full, f.send("GET", "/v1/customers/export.csv", nil), f.sendWith(f.tokenFor(testUser, "*:*:*"), "GET", "/v1/feedback/export.csv", nil))
		f.api.exports.each = 1
		full = append(full, f.send("GET", "/v1/feedback/export.csv", nil))
	}, nil}
	f.api.ServeHTTP(w, f.request("GET", "/v1/customers/export.csv", nil))
	for i, status := range []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusTooManyRequests} {
		if full[i].want(status).header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	f.send("GET", "/v1/customers/export.csv", nil).want(http.StatusOK)
}

// What the documentation says of reading tags back holds for any tags.
func FuzzTagsInFiles(f *testing.F) {
	f.Add("VIP", "Spa, massage")
	f.Add(`\`, `,`)
	f.Add(`a\,b`, `, c\`)
	f.Fuzz(func(t *testing.T, a, b string) {
		c := store.Customer{ContactType: "Individual", Email: "a@example.com", Phone: "1", Tags: []string{a, b}}
		if c.Validate() != nil {
			return
		}
		if got := splitTags(strings.TrimPrefix(guarded(joinTags(c.Tags)), "'")); !slices.Equal(got, c.Tags) {
			raw, _ := json.Marshal(c.Tags)
			t.Errorf("%s came back as %q", raw, got)
		}
	})
}
