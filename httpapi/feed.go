package httpapi

import (
	"encoding/json"
	"fmt"
	"sync"

	"crm/store"
)

// An event tells the streams about a change: who made it, when, and of which record. It has no values.
type event struct {
	seq        uint64
	permission string // which a caller needs to get the event
	account    string // the user whose own account changed, who gets the event without the permission
	text       []byte // in the form of a text/event-stream
}

type eventData struct {
	Seq        uint64     `json:"seq"`
	Time       store.Time `json:"time"`
	User       string     `json:"user"`
	Kind       store.Kind `json:"kind"`
	ID         *store.ID  `json:"id"`
	Op         store.Op   `json:"op"`
	CustomerID *store.ID  `json:"customer_id"` // the customer that the record belongs to; null if unknown
}

// readers has the permission to read each kind of record.
var readers = map[store.Kind]string{
	store.KindCustomer: "crm:read:customers", store.KindInteraction: "crm:read:interactions", store.KindFeedback: "crm:read:feedback",
	store.KindSegment: "crm:read:segments", store.KindUser: "auth:read:users",
}

// A feed caches the newest events, so that the change log is read once for all streams.
type feed struct {
	reading sync.Mutex // locked while events newer than recent are read
	mu      sync.Mutex // guards recent
	recent  []event    // without gaps, oldest first
}

const (
	maxRecent = 1_000 // events in the cache, about 300 kB
	maxEvents = 200   // how many are read or sent at a time
)

// after returns the events after a sequence, at most maxEvents. read reads them from the log. The slice belongs to the feed. When several
// streams want the newest events, one of them reads and the others wait for it. A stream that is far behind reads without the others.
func (f *feed) after(seq uint64, read func(seq uint64) ([]event, error)) ([]event, error) {
	list, newest := f.cached(seq)
	if len(list) > 0 {
		return list, nil
	}
	if seq < newest {
		return read(seq)
	}
	f.reading.Lock()
	defer f.reading.Unlock()
	if list, _ := f.cached(seq); len(list) > 0 { // another stream has read them meanwhile
		return list, nil
	}
	list, err := read(seq)
	if err == nil {
		f.add(list)
	}
	return list, err
}

// cached returns the cached events that follow a sequence, and the newest sequence in the cache.
func (f *feed) cached(seq uint64) (list []event, newest uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.recent)
	if n == 0 {
		return nil, 0
	}
	if newest = f.recent[n-1].seq; f.recent[0].seq <= seq+1 && seq < newest {
		list = f.recent[seq+1-f.recent[0].seq:]
		list = list[:min(len(list), maxEvents)]
	}
	return list, newest
}

// add caches events that are newer than those in the cache.
func (f *feed) add(list []event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(list) == 0 {
		return
	}
	if n := len(f.recent); n > 0 {
		switch next := f.recent[n-1].seq + 1; {
		case list[0].seq < next:
			return
		case list[0].seq > next:
			f.recent = nil
		}
	}
	f.recent = append(f.recent, list...)
	f.recent = f.recent[max(0, len(f.recent)-maxRecent):]
}

// readFeed reads the events that follow a sequence from the log.
func (a *API) readFeed(seq uint64) (list []event, err error) {
	err = a.Store.View(func(tx *store.Tx) error {
		list, err = readEvents(tx, seq)
		return err
	})
	return list, err
}

func readEvents(tx *store.Tx, seq uint64) (list []event, err error) {
	for change, err := range tx.Changes(seq) {
		if err != nil {
			return nil, err
		}
		e, err := eventOf(tx, change)
		if err != nil {
			return nil, err
		}
		if list = append(list, e); len(list) == maxEvents {
			break
		}
	}
	return list, nil
}

func eventOf(tx *store.Tx, change store.Change) (event, error) {
	data := eventData{Seq: change.Seq, Time: change.Time, User: change.Actor, Kind: change.Kind, Op: change.Op, CustomerID: customerOf(tx, change)}
	if change.ID != (store.ID{}) {
		data.ID = &change.ID
	}
	permission := readers[change.Kind]
	if !change.Op.Writes() { // sign-ins and exports are for audits only
		permission = "crm:read:audit"
	}
	account := ""
	if change.Kind == store.KindUser && change.Op.Writes() {
		account = change.ID.String()
	}
	raw, err := store.Encode(data)
	return event{change.Seq, permission, account, fmt.Appendf(nil, "id: %d\nevent: change\ndata: %s\n\n", change.Seq, raw)}, err
}

// customerOf returns the customer that a changed record belongs to, or nil if there is none or it is unknown.
func customerOf(tx *store.Tx, change store.Change) *store.ID {
	var owner struct {
		CustomerID *store.ID `json:"customer_id"`
	}
	raw, err := []byte(change.Old), error(nil)
	switch {
	case change.ID == store.ID{}:
		return nil
	case change.Kind == store.KindCustomer:
		return &change.ID
	case change.Op == store.OpDelete:
	case change.Kind == store.KindInteraction:
		raw, err = tx.InteractionJSON(change.ID)
	case change.Kind == store.KindFeedback:
		raw, err = tx.FeedbackJSON(change.ID)
	default:
		return nil
	}
	if err != nil || json.Unmarshal(raw, &owner) != nil {
		return nil
	}
	return owner.CustomerID
}
