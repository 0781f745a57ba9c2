package httpapi

import (
	"encoding/json"
	"fmt"

	"crm/store"
)

type tagged struct {
	Updated int    `json:"updated"`
	Message string `json:"message"`
}

// tagCustomers gives tags to many customers, or takes them away, in one transaction.
func (a *API) tagCustomers(c *call) error {
	var add, remove []string
	b := c.body
	ids := b.ids("ids", store.MaxTagged)
	b.list("add", &add)
	b.list("remove", &remove)
	return a.post(c, nil, "", func(tx *store.Tx) error {
		n, err := tx.TagCustomers(ids, add, remove, b.problems)
		if err != nil {
			return err
		}
		c.reply, err = told(tagged{n, fmt.Sprintf("Updated %d customers", n)})
		return err
	})
}

// ids reads a list of at most so many ids.
func (b *body) ids(field string, most int) (ids []store.ID) {
	raw, empty, present := b.get(field)
	if empty || !present {
		b.require(field)
		return nil
	}
	var values []json.RawMessage
	if json.Unmarshal(raw, &values) != nil {
		b.wrong(field, "list_type", "Must be a list of UUIDs")
		return nil
	}
	if len(values) > most {
		b.wrong(field, "too_long", fmt.Sprintf("Must have at most %d ids, has %d", most, len(values)))
		return nil
	}
	for i, value := range values {
		var s string
		_ = json.Unmarshal(value, &s) // what is no string is no UUID either
		id, err := store.ParseID(s)
		if err != nil {
			b.wrong(fmt.Sprintf("%s.%d", field, i), "uuid_parsing", "Must be a UUID")
		}
		ids = append(ids, id)
	}
	return ids
}
