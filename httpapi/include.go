package httpapi

import (
	"encoding/json"
	"net/http"
	"slices"

	"crm/auth"
	"crm/httpapi/wire"
	"crm/index"
	"crm/store"
	"crm/store/object"
)

// included reports whether the client also asks for the customers of the rows in a list. This needs the permission to read customers.
func included(c *call, p *wire.Params) (customers bool, err error) {
	if p.Enum("include", []string{"customers"}) == "" {
		return false, nil
	}
	const permission = "crm:read:customers"
	if !auth.Allows(c.caller.permissions, permission) {
		return false, wire.Forbidden(permission)
	}
	return true, nil
}

// sendPageOf is like sendPage, for rows that belong to customers. If customers is true, it adds these customers to the envelope, each
// once, so that a client need not request them one by one.
func (a *API) sendPageOf(c *call, p wire.Paging, page index.Page, raw func(*store.Tx, store.ID) ([]byte, error), customers bool) error {
	if !customers {
		return a.sendPage(c, p, page, raw)
	}
	var about []store.ID
	o, err := a.appendRows(c, object.New(128+1280*len(page.IDs)), "items", page.IDs, func(tx *store.Tx, id store.ID) ([]byte, error) {
		row, err := raw(tx, id)
		if err != nil {
			return nil, err
		}
		var of struct {
			CustomerID *store.ID `json:"customer_id"`
		}
		err = json.Unmarshal(row, &of)
		if of.CustomerID != nil && !slices.Contains(about, *of.CustomerID) {
			about = append(about, *of.CustomerID)
		}
		return row, err
	})
	if err != nil {
		return err
	}
	if err := a.readCustomers(c, p, len(about)); err != nil {
		return err
	}
	if o, err = a.appendRows(c, o, "customers", about, (*store.Tx).CustomerJSON); err != nil {
		return err
	}
	return c.send(http.StatusOK, p.AppendTo(o, page.Total).End())
}
