package httpapi

import (
	"cmp"
	"fmt"
	"slices"

	"crm/segments"
	"crm/store"
)

// A membership tells whether a customer is in a segment, and why.
type membership struct {
	ID       store.ID             `json:"id"`
	Name     string               `json:"name"`
	Matches  bool                 `json:"matches"`
	Criteria []segments.Criterion `json:"criteria,omitzero"`
}

// customerSegments lists the active segments that a customer is in, by name. With explanations it lists all active segments.
func (a *API) customerSegments(c *call) error {
	p := a.params(c)
	explain := p.Bool("explain")
	list := []membership{}
	err := a.Store.View(func(tx *store.Tx) error {
		customer, err := tx.Customer(c.id)
		if err != nil {
			return err
		}
		all, err := tx.Segments()
		for _, s := range all {
			if !s.IsActive {
				continue
			}
			m := membership{ID: s.ID, Name: s.Name, Matches: segments.Matches(s.Criteria, customer)}
			if explain != nil && *explain {
				m.Criteria = segments.Explain(s.Criteria, customer)
			} else if !m.Matches {
				continue
			}
			list = append(list, m)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := p.Err(); err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b membership) int { return cmp.Compare(a.Name, b.Name) })
	return c.respond(struct {
		Items []membership `json:"items"`
	}{list})
}

type assignment struct {
	CustomerID store.ID `json:"customer_id"`
	Assigned   []string `json:"assigned_segments"`
	Message    string   `json:"message"`
}

// assignSegments answers with the segments that a customer is in. It stores nothing, because membership is computed from the criteria.
func (a *API) assignSegments(c *call) error {
	reply := func(tx *store.Tx) error {
		p, err := tx.Customer(c.id)
		if err != nil {
			return err
		}
		names, err := segments.Of(tx, p)
		if err != nil {
			return err
		}
		c.reply, err = okReply(assignment{c.id, names, fmt.Sprintf("Customer assigned to %d segments", len(names))})
		c.reply.Record = c.id
		return err
	}
	if c.retry != nil {
		return a.post(c, nil, "", reply)
	}
	if err := a.Store.View(reply); err != nil {
		return err
	}
	return c.give(c.reply)
}
