package httpapi

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"crm/httpapi/wire"
	"crm/store"
)

// Users are all users of the service, in the order of creation, without their passwords' hashes.
func (l *Local) Users(ctx context.Context) (all []*store.User, err error) {
	for page, pages := 1, 1; page <= pages; page++ {
		var list struct {
			Items []*userView
			Pages int
		}
		path := fmt.Sprintf("/users?sort=created_at&size=%d&page=%d", wire.MaxSize, page)
		if err := l.Call(ctx, "auth:read:users", "GET", path, nil, &list); err != nil {
			return nil, err
		}
		for _, view := range list.Items {
			all = append(all, view.user())
		}
		pages = list.Pages
	}
	return all, nil
}

// user is what a view shows.
func (v *userView) user() *store.User {
	u := &store.User{
		ID: v.ID, FullName: v.FullName, Email: v.Email, Phone: v.Phone, IsActive: v.IsActive, IsVerified: v.IsVerified,
		MustChangePassword: v.MustChangePassword, FailedLoginAttempts: v.FailedLoginAttempts, LastLoginAt: v.LastLoginAt,
		CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
	}
	for _, role := range v.Roles {
		u.Roles = append(u.Roles, role.Name)
	}
	return u
}

// AddUser makes a user who may keep the password.
func (l *Local) AddUser(ctx context.Context, u *store.User, password string) error {
	return l.Call(ctx, "auth:create:users", "POST", "/users", map[string]any{
		"email": u.Email, "full_name": u.FullName, "roles": u.Roles, "password": password, "must_change_password": false,
	}, new(userView))
}

// A UserChange is what a command does to a user.
type UserChange struct {
	Password string // empty leaves it as it is
	Active   *bool  // nil too
}

// ChangeUser changes the user with an e-mail, whatever its case. A new password may be kept unless the user had to change
// the old one.
func (l *Local) ChangeUser(ctx context.Context, email string, change UserChange) error {
	all, err := l.Users(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(u *store.User) bool { return strings.EqualFold(u.Email, strings.TrimSpace(email)) })
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
	if err := l.Call(ctx, "auth:update:users", "PATCH", "/users/"+all[i].ID.String(), fields, new(userView)); err != nil {
		return fmt.Errorf("%s: %w", email, err)
	}
	return nil
}
