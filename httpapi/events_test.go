package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"crm/store"
)

// A block is what a stream sends at a time: its fields, and comments under "".
type block map[string]string

// A listener reads one stream over a connection.
type listener struct {
	t      testing.TB
	header http.Header
	body   io.ReadCloser
	lines  *bufio.Scanner
}

// live serves the API with event streams that stay open until stop is called or the test ends.
func (f *fixture) live(change ...func(*Config)) (server *httptest.Server, stop func()) {
	f.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	f.api = f.newAPI(append(change, func(c *Config) { c.Stopping = ctx.Done() })...)
	server = httptest.NewServer(f.api)
	f.t.Cleanup(func() { stop(); server.Close() })
	return server, stop
}

// listen opens a stream. The test fails if it lasts for a minute.
func (f *fixture) listen(server *httptest.Server, token string, headers ...string) *listener {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	f.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/v1/events", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept-Encoding", "gzip")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := server.Client().Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		f.t.Fatalf("status: got %d", response.StatusCode)
	}
	return &listener{f.t, response.Header, response.Body, bufio.NewScanner(response.Body)}
}

// next returns the next block, nil at the end of the stream.
func (l *listener) next() block {
	l.t.Helper()
	b := block{}
	for l.lines.Scan() {
		name, value, ok := strings.Cut(l.lines.Text(), ":")
		if ok {
			b[name] = strings.TrimPrefix(value, " ")
		} else if len(b) > 0 {
			return b
		}
	}
	if err := l.lines.Err(); err != nil {
		l.t.Fatalf("the stream broke: %v", err)
	}
	return nil
}

// wantEnd reads the stream to its end, which must be a proper one.
func (l *listener) wantEnd() {
	l.t.Helper()
	for b := l.next(); b != nil; b = l.next() {
		if b["event"] != "" {
			l.t.Errorf("an event before the end: %v", b)
		}
	}
}

// wantEvent reads blocks up to the next event, which must be about a record.
func (l *listener) wantEvent(kind, op, id string) {
	l.t.Helper()
	for b := l.next(); b != nil; b = l.next() {
		if b["event"] == "" {
			continue
		}
		var data map[string]any
		if err := json.Unmarshal([]byte(b["data"]), &data); err != nil {
			l.t.Fatalf("%v in %v", err, b)
		}
		if b["event"] != "change" || data["kind"] != kind || data["op"] != op || data["id"] != id {
			l.t.Fatalf("got %v, want %s %s %s", b, op, kind, id)
		}
		return
	}
	l.t.Fatalf("the stream ended before %s %s %s", op, kind, id)
}

// events returns the blocks of a stream that ends after the events that there are.
func (f *fixture) events(token string, headers ...string) (blocks []block) {
	f.t.Helper()
	was := f.token
	defer func() { f.token = was }()
	f.token = token
	a := f.do(f.request("GET", "/api/v1/events", nil, headers...)).want(http.StatusOK)
	l := &listener{t: f.t, lines: bufio.NewScanner(strings.NewReader(string(a.body)))}
	for b := l.next(); b != nil; b = l.next() {
		blocks = append(blocks, b)
	}
	return blocks
}

func TestEventsReplay(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	call := f.logInteraction(customer, nil)
	opinion := f.giveFeedback(customer, map[string]any{"is_anonymous": true})
	named := f.giveFeedback(customer, nil)
	segment := f.makeSegment("S", map[string]any{})
	user := f.addStaff("fatima@example.com", "agent")
	f.send("PUT", "/v1/customers/"+customer, map[string]any{"notes": "Qqz"}).want(http.StatusOK)
	f.send("DELETE", "/v1/interactions/"+call, nil).want(http.StatusOK)
	event := func(seq uint64, kind, op, id string, owner any) block {
		raw, err := json.Marshal(map[string]any{"seq": seq, "time": stamp(f.clock()), "user": testUser, "kind": kind, "id": id, "op": op, "customer_id": owner})
		if err != nil {
			t.Fatal(err)
		}
		return block{"id": strconv.FormatUint(seq, 10), "event": "change", "data": string(raw)}
	}
	want := []block{
		event(1, "customer", "create", customer, customer), event(2, "interaction", "create", call, nil), // nobody knows any more whose it was
		event(3, "feedback", "create", opinion, nil), event(4, "feedback", "create", named, customer), event(5, "segment", "create", segment, nil),
		event(6, "user", "create", user, nil), event(7, "customer", "update", customer, customer), event(8, "interaction", "delete", call, customer),
	}
	for seq := range uint64(9) {
		for _, headers := range [][]string{{"Last-Event-ID", strconv.FormatUint(seq, 10)}, nil} {
			path := "/api/v1/events"
			if headers == nil {
				path = fmt.Sprintf("/v1/events/?last_event_id=%d", seq)
			}
			got := f.do(f.request("GET", path, nil, headers...)).want(http.StatusOK)
			l := &listener{t: t, lines: bufio.NewScanner(strings.NewReader(string(got.body)))}
			if first := l.next(); !reflect.DeepEqual(first, block{"retry": "3000", "id": strconv.FormatUint(seq, 10)}) {
				t.Errorf("the beginning: got %v", first)
			}
			for _, want := range want[seq:] {
				wantBlock(t, l.next(), want)
			}
			l.wantEnd()
		}
	}
	if got := f.events(f.token); len(got) != 1 || got[0]["id"] != "8" {
		t.Errorf("without an id: got %v, want nothing but where it begins", got)
	}
	for _, bad := range []string{"x", "-1", "1.5", "18446744073709551616"} {
		f.send("GET", "/v1/events?last_event_id="+bad, nil).wantErrors("query.last_event_id")
		f.do(f.request("GET", "/v1/events", nil, "Last-Event-ID", bad)).wantErrors("header.Last-Event-ID")
	}
}

// wantBlock compares two blocks, and their data as JSON.
func wantBlock(t testing.TB, got, want block) {
	t.Helper()
	var gotData, wantData map[string]any
	if json.Unmarshal([]byte(got["data"]), &gotData) != nil || json.Unmarshal([]byte(want["data"]), &wantData) != nil || !reflect.DeepEqual(gotData, wantData) ||
		got["id"] != want["id"] || got["event"] != want["event"] {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEventsLive(t *testing.T) {
	f := newFixture(t)
	server, _ := f.live()
	old := f.storeCustomer(nil)
	all := f.listen(server, f.token)
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "", "No-Gzip-Compression": "", "Content-Length": "",
	} {
		if got := all.header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if b := all.next(); b["id"] != "1" {
		t.Errorf("the beginning: got %v", b)
	}
	late := f.listen(server, f.token, "Last-Event-ID", "0")
	late.wantEvent("customer", "create", old)
	for range 3 {
		id := f.storeCustomer(nil)
		all.wantEvent("customer", "create", id)
		late.wantEvent("customer", "create", id)
	}
	segment := f.makeSegment("S", map[string]any{})
	all.wantEvent("segment", "create", segment)
	plain := f.listen(server, f.token, "Accept-Encoding", "identity", "Last-Event-ID", "4")
	plain.wantEvent("segment", "create", segment)
}

// A caller gets the events of the kinds that it may read, and no others. The ids count all events.
func TestEventsByPermission(t *testing.T) {
	f := newFixture(t)
	customer := f.storeCustomer(nil)
	f.logInteraction(customer, nil)
	f.giveFeedback(customer, nil)
	f.makeSegment("S", map[string]any{})
	f.addStaff("fatima@example.com", "agent")
	for permission, kind := range map[string]string{
		"crm:read:customers": "customer", "crm:read:interactions": "interaction", "crm:read:feedback": "feedback", "crm:read:segments": "segment", "auth:read:users": "user",
		"crm:update:customers": "", "crm:export:customers": "",
	} {
		var got []string
		for _, b := range f.events(f.tokenFor(testUser, permission), "Last-Event-ID", "0")[1:] {
			var data struct{ Kind string }
			if err := json.Unmarshal([]byte(b["data"]), &data); err != nil {
				t.Fatal(err)
			}
			got = append(got, data.Kind)
		}
		if want := strings.Fields(kind); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: got events of %q, want %q", permission, got, want)
		}
	}
	f.crowd() // some 3,000 changes whose events this token does not get
	f.api = f.newAPI(func(c *Config) { c.Stopping = nil })
	blocks := f.events(f.tokenFor(testUser, "crm:read:segments"), "Last-Event-ID", "10")
	if last := blocks[len(blocks)-1]; last["event"] != "" || last["id"] != strconv.FormatUint(10+(f.store.Seq()-10)/maxEvents*maxEvents, 10) {
		t.Errorf("the last full batch: got %v, want the id that it goes up to; the newest is %d", last, f.store.Seq())
	}
}

func TestEventsFollowRoles(t *testing.T) {
	f := newFixture(t)
	user := f.addStaff("fatima@example.com", "viewer")
	server, _ := f.live()
	f.api.pingEvery = time.Millisecond
	access, _ := f.signIn("fatima@example.com")
	l := f.listen(server, access)
	l.wantEvent("customer", "create", f.storeCustomer(nil))
	f.send("PUT", "/v1/users/"+user, map[string]any{"roles": []string{}}).want(http.StatusOK)
	l.wantEvent("user", "update", user) // everybody gets the events of their own account
	f.storeCustomer(nil)
	newest := strconv.FormatUint(f.store.Seq(), 10)
	for b := l.next(); b["id"] != newest; b = l.next() {
		if b == nil || b["event"] != "" {
			t.Fatalf("got %v, want pings up to %s", b, newest)
		}
	}
	f.send("PUT", "/v1/users/"+user, map[string]any{"roles": []string{"manager"}}).want(http.StatusOK)
	l.wantEvent("user", "update", user) // which managers may read
	l.wantEvent("customer", "create", f.storeCustomer(nil))
}

func TestEventsEnd(t *testing.T) {
	for name, end := range map[string]func(f *fixture, user, access string, stop func()){
		"logout": func(f *fixture, _, access string, _ func()) {
			f.sendWith(access, "POST", "/v1/auth/logout", nil).want(http.StatusOK)
		},
		"deactivated": func(f *fixture, user, _ string, _ func()) {
			f.send("DELETE", "/v1/users/"+user, nil).want(http.StatusOK)
		},
		"password": func(f *fixture, user, _ string, _ func()) {
			f.send("PUT", "/v1/users/"+user, map[string]any{"password": "another horse battery"}).want(http.StatusOK)
		},
		"token expired": func(f *fixture, _, _ string, _ func()) {
			f.later(31 * time.Minute)
			f.makeSegment("S", map[string]any{})
		},
		"shutdown": func(_ *fixture, _, _ string, stop func()) { stop() },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			server, stop := f.live()
			user := f.addStaff("fatima@example.com", "agent")
			access, _ := f.signIn("fatima@example.com")
			l := f.listen(server, access)
			l.wantEvent("customer", "create", f.storeCustomer(nil))
			end(f, user, access, stop)
			l.wantEnd()
		})
	}
}

// A stream ends properly when its token expires, even if nothing was sent for longer than a client may take to receive a chunk.
func TestEventsEndWithTheToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	server, _ := f.live()
	token := f.tokenFor(testUser, "*:*:*")
	f.api.chunkTimeout = time.Second / 2
	f.pass(24*time.Hour - time.Second)
	f.listen(server, token).wantEnd()
}

func TestEventsReset(t *testing.T) {
	f := newFixture(t)
	for range 5 {
		f.storeCustomer(nil)
	}
	f.later(time.Hour)
	last := f.storeCustomer(nil)
	want := block{"id": "6", "event": "reset", "data": "{}"}
	wantReset := func(id string) {
		t.Helper()
		got := f.events(f.token, "Last-Event-ID", id)
		if len(got) != 2 || !reflect.DeepEqual(got[1], want) {
			t.Errorf("after %s: got %v, want a reset", id, got)
		}
	}
	wantReset("7") // of a database that is not this one
	wantReset("18446744073709551615")
	f.events(f.token, "Last-Event-ID", "5") // the newest is remembered
	if n, err := f.store.Trim(t.Context(), store.TimeOf(f.clock().Add(-time.Minute))); n != 5 || err != nil {
		t.Fatalf("trimmed %d changes, %v", n, err)
	}
	wantReset("0")
	wantReset("4")
	if got := f.events(f.token, "Last-Event-ID", "5"); len(got) != 2 || !strings.Contains(got[1]["data"], last) {
		t.Errorf("after 5: got %v, want the change after it", got)
	}
	server, _ := f.live()
	l := f.listen(server, f.token, "Last-Event-ID", "3")
	if l.next(); !reflect.DeepEqual(l.next(), want) {
		t.Error("no reset over a connection")
	}
	l.wantEvent("customer", "create", f.storeCustomer(nil))
}

func TestSeatsOfStreams(t *testing.T) {
	f := newFixture(t)
	server, stop := f.live()
	f.api.streams = newQuota("event_streams", numberOf("event streams"), 3, 2)
	other := f.tokenFor(someUUID, "*:*:*")
	for _, token := range []string{f.token, f.token, other} {
		f.listen(server, token).next()
	}
	for token, status := range map[string]int{f.token: http.StatusTooManyRequests, other: http.StatusServiceUnavailable} {
		if got := f.sendWith(token, "GET", "/v1/events", nil).want(status); got.header.Get("Retry-After") == "" {
			t.Errorf("%d: no Retry-After", status)
		}
	}
	f.send("GET", "/v1/customers", nil).want(http.StatusOK)
	stop()
	server.Close() // when the streams have ended
	for range 5 {
		f.send("GET", "/v1/events", nil).want(http.StatusOK)
	}
}

// A client that reads nothing is disconnected, and no transaction waits for it.
func TestEventsForSlowClients(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.crowd()
	f.api = f.newAPI(func(c *Config) { c.Stopping = nil })
	f.api.chunkTimeout = 50 * time.Millisecond
	ended := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		f.api.ServeHTTP(w, r)
	}))
	server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		_ = c.(*net.TCPConn).SetWriteBuffer(4 << 10)
		return ctx
	}
	server.Start()
	defer server.Close()
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
	fmt.Fprintf(c, "GET /api/v1/events HTTP/1.1\r\nHost: crm\r\nLast-Event-ID: 0\r\nAuthorization: Bearer %s\r\n\r\n", f.token)
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("the stream waits for a client that takes nothing")
	}
}
