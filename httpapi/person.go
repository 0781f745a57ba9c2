package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"

	"crm/store"
	"crm/store/backup"
)

// A personDocument is everything that is stored about one person.
type personDocument struct {
	ExportedAt   store.Time        `json:"exported_at"`
	Customer     json.RawMessage   `json:"customer"`
	Summary      summary           `json:"summary"`
	Interactions []json.RawMessage `json:"interactions"` // oldest first
	Feedback     []json.RawMessage `json:"feedback"`     // oldest first; anonymous feedback names nobody
	History      []changeView      `json:"history"`      // oldest first
}

// exportCustomer answers with everything that is stored about one person, and notes the export in the change log, except for HEAD.
func (a *API) exportCustomer(c *call) error {
	if err := a.exports.acquire(c.caller.subject, 1); err != nil {
		return err
	}
	defer a.exports.release(c.caller.subject, 1)
	if c.r.Method != http.MethodHead {
		err := a.update(c, func(tx *store.Tx) error {
			if _, err := tx.Customer(c.id); err != nil {
				return err
			}
			return tx.Note(store.KindCustomer, c.id, store.OpExport)
		})
		if err != nil {
			return err
		}
	}
	var doc personDocument
	err := a.Store.View(func(tx *store.Tx) (err error) {
		doc, err = personOf(tx, c.id)
		return err
	})
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="customer-%s.json"`, c.id))
	return c.respond(doc)
}

func personOf(tx *store.Tx, id store.ID) (doc personDocument, err error) {
	p, err := tx.Customer(id)
	if err != nil {
		return doc, err
	}
	s, err := summaryOf(tx, p)
	if err != nil {
		return doc, err
	}
	changes, err := historyOf(tx, id)
	if err != nil {
		return doc, err
	}
	doc = personDocument{
		ExportedAt: tx.Now(), Summary: s,
		Interactions: tx.OfCustomer(store.KindInteraction, id), Feedback: tx.OfCustomer(store.KindFeedback, id),
	}
	if doc.History, err = changeViews(tx, changes); err != nil {
		return doc, err
	}
	doc.Customer, err = store.Encode(p)
	return doc, err
}

type erasure struct {
	Message  string            `json:"message"`
	Customer json.RawMessage   `json:"customer"`
	Backups  []backup.Retained `json:"backups"` // retained copies that still have the person
}

// eraseCustomer erases a person everywhere except in earlier backups, which the answer lists.
func (a *API) eraseCustomer(c *call) error {
	var (
		made   store.Time
		traces store.Traces
	)
	err := a.Store.View(func(tx *store.Tx) error {
		p, err := tx.Customer(c.id)
		if err != nil {
			return err
		}
		made, traces = p.CreatedAt, tx.Traces(c.id)
		return nil
	})
	if err != nil {
		return err
	}
	retained, err := a.Backups.Retained(made)
	if err != nil {
		return err
	}
	return a.post(c, nil, "", func(tx *store.Tx) error {
		raw, err := tx.Erase(c.id, traces, c.caller.id)
		if err != nil {
			return err
		}
		c.reply, err = okReply(erasure{erasedMessage(retained), raw, retained})
		return err
	})
}

func erasedMessage(retained []backup.Retained) string {
	if len(retained) == 0 {
		return "Customer erased. No backup that is known here has the person; whatever was copied elsewhere may"
	}
	return "Customer erased. The backups below were made before and still have the person: after a restore of one, erase again"
}
