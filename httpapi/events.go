package httpapi

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"crm/auth"
	"crm/httpapi/wire"
	"crm/store"
)

// pingEvery is the longest silence of a stream, so that no proxy closes it as idle.
const pingEvery = 15 * time.Second

// chunkTimeout is how long a client of a stream may take to receive a chunk.
const chunkTimeout = 5 * time.Second

// maxReplay is how many changes a client may have missed. After more, it has to read everything again.
const maxReplay = 100_000

// A stream sends the events of changes to one client, as text/event-stream (WHATWG HTML, 9.2). It ends with the service, the client, and the
// caller's token, session or account.
type stream struct {
	*chunkWriter
	api   *API
	call  *call
	after uint64 // the newest change that was read
	sent  uint64 // the newest id that the client has, from which it continues after it reconnects
	as    uint64 // the value of Store.Accounts when the caller was last verified
}

func (a *API) events(c *call) error {
	p := a.params(c)
	after, given := readLastEvent(p, c.r.Header.Get("Last-Event-ID"))
	if err := p.Err(); err != nil {
		return err
	}
	if err := a.streams.acquire(c.caller.subject, 1); err != nil {
		return err
	}
	defer a.streams.release(c.caller.subject, 1)
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	h.Set(gzhttp.HeaderNoCompression, "1")
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method == http.MethodHead {
		return nil
	}
	s := &stream{chunkWriter: c.chunked(a.chunkTimeout), api: a, call: c, after: after, as: math.MaxUint64}
	if !given {
		s.after = a.Store.Seq()
	}
	s.sent = s.after
	s.run()
	return nil
}

// readLastEvent returns the sequence that a client has seen last: the header's, which browsers send when they reconnect, or last_event_id.
func readLastEvent(p *wire.Params, header string) (seq uint64, given bool) {
	s, loc := header, []any{"header", "Last-Event-ID"}
	if s == "" {
		s, loc = p.Text("last_event_id"), []any{"query", "last_event_id"}
	}
	if s == "" {
		return 0, false
	}
	seq, err := strconv.ParseUint(strings.TrimSpace(s), 10, 64)
	if err != nil {
		p.Problems = append(p.Problems, wire.Reject("int_parsing", "Must be the id of an event", loc...)...)
	}
	return seq, true
}

// run sends new events until the stream ends. Where writes cannot be given a deadline, it ends after the events that there are, and the
// client reconnects.
func (s *stream) run() {
	defer s.extend() // for the end, which the server writes
	if !s.write(fmt.Appendf(nil, "retry: 3000\nid: %d\n\n", min(s.after, s.api.Store.Seq()))) {
		return
	}
	ping := time.NewTicker(s.api.pingEvery)
	defer ping.Stop()
	expiry := time.NewTimer(s.call.caller.expires.Sub(s.api.Clock()))
	defer expiry.Stop()
	for {
		newest, changed := s.api.Store.Changed()
		if !s.admitted() || !s.catchUp(newest) || !s.deadline {
			return
		}
		select {
		case <-changed:
		case <-ping.C:
			s.as = math.MaxUint64 // so that the caller is verified again, since a key may have been withdrawn
			if !s.ping() {
				return
			}
		case <-expiry.C:
			return
		case <-s.api.Stopping:
			return
		case <-s.call.r.Context().Done():
			return
		}
	}
}

// admitted reports whether the caller may still read events, by the present permissions.
func (s *stream) admitted() bool {
	if as := s.api.Store.Accounts(); as != s.as {
		if s.api.authorise(s.call, anyone) != nil {
			return false
		}
		s.as = as
	}
	return s.api.Clock().Before(s.call.caller.expires)
}

// catchUp sends the changes up to newest, a batch at a time. No transaction is open while the client receives them.
func (s *stream) catchUp(newest uint64) bool {
	if s.after > newest || newest-s.after > maxReplay { // an id above newest is from a database that was replaced by a restore
		return s.reset(newest)
	}
	for s.after < newest {
		batch, err := s.api.feed.after(s.after, s.api.readFeed)
		if errors.Is(err, store.ErrTrimmed) || errors.Is(err, store.ErrUnreadable) {
			return s.reset(newest)
		}
		if err != nil || len(batch) == 0 || !s.send(batch) {
			return false
		}
		select {
		case <-s.api.Stopping:
			return false
		default:
		}
	}
	return true
}

// reset tells the client that changes are missing between the last event and the next.
func (s *stream) reset(newest uint64) bool {
	s.after, s.sent = newest, newest
	return s.write(fmt.Appendf(nil, "id: %d\nevent: reset\ndata: {}\n\n", newest))
}

// send sends the events of a batch that the caller may see.
func (s *stream) send(batch []event) bool {
	var text []byte
	for _, e := range batch {
		s.after = e.seq
		if caller := s.call.caller; e.permission != "" && auth.Allows(caller.permissions, e.permission) || e.account != "" && e.account == caller.subject {
			text, s.sent = append(text, e.text...), e.seq
		}
	}
	if s.sent < s.after && len(batch) == maxEvents { // so that the client does not continue from far behind
		text, s.sent = fmt.Appendf(text, "id: %d\n\n", s.after), s.after
	}
	return len(text) == 0 || s.write(text)
}

// ping sends a comment with the position of the stream, which shows that the connection works.
func (s *stream) ping() bool {
	text := []byte(": ping\n\n")
	if s.sent < s.after {
		text, s.sent = fmt.Appendf(nil, ": ping\nid: %d\n\n", s.after), s.after
	}
	return s.write(text)
}

// write sends text at once, and reports whether the client is still there.
func (s *stream) write(text []byte) bool {
	if !s.chunkWriter.write(text) {
		return false
	}
	s.flush()
	return true
}
