package httpapi

import (
	"cmp"
	"encoding/json"
	"math"

	"crm/httpapi/wire"
	"crm/store"
)

// A changeView is an entry of the change log as the API shows one.
type changeView struct {
	Seq       uint64                 `json:"seq"`
	Time      store.Time             `json:"time"`
	User      string                 `json:"user"`      // the subject of a token, or the name of a command
	UserName  *string                `json:"user_name"` // of a user of ours: the full name, else the e-mail
	RequestID string                 `json:"request_id"`
	Remote    string                 `json:"remote,omitempty"` // the client's address, of sign-ins
	Kind      store.Kind             `json:"kind"`
	ID        *store.ID              `json:"id"` // null for an export of a list, and for a sign-in of an unknown user
	Op        store.Op               `json:"op"`
	Batch     *store.ID              `json:"batch"` // which the change is part of
	Changes   map[string]store.Delta `json:"changes"`

	Name       *string            `json:"name"`        // of the record now; an interaction and feedback have their customer's
	CustomerID *store.ID          `json:"customer_id"` // the customer that the record belongs to; null if unknown
	Names      map[string]*string `json:"names"`       // of the people whose ids are in the changes
}

// names caches the names of users by the subjects of their tokens.
type names map[string]*string

func (n names) of(tx *store.Tx, subject string) *string {
	name, known := n[subject]
	if !known {
		if id, err := store.ParseID(subject); err == nil {
			name = userName(tx, id)
		}
		n[subject] = name
	}
	return name
}

// subjectName returns the present name of the record that a change is about, or nil if it no longer exists.
func subjectName(tx *store.Tx, change store.Change, customer *store.ID) *string {
	switch {
	case customer != nil:
		return customerName(tx, *customer)
	case change.Kind == store.KindSegment:
		if s, err := tx.Segment(change.ID); err == nil {
			return &s.Name
		}
	case change.Kind == store.KindUser:
		return userName(tx, change.ID)
	}
	return nil
}

// people has the fields whose values are ids of people, with functions that return their names.
var people = map[string]func(*store.Tx, store.ID) *string{
	"customer_id": customerName, "staff_member_id": userName, "assignee_id": userName, "resolved_by": userName,
}

func customerName(tx *store.Tx, id store.ID) *string {
	c, err := tx.Customer(id)
	if err != nil || c.ErasedAt != nil {
		return nil
	}
	return cmp.Or(c.FullName, c.CompanyName, &c.Email)
}

func userName(tx *store.Tx, id store.ID) *string {
	u, err := tx.User(id)
	if err != nil {
		return nil
	}
	return nameOf(u)
}

func nameOf(u *store.User) *string {
	if u.FullName != nil {
		return u.FullName
	}
	return &u.Email
}

// changeViews returns changes with the values before and after them.
func changeViews(tx *store.Tx, changes []store.Change) ([]changeView, error) {
	revisions, err := tx.Revise(changes)
	if err != nil {
		return nil, err
	}
	known := names{}
	views := make([]changeView, 0, len(changes))
	for i, c := range changes {
		customer := customerOf(tx, c)
		v := changeView{c.Seq, c.Time, c.Actor, known.of(tx, c.Actor), c.RequestID, c.Remote, c.Kind, &c.ID, c.Op, c.Batch, revisions[i].Fields, subjectName(tx, c, customer), customer, map[string]*string{}}
		if c.ID == (store.ID{}) {
			v.ID = nil
		}
		for field, person := range people {
			for _, side := range []json.RawMessage{v.Changes[field].Old, v.Changes[field].New} {
				var id *store.ID
				if json.Unmarshal(side, &id) != nil || id == nil {
					continue
				}
				v.Names[id.String()] = person(tx, *id)
			}
		}
		views = append(views, v)
	}
	return views, nil
}

// getHistory lists the changes of a customer, newest first.
func (a *API) getHistory(c *call) error {
	p := a.params(c)
	paging := p.Paging("time")
	if err := p.Err(); err != nil {
		return err
	}
	var (
		views []changeView
		total int
	)
	err := a.Store.View(func(tx *store.Tx) error {
		if _, err := tx.Customer(c.id); err != nil {
			return err
		}
		all, err := historyOf(tx, c.id)
		if err != nil {
			return err
		}
		total = len(all)
		views, err = changeViews(tx, wire.PageOf(paging, all))
		return err
	})
	if err != nil {
		return err
	}
	return sendItems(c, paging, views, total)
}

// historyOf returns the changes of one record, oldest first.
func historyOf(tx *store.Tx, id store.ID) (all []store.Change, err error) {
	for change, err := range tx.History(id) {
		if err != nil {
			return nil, err
		}
		all = append(all, change)
	}
	return all, nil
}

var (
	auditKinds = []string{"customer", "interaction", "feedback", "segment", "user"}
	auditOps   = []string{"create", "update", "delete", "erase", "export", "login", "login_failed", "logout"}
)

// listAudit lists the entries of the change log, newest first. Pages are requested by sequence, since the log may have millions of entries
// and grows while it is read.
func (a *API) listAudit(c *call) error {
	p := a.params(c)
	f := store.LogFilter{
		User: p.Text("user"), Kind: store.Kind(p.Enum("kind", auditKinds)), Op: store.Op(p.Enum("op", auditOps)),
		Before: uint64(p.Int("before", 0, math.MaxInt)),
	}
	f.From, f.To = p.Window()
	size := p.Int("size", wire.DefaultSize, wire.MaxSize)
	if err := p.Err(); err != nil {
		return err
	}
	page := struct {
		Items []changeView `json:"items"`
		Next  *uint64      `json:"next"` // the value of before for the next page; null at the end
	}{}
	err := a.Store.View(func(tx *store.Tx) error {
		found, next, err := tx.Log(f, size)
		if err != nil {
			return err
		}
		if next > 0 {
			page.Next = &next
		}
		page.Items, err = changeViews(tx, found)
		return err
	})
	if err != nil {
		return err
	}
	return c.respond(page)
}
