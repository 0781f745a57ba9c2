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

// pingEvery is how long a stream is silent at most, so that whoever stands between does not take it for dead.
const pingEvery = 15 * time.Second

// patience is how long a stream waits for a client to take what it is sent.
const patience = 5 * time.Second

// maxReplay is how many changes a client may have missed; one that has missed more does better to read everything anew.
const maxReplay = 100_000

// A stream tells one client of changes, as text/event-stream (WHATWG HTML, 9.2). It ends with the service, the client, and the
// caller's token, session or account.
type stream struct {
	*chunkWriter
	api   *API
	call  *call
	after uint64 // the newest change that was looked at
	told  uint64 // the newest that the client knows of, where it begins when it comes again
	as    uint64 // of Store.Accounts, when the caller was last verified
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
	s := &stream{chunkWriter: c.chunked(a.patience), api: a, call: c, after: after, as: math.MaxUint64}
	if !given {
		s.after = a.Store.Seq()
	}
	s.told = s.after
	s.run()
	return nil
}

// readLastEvent is the sequence that a client has seen last: the header's, which browsers send by themselves, or last_event_id.
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

// run sends what is new until the stream ends. A client whose writes cannot be given a deadline gets what there is, and comes again.
func (s *stream) run() {
	defer s.extend() // for the end, which the server writes
	if !s.tell(fmt.Appendf(nil, "retry: 3000\nid: %d\n\n", min(s.after, s.api.Store.Seq()))) {
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
			s.as = math.MaxUint64 // verify the caller all the same: a key may have been withdrawn
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

// admitted reports whether the caller may still listen. Permissions are those of this moment.
func (s *stream) admitted() bool {
	if as := s.api.Store.Accounts(); as != s.as {
		if s.api.authorise(s.call, anyone) != nil {
			return false
		}
		s.as = as
	}
	return s.api.Clock().Before(s.call.caller.expires)
}

// catchUp sends the changes up to one, a batch at a time; no transaction is open while the client takes them.
func (s *stream) catchUp(newest uint64) bool {
	if s.after > newest || newest-s.after > maxReplay { // more than newest has a database that was here before a restore
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

// reset tells the client that changes are missing between what it knows and what comes now.
func (s *stream) reset(newest uint64) bool {
	s.after, s.told = newest, newest
	return s.tell(fmt.Appendf(nil, "id: %d\nevent: reset\ndata: {}\n\n", newest))
}

// send sends those of a batch that the caller may know of.
func (s *stream) send(batch []event) bool {
	var text []byte
	for _, e := range batch {
		s.after = e.seq
		if caller := s.call.caller; e.permission != "" && auth.Allows(caller.permissions, e.permission) || e.account != "" && e.account == caller.subject {
			text, s.told = append(text, e.text...), e.seq
		}
	}
	if s.told < s.after && len(batch) == maxEvents { // long stretches need not be read again
		text, s.told = fmt.Appendf(text, "id: %d\n\n", s.after), s.after
	}
	return len(text) == 0 || s.tell(text)
}

// ping says that the stream lives, and how far it is.
func (s *stream) ping() bool {
	text := []byte(": ping\n\n")
	if s.told < s.after {
		text, s.told = fmt.Appendf(nil, ": ping\nid: %d\n\n", s.after), s.after
	}
	return s.tell(text)
}

func (s *stream) tell(text []byte) bool {
	if !s.write(text) {
		return false
	}
	s.flush()
	return true
}
