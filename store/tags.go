package store

import (
	"errors"
	"fmt"
	"slices"

	"crm/store/text"
)

// MaxTagged is how many customers TagCustomers changes at most in one transaction, so that other writes need not wait long.
const MaxTagged = 1_000

// An UnknownError names those of several ids that no record has. It matches ErrNotFound.
type UnknownError struct {
	Kind   Kind
	Fields Invalid // a field for each of the ids
}

func (e *UnknownError) Error() string { return NotFoundError{e.Kind}.Error() }

// Is makes errors.Is(err, ErrNotFound) true.
func (e *UnknownError) Is(target error) bool { return target == ErrNotFound }

// TagCustomers takes tags from customers and gives them others, without regard to case, and returns how many customers are
// another way than before; only these are written. Either all are changed or nobody is. known are the problems that reading the
// request already found. The error is an UnknownError for ids that nobody has, and an Invalid for what breaks a rule.
func (tx *Tx) TagCustomers(ids []ID, add, remove []string, known Invalid) (n int, err error) {
	found, err := tx.taggable(ids, known)
	if err != nil {
		return 0, err
	}
	if err := known.join(checkTags(ids, &add, &remove)); err != nil {
		return 0, err
	}
	tags, err := retag(found, add, remove)
	if err != nil {
		return 0, err
	}
	for _, c := range found {
		after, changes := tags[c.ID]
		if !changes {
			continue
		}
		delete(tags, c.ID) // an id may be there twice
		if _, err := tx.UpdateCustomer(c.ID, func(c *Customer) Invalid { c.Tags = after; return nil }); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// retag is the tags of those customers who have others then, and an Invalid that names those who would have too many, or were erased.
func retag(list []*Customer, add, remove []string) (map[ID][]string, error) {
	var e Invalid
	tags := make(map[ID][]string, len(list))
	for i, c := range list {
		if c.ErasedAt != nil {
			e.add(fmt.Sprintf("ids.%d", i), "erased", "This customer was erased")
			continue
		}
		after := retagged(c.Tags, add, remove)
		if len(after) > maxTags {
			e.add(fmt.Sprintf("ids.%d", i), "too_long", "%s would have %d tags; at most %d are allowed", nameOr(c), len(after), maxTags).Params = Facts{"name": nameOr(c), "most": maxTags, "has": len(after)}
		}
		if !slices.Equal(after, c.Tags) {
			tags[c.ID] = after
		}
	}
	return tags, e.err()
}

// taggable are the customers with these ids, in their order.
func (tx *Tx) taggable(ids []ID, known Invalid) ([]*Customer, error) {
	if known.Has("ids") || len(ids) > MaxTagged {
		return nil, nil
	}
	found, unknown := make([]*Customer, 0, len(ids)), &UnknownError{Kind: KindCustomer}
	for i, id := range ids {
		c, err := tx.Customer(id)
		switch {
		case errors.Is(err, ErrNotFound):
			unknown.Fields.add(fmt.Sprintf("ids.%d", i), "not_found", "Customer not found")
		case err != nil:
			return nil, err
		}
		found = append(found, c)
	}
	if len(unknown.Fields) > 0 {
		return nil, unknown
	}
	return found, nil
}

func checkTags(ids []ID, add, remove *[]string) error {
	var e validation
	switch {
	case len(ids) == 0:
		e.require("ids")
	case len(ids) > MaxTagged:
		e.add("ids", "too_long", "Must have at most %d ids, has %d", MaxTagged, len(ids)).Params = atMost(MaxTagged, len(ids))
	}
	e.tags("add", add, nil)
	e.tags("remove", remove, nil)
	if len(*add)+len(*remove) == 0 {
		e.add("add", "missing", "Must have a tag, unless there is one to remove")
	}
	for _, tag := range *remove {
		if hasTag(*add, tag) {
			e.add("remove", "value_error", "%q cannot be added and removed", tag).Params = Facts{"tag": tag}
		}
	}
	return e.err()
}

// retagged is tags without those to remove, followed by those to add that are not there yet.
func retagged(tags, add, remove []string) []string {
	after := slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return hasTag(remove, tag) })
	for _, tag := range add {
		if !hasTag(after, tag) {
			after = append(after, tag)
		}
	}
	return after
}

func hasTag(tags []string, tag string) bool {
	key := tagKey(tag)
	return slices.ContainsFunc(tags, func(t string) bool { return tagKey(t) == key })
}

// tagKey is the form in which two tags are equal.
func tagKey(tag string) string { return text.Caseless(text.CleanTag(tag)) }

// nameOr is what a sentence calls a customer.
func nameOr(c *Customer) string {
	if name := c.Name(); name != "" {
		return name
	}
	return c.Email
}
