package store

import (
	"errors"
	"fmt"
	"slices"

	"crm/store/text"
)

// MaxTagged is how many customers TagCustomers changes at most in one transaction, so that other writes need not wait long.
const MaxTagged = 1_000

// An UnknownError names the ids, among several, that no record has. It matches ErrNotFound.
type UnknownError struct {
	Kind   Kind
	Fields Invalid // a field for each of the ids
}

func (e *UnknownError) Error() string { return NotFoundError{e.Kind}.Error() }

// Is makes errors.Is(err, ErrNotFound) true.
func (e *UnknownError) Is(target error) bool { return target == ErrNotFound }

// TagCustomers removes tags from customers and adds others, without regard to case. It writes only customers whose tags change, and returns
// their number. Either all of them are changed or none. known are the problems that reading the request already found. The error is an
// UnknownError for ids that no customer has, and an Invalid for what breaks a rule.
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

// retag returns the new tags of the customers whose tags change. The error is an Invalid that names the customers who would have too many
// tags, or who were erased.
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

// taggable returns the customers with these ids, in the same order.
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

// retagged returns tags without those to remove, followed by those to add that are not among them.
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

// tagKey returns the form in which two spellings of one tag are equal.
func tagKey(tag string) string { return text.Caseless(text.CleanTag(tag)) }

// nameOr returns the name of a customer for a sentence, or else the e-mail address.
func nameOr(c *Customer) string {
	if name := c.Name(); name != "" {
		return name
	}
	return c.Email
}
