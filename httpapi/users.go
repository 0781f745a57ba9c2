package httpapi

import (
	"fmt"
	"slices"

	"crm/auth"
	"crm/httpapi/wire"
	"crm/store"
	"crm/store/text"
)

// A UserView is a user in the API: with roles instead of their names, and without the password's hash.
type UserView struct {
	ID                  store.ID    `json:"id"`
	FullName            *string     `json:"full_name"`
	Email               string      `json:"email"`
	Phone               *string     `json:"phone"`
	IsActive            bool        `json:"is_active"`
	IsVerified          bool        `json:"is_verified"`
	IsLocked            bool        `json:"is_locked"` // must wait after failed attempts to sign in
	MustChangePassword  bool        `json:"must_change_password"`
	FailedLoginAttempts int         `json:"failed_login_attempts"`
	LastLoginAt         *store.Time `json:"last_login_at"`
	CreatedAt           store.Time  `json:"created_at"`
	UpdatedAt           store.Time  `json:"updated_at"`
	Roles               []auth.Role `json:"roles"`
}

func (a *API) view(u *store.User) UserView {
	roles := make([]auth.Role, 0, len(u.Roles))
	for _, name := range u.Roles {
		if role, ok := auth.RoleByName(name); ok {
			roles = append(roles, role)
		}
	}
	return UserView{
		u.ID, u.FullName, u.Email, u.Phone, u.IsActive, u.IsVerified, a.throttle.Locked(text.EmailKey(u.Email)),
		u.MustChangePassword, u.FailedLoginAttempts, u.LastLoginAt, u.CreatedAt, u.UpdatedAt, roles,
	}
}

func readUser(b *wire.Body, u *store.User) {
	b.Text("email", &u.Email)
	b.OptionalText("full_name", &u.FullName)
	b.OptionalText("phone", &u.Phone)
	b.List("roles", &u.Roles)
	for i, name := range u.Roles {
		if _, ok := auth.RoleByName(name); !ok && !b.Problems.Has("roles") {
			b.Wrong(fmt.Sprintf("roles.%d", i), "enum", fmt.Sprintf("No role is named %q", name)).Params = store.Facts{"values": auth.RoleNames()}
		}
	}
}

// readPassword returns the hash of the body's password, or "" if there is none or it breaks a rule. It is called before the transaction,
// because hashing is slow.
func (a *API) readPassword(b *wire.Body) (hash string, err error) {
	if !b.Has("password") {
		return "", nil
	}
	var password string
	b.Text("password", &password)
	checkNewPassword(b, "password", password)
	if b.Problems.Has("password") {
		return "", nil
	}
	return a.hasher.Hash(password)
}

func (a *API) createUser(c *call) error {
	b := c.body
	u := store.User{IsActive: true, IsVerified: true, MustChangePassword: true}
	b.Require("password")
	hash, err := a.readPassword(b)
	if err != nil {
		return err
	}
	readUser(b, &u)
	b.Bool("must_change_password", &u.MustChangePassword, true)
	u.PasswordHash = hash
	checked := u.Checked(b.Problems)
	err = a.update(c, func(tx *store.Tx) error { return tx.AddUser(checked) })
	if err != nil {
		return err
	}
	raw, err := store.Encode(a.view(&u))
	if err != nil {
		return err
	}
	return c.give(created("/users", u.ID, raw))
}

func (a *API) listUsers(c *call) error {
	p := a.params(c)
	paging, active := p.Paging("created_at"), p.Active(nil)
	if err := p.Err(); err != nil {
		return err
	}
	var all []*store.User
	err := a.Store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Users()
		return err
	})
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(u *store.User) bool { return active != nil && *active != u.IsActive })
	views := make([]UserView, 0, paging.Size)
	for _, u := range wire.PageOf(paging, all) {
		views = append(views, a.view(u))
	}
	return sendItems(c, paging, views, len(all))
}

func (a *API) getUser(c *call) error {
	return a.sendRecord(c, a.userJSON)
}

// userJSON returns a user as the API shows one.
func (a *API) userJSON(tx *store.Tx, id store.ID) ([]byte, error) {
	u, err := tx.User(id)
	if err != nil {
		return nil, err
	}
	return store.Encode(a.view(u))
}

func (a *API) updateUser(c *call) error {
	hash, err := a.readPassword(c.body)
	if err != nil {
		return err
	}
	known := c.body.Problems
	u, err := a.patchUser(c, func(u *store.User) store.Invalid {
		c.body.Problems = known
		readUser(c.body, u)
		c.body.Bool("is_active", &u.IsActive, true)
		if hash != "" {
			u.PasswordHash, u.MustChangePassword, u.FailedLoginAttempts = hash, true, 0
		}
		c.body.Bool("must_change_password", &u.MustChangePassword, false)
		return c.body.Problems
	})
	if err != nil {
		return err
	}
	if hash != "" {
		a.throttle.Forget(text.EmailKey(u.Email))
	}
	raw, err := store.Encode(a.view(u))
	if err != nil {
		return err
	}
	return c.sendVersion(wire.TagOf(raw), raw)
}

// patchUser changes a user. If it changes the password of the caller, the caller's present session does not end.
func (a *API) patchUser(c *call, patch func(*store.User) store.Invalid) (u *store.User, err error) {
	err = a.edit(c, a.userJSON, func(tx *store.Tx) error {
		u, err = tx.UpdateUser(c.id, c.caller.sessionID(), patch)
		return err
	})
	return u, err
}

func (a *API) deleteUser(c *call) error {
	_, err := a.patchUser(c, func(u *store.User) store.Invalid { u.IsActive = false; return nil })
	if err != nil {
		return err
	}
	return c.respond(message{"User deactivated successfully"})
}

func (a *API) listRoles(c *call) error { return c.respond(auth.Roles()) }
