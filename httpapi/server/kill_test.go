package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"crm/httpapi/crmtest"
)

// TestServiceKilled kills the service among the requests of 64 clients, again and again. After each start, what was answered is
// there: by id, in searches, in the totals of lists; a retry of a POST that was answered gets the same answer, and one of a
// POST that was not is carried out once. CRM_KILLS sets how often.
func TestServiceKilled(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no SIGKILL")
	}
	kills := 3
	if n, err := strconv.Atoi(os.Getenv("CRM_KILLS")); err == nil {
		kills = n
	}
	random, l := rand.New(rand.NewPCG(3, 3)), ledger{}
	for round := range kills {
		if round%50 == 0 { // a new folder now and then: it stays small
			l = newLedger(t)
			s, end := l.serve(t, syscall.SIGTERM) // from then on there are saved facets, which follow the log after a kill
			l.work(t, s, 20, end)
		}
		s, kill := l.serve(t, syscall.SIGKILL)
		if l.check(t, s, false); t.Failed() {
			t.Fatalf("after %d kills", round)
		}
		l.work(t, s, int64(50+random.IntN(300)), kill)
	}
	s, kill := l.serve(t, syscall.SIGKILL)
	l.check(t, s, true)
	kill()
	crmtest.Must(t, "", "check", "--data", l.dir)
	t.Logf("%d requests were answered in the last rounds of %d kills", l.answers.Load(), kills)
}

// TestServiceTerminated sends SIGTERM to the service among the requests of 64 clients. What was not answered was not carried out.
func TestServiceTerminated(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no SIGTERM")
	}
	l := newLedger(t)
	s, end := l.serve(t, syscall.SIGTERM)
	l.work(t, s, 200, end)
	l.refused = true
	s, end = l.serve(t, syscall.SIGTERM)
	l.check(t, s, true)
	end()
}

// A ledger is what 64 clients know of the records in a folder.
type ledger struct {
	dir, token string
	clients    [64]client
	http       *http.Client
	answers    *atomic.Int64
	refused    bool // what was not answered
}

func newLedger(t *testing.T) ledger {
	t.Helper()
	l := ledger{dir: t.TempDir(), http: &http.Client{Timeout: crmtest.Limit, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, answers: new(atomic.Int64)}
	s := crmtest.Serve(t, l.dir) // makes the key
	l.token = crmtest.Token(t, l.dir)
	s.Stop()
	for n := range l.clients {
		l.clients[n] = client{name: fmt.Sprintf("client%02d", n), random: rand.New(rand.NewPCG(7, uint64(n)))}
	}
	return l
}

// A client works on records of its own, so that it knows what each must be.
type client struct {
	name    string
	records []*record
	random  *rand.Rand
	made    int
}

// A record is what a client knows of one.
type record struct {
	kind  string // the collection
	key   string // the Idempotency-Key that it was made with; "" for none
	body  string // that it was made with
	reply string // to that; "" where none arrived
	id    string
	text  string  // of the last change that was answered; "" when deleted
	asked *string // by a change that was not answered
	fresh bool    // asked for in this round
}

// texts are the fields by which a change is recognised.
var texts = map[string]string{"customers": "notes", "interactions": "summary", "feedback": "comments"}

// serve starts the service in a process of its own, which end ends with a signal.
func (l *ledger) serve(t *testing.T, by syscall.Signal) (s *crmtest.Service, end func()) {
	t.Helper()
	cmd := crmtest.Program(context.Background(), t, "serve", "--data", l.dir, "--listen", "127.0.0.1:0", "--limit-customers", "0", "--limit-interactions", "0", "--limit-feedback", "0")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	s = crmtest.Begin(t, cmd)
	end = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(by)
		if err := cmd.Wait(); cmd.ProcessState.Exited() != (by == syscall.SIGTERM) || by == syscall.SIGTERM && err != nil {
			t.Errorf("the service ended with %v\n%s", err, &complaint)
		}
	})
	t.Cleanup(end)
	s.Healthy()
	return s, end
}

// work lets all clients send requests until a number of them are answered, and ends the service.
func (l *ledger) work(t *testing.T, s *crmtest.Service, until int64, end func()) {
	t.Helper()
	var all sync.WaitGroup
	var ends atomic.Bool
	until += l.answers.Load()
	for n := range l.clients {
		all.Go(func() {
			for {
				err := l.step(s, &l.clients[n])
				if err != nil {
					if !ends.Load() {
						t.Errorf("before the end: %v", err)
					}
					return
				}
				if l.answers.Add(1) == until {
					ends.Store(true)
					end()
				}
			}
		})
	}
	all.Wait()
}

// step sends one request: it makes a record, changes one, or deletes one.
func (l *ledger) step(s *crmtest.Service, c *client) error {
	random := c.random.IntN(10)
	if r := c.pick(func(r *record) bool { return r.text != "" && r.kind != "feedback" }); r != nil && random < 3 {
		c.made++
		return l.change(s, r, http.MethodPatch, fmt.Sprintf("%sn%04d", c.name, c.made))
	}
	if r := c.pick(func(r *record) bool { return r.text != "" && r.kind != "customers" }); r != nil && random < 4 {
		return l.change(s, r, http.MethodDelete, "")
	}
	r := c.make(random)
	c.records = append(c.records, r)
	got, err := l.send(s, http.MethodPost, r.kind+"/", r.key, r.body)
	if err == nil {
		err = r.answered(got)
	}
	return err
}

// pick returns one of the records that were made and that fit, or nil if there is none.
func (c *client) pick(fits func(*record) bool) (picked *record) {
	for n, r := range c.records {
		if r.id != "" && fits(r) && (picked == nil || c.random.IntN(n+1) == 0) {
			picked = r
		}
	}
	return picked
}

// make returns a record that is to be made. Every other customer has no Idempotency-Key.
func (c *client) make(random int) *record {
	c.made++
	text := fmt.Sprintf("%sn%04d", c.name, c.made)
	r := &record{kind: "customers", key: text, text: text, fresh: true}
	customer := c.pick(func(r *record) bool { return r.kind == "customers" })
	switch {
	case customer == nil || random < 8:
		r.body = fmt.Sprintf(`{"full_name":%q,"contact_type":"Individual","email":"%s@example.com","phone":"0612345678","notes":%[1]q}`, text, text)
		if c.made%2 == 0 {
			r.key = ""
		}
	case random == 8:
		r.kind, r.body = "interactions", fmt.Sprintf(`{"customer_id":%q,"channel":"chat","summary":%q}`, customer.id, text)
	default:
		r.kind, r.body = "feedback", fmt.Sprintf(`{"customer_id":%q,"service_type":"Tour","rating":5,"comments":%q}`, customer.id, text)
	}
	return r
}

// answered records the answer to the request that made a record.
func (r *record) answered(got crmtest.Answer) error {
	if got.Status != http.StatusCreated {
		return fmt.Errorf("make %s: status %d, body %s", r.body, got.Status, got.Body)
	}
	r.reply, r.id = got.Body, got.Text("id")
	return nil
}

// change gives a record another text, or deletes it if text is empty. The text of feedback never changes.
func (l *ledger) change(s *crmtest.Service, r *record, method, text string) error {
	body := fmt.Sprintf(`{%q:%q}`, texts[r.kind], text)
	if text == "" {
		body = ""
	}
	r.asked, r.fresh = &text, true
	got, err := l.send(s, method, r.kind+"/"+r.id, "", body)
	if err != nil {
		return err
	}
	if got.Status != http.StatusOK && got.Status != http.StatusNoContent {
		return fmt.Errorf("%s %s: status %d, body %s", method, r.kind, got.Status, got.Body)
	}
	r.text, r.asked = text, nil
	return nil
}

func (l *ledger) send(s *crmtest.Service, method, path, key, body string) (crmtest.Answer, error) {
	r := s.Request(method, "/api/v1/"+path, l.token, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	response, err := l.http.Do(r)
	if err != nil {
		return crmtest.Answer{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return crmtest.Answer{Status: response.StatusCode, Header: response.Header, Body: string(raw)}, err
}

// check looks for what the ledger has, all of it or what was asked for in the last round, and settles what was not answered.
func (l *ledger) check(t *testing.T, s *crmtest.Service, all bool) {
	t.Helper()
	want := map[string]int{}
	for n := range l.clients {
		c := &l.clients[n]
		var kept []*record
		for _, r := range c.records {
			if r.fresh || all {
				l.settle(t, s, r)
			}
			if r.id == "" {
				continue
			}
			kept = append(kept, r)
			if r.text != "" {
				want[r.kind]++
			}
		}
		c.records = kept
	}
	for kind, n := range want {
		if got := l.get(t, s, 200, kind+"/?size=1&is_active=all").Text("total"); got != strconv.Itoa(n) {
			t.Errorf("the list has %s %s, want %d", got, kind, n)
		}
	}
}

func (l *ledger) get(t *testing.T, s *crmtest.Service, status int, path string) crmtest.Answer {
	t.Helper()
	got, err := l.send(s, http.MethodGet, path, "", "")
	if err != nil || status != 0 && got.Status != status {
		t.Fatalf("GET %s: got %d, %v, want %d; body %s", path, got.Status, err, status, got.Body)
	}
	return got
}

// settle finds out whether a record was made and which text it has, and compares that with what was answered.
func (l *ledger) settle(t *testing.T, s *crmtest.Service, r *record) {
	t.Helper()
	if r.key != "" {
		l.retry(t, s, r)
	} else if found := l.found(t, s, r); r.id == "" && len(found) == 1 {
		r.id = found[0]
		if l.refused {
			t.Errorf("customer %s was made by a request that was cut off", r.id)
		}
	}
	if r.fresh = false; r.id == "" {
		return
	}
	got := l.get(t, s, 0, r.kind+"/"+r.id)
	if text := got.Text(texts[r.kind]); text != r.text && (r.asked == nil || text != *r.asked) || (got.Status == http.StatusNotFound) != (text == "") {
		t.Errorf("%s %s has %q, want %q; status %d", r.kind, r.id, text, r.text, got.Status)
	} else if text != r.text && l.refused {
		t.Errorf("%s %s was changed by a request that was cut off", r.kind, r.id)
	} else {
		r.text, r.asked = text, nil
	}
	if found := l.found(t, s, r); r.kind == "customers" && (len(found) != 1 || found[0] != r.id) {
		t.Errorf("a search for %s finds %q, want %s", r.body, found, r.id)
	}
}

// retry sends the request again that made a record.
func (l *ledger) retry(t *testing.T, s *crmtest.Service, r *record) {
	t.Helper()
	for range 2 { // the first may be what carries it out
		first := r.reply == ""
		got, err := l.send(s, http.MethodPost, r.kind+"/", r.key, r.body)
		switch {
		case err != nil:
			t.Fatal(err)
		case first:
			if l.refused && got.Header.Get("Idempotency-Replayed") != "" {
				t.Errorf("%s was made by a request that was cut off", got.Body)
			}
			if err := r.answered(got); err != nil {
				t.Fatal(err)
			}
		case got.Body != r.reply || got.Status != http.StatusCreated || got.Header.Get("Idempotency-Replayed") != "true":
			t.Errorf("retry: got %d, %v, %s; want the first answer, %s", got.Status, got.Header, got.Body, r.reply)
		}
	}
}

// found returns the ids of the customers that a search for the name of one finds.
func (l *ledger) found(t *testing.T, s *crmtest.Service, r *record) (ids []string) {
	t.Helper()
	if r.kind != "customers" {
		return nil
	}
	var made struct {
		Name string `json:"full_name"`
	}
	var page struct{ Items []struct{ ID string } }
	err := json.Unmarshal([]byte(r.body), &made)
	if err == nil {
		err = json.Unmarshal([]byte(l.get(t, s, 200, "customers/?query="+url.QueryEscape(made.Name)).Body), &page)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range page.Items {
		ids = append(ids, item.ID)
	}
	return ids
}
