package httpapi

import (
	"bytes"
	"encoding/json"

	"crm/httpapi/wire"
	"crm/store"
)

// by returns the author of the changes that this request makes.
func (c *call) by() store.By { return store.By{Actor: c.caller.subject, RequestID: c.entry.id} }

// update runs a transaction on behalf of the caller.
func (a *API) update(c *call, fn func(*store.Tx) error) error {
	_, err := a.Store.Update(c.by(), fn)
	return err
}

// limited is like update, under a rate limit. A transaction that fails does not count.
func (a *API) limited(c *call, l *limiter, key string, fn func(*store.Tx) error) error {
	admit, undo := l.admit(key)
	by := c.by()
	by.Admit = admit
	_, err := a.Store.Update(by, fn)
	if err != nil {
		undo()
	}
	return err
}

// edit runs a transaction that changes the record in the path, unless the request's If-Match names another version of the record.
func (a *API) edit(c *call, read func(*store.Tx, store.ID) ([]byte, error), fn func(*store.Tx) error) error {
	return a.update(c, c.matching(read, fn))
}

// remove is like edit, for a request that deletes or deactivates the record, and answers with the sentence done.
func (a *API) remove(c *call, read func(*store.Tx, store.ID) ([]byte, error), fn func(*store.Tx) error, done string) error {
	if err := a.edit(c, read, fn); err != nil {
		return err
	}
	return c.respond(message{done})
}

// matching returns a function that calls fn if the record in the path has the version that the request's If-Match names. read returns
// the JSON that the tag is computed from. The check is part of the transaction, so of two editors of one version only one succeeds.
func (c *call) matching(read func(*store.Tx, store.ID) ([]byte, error), fn func(*store.Tx) error) func(*store.Tx) error {
	expected := c.r.Header["If-Match"]
	if expected == nil {
		return fn
	}
	return func(tx *store.Tx) error {
		raw, err := read(tx, c.id)
		if err != nil {
			return err
		}
		if tag := wire.TagOf(raw); !wire.IsCurrent(expected, tag) {
			raw = bytes.Clone(raw)
			by, err := lastEditors(tx, c.id)
			if err != nil {
				return err
			}
			return wire.Stale(tag, raw, by)
		}
		return fn(tx)
	}
}

// lastEditors returns who changed each field of a record last, by the field's name, as far as the change log goes back. It is for the
// message to an editor whose change is refused.
func lastEditors(tx *store.Tx, id store.ID) (map[string]string, error) {
	known, by := names{}, map[string]string{}
	for change, err := range tx.History(id) {
		if err != nil {
			return nil, err
		}
		var old map[string]json.RawMessage
		if change.Op != store.OpUpdate || json.Unmarshal(change.Old, &old) != nil {
			continue
		}
		name := known.of(tx, change.Actor)
		for field := range old {
			if delete(by, field); name != nil {
				by[field] = *name
			}
		}
	}
	return by, nil
}
