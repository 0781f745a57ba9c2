package httpapi

import (
	"fmt"

	"crm/store"
)

type tagged struct {
	Updated int    `json:"updated"`
	Message string `json:"message"`
}

// tagCustomers adds tags to many customers, or removes them, in one transaction.
func (a *API) tagCustomers(c *call) error {
	var add, remove []string
	b := c.body
	ids := b.IDs("ids", store.MaxTagged)
	b.List("add", &add)
	b.List("remove", &remove)
	return a.post(c, nil, "", func(tx *store.Tx) error {
		n, err := tx.TagCustomers(ids, add, remove, b.Problems)
		if err != nil {
			return err
		}
		c.reply, err = okReply(tagged{n, fmt.Sprintf("Updated %d customers", n)})
		return err
	})
}
