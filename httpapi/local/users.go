package local

import (
	"context"
	"fmt"
	"slices"

	"crm/httpapi"
	"crm/store"
	"crm/store/text"
)

// Users returns all users in the order of creation.
func (c *Client) Users(ctx context.Context) (all []httpapi.UserView, err error) {
	for page, pages := 1, 1; page <= pages; page++ {
		var list struct {
			Items []httpapi.UserView
			Pages int
		}
		path := fmt.Sprintf("/api/v1/users?sort=created_at&size=100&page=%d", page)
		if err := c.call(ctx, "auth:read:users", "GET", path, nil, &list); err != nil {
			return nil, err
		}
		all, pages = append(all, list.Items...), list.Pages
	}
	return all, nil
}

// A NewUser is a user to be added.
type NewUser struct{ Email, Name, Role, Password string }

// AddUser adds a user who does not have to change the password.
func (c *Client) AddUser(ctx context.Context, u NewUser) error {
	return c.call(ctx, "auth:create:users", "POST", "/api/v1/users", map[string]any{
		"email": u.Email, "full_name": u.Name, "roles": []string{u.Role}, "password": u.Password, "must_change_password": false,
	}, new(httpapi.UserView))
}

// A UserChange is a change of a user by a command.
type UserChange struct {
	Password string // the new password; empty for no change
	Active   *bool  // nil for no change
}

// ChangeUser changes the user with an e-mail, however it is written. A new password may be kept unless the user had to change
// the old one.
func (c *Client) ChangeUser(ctx context.Context, email string, change UserChange) error {
	all, err := c.Users(ctx)
	if err != nil {
		return err
	}
	i := indexByEmail(all, email)
	if i < 0 {
		return fmt.Errorf("%s: %w", email, store.NotFoundError{Kind: store.KindUser})
	}
	fields := map[string]any{}
	if change.Password != "" {
		fields["password"], fields["must_change_password"] = change.Password, all[i].MustChangePassword
	}
	if change.Active != nil {
		fields["is_active"] = *change.Active
	}
	if err := c.call(ctx, "auth:update:users", "PATCH", "/api/v1/users/"+all[i].ID.String(), fields, new(httpapi.UserView)); err != nil {
		return fmt.Errorf("%s: %w", email, err)
	}
	return nil
}

// indexByEmail returns the index of the user with an e-mail, -1 for none. Of users from before two spellings of an address were one, it is
// the user who has the very spelling, or else the first.
func indexByEmail(all []httpapi.UserView, email string) int {
	if i := slices.IndexFunc(all, func(u httpapi.UserView) bool { return u.Email == email }); i >= 0 {
		return i
	}
	key := text.EmailKey(email)
	return slices.IndexFunc(all, func(u httpapi.UserView) bool { return text.EmailKey(u.Email) == key })
}
