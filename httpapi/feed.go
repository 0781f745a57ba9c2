package httpapi

import (
	"encoding/json"
	"fmt"
	"sync"

	"crm/store"
)

// An event is a change as the streams send it: who, what, when, and no value of any record.
type event struct {
	seq        uint64
	permission string // of those whom it is sent to
	account    string // the user whose own account changed: they are told too
	text       []byte // in the form of a text/event-stream
}

type eventData struct {
	Seq        uint64     `json:"seq"`
	Time       store.Time `json:"time"`
	User       string     `json:"user"`
	Kind       store.Kind `json:"kind"`
	ID         *store.ID  `json:"id"`
	Op         store.Op   `json:"op"`
	CustomerID *store.ID  `json:"customer_id"` // whom the record belongs to, as far as that is known
}

// readers are the permissions to read the kinds of records.
var readers = map[store.Kind]string{
	store.KindCustomer: "crm:read:customers", store.KindInteraction: "crm:read:interactions", store.KindFeedback: "crm:read:feedback",
	store.KindSegment: "crm:read:segments", store.KindUser: "auth:read:users",
}

// A feed remembers the newest events, so that the log is read once however many streams follow it.
type feed struct {
	reading sync.Mutex // held by who reads what is newer than recent
	mu      sync.Mutex // guards recent, and is never held for long
	recent  []event    // without gaps, oldest first
}

const (
	maxRecent = 1_000 // events that a feed remembers, about 300 kB
	maxEvents = 200   // that are read or sent at a time
)

// after is the events that follow a sequence, at most maxEvents, or the error of read, which reads them from the log. They belong to
// the feed. Of those who want the newest one reads and the others wait for it; who is far behind reads alone and keeps nobody waiting.
func (f *feed) after(seq uint64, read func(seq uint64) ([]event, error)) ([]event, error) {
	list, newest := f.remembered(seq)
	if len(list) > 0 {
		return list, nil
	}
	if seq < newest {
		return read(seq)
	}
	f.reading.Lock()
	defer f.reading.Unlock()
	if list, _ := f.remembered(seq); len(list) > 0 { // another one has read them meanwhile
		return list, nil
	}
	list, err := read(seq)
	if err == nil {
		f.remember(list)
	}
	return list, err
}

// remembered is what the feed has of the events that follow a sequence, and the newest sequence that it has.
func (f *feed) remembered(seq uint64) (list []event, newest uint64) {
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

// remember keeps events that are newer than those that are kept.
func (f *feed) remember(list []event) {
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

// readFeed is the events that follow a sequence, from the log.
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
	if !change.Op.Writes() { // of whom nobody else may read about
		permission = "crm:read:audit"
	}
	account := ""
	if change.Kind == store.KindUser && change.Op.Writes() {
		account = change.ID.String()
	}
	raw, err := store.Encode(data)
	return event{change.Seq, permission, account, fmt.Appendf(nil, "id: %d\nevent: change\ndata: %s\n\n", change.Seq, raw)}, err
}

// customerOf is the customer whom a changed record belongs to, nil where that is nobody, or not known any more.
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
