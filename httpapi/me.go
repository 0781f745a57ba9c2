package httpapi

import (
	"crm/auth"
	"crm/httpapi/wire"
	"crm/store"
	"crm/store/text"
)

// me404 returns 404 for a caller who is not one of our users, such as the subject of another issuer's token.
func (a *API) me404(c *call) error {
	if c.caller.user == nil {
		return store.NotFoundError{Kind: store.KindUser}
	}
	return nil
}

func (a *API) me(c *call) error {
	if err := a.me404(c); err != nil {
		return err
	}
	return c.respond(struct {
		UserView
		Permissions []string `json:"permissions"`
		Seq         uint64   `json:"seq"` // the newest change, which everything that is read after this answer includes
	}{a.view(c.caller.user), c.caller.permissions, a.Store.Seq()})
}

func (a *API) myPermissions(c *call) error {
	roles := []string{}
	if c.caller.user != nil {
		roles = c.caller.user.Roles
	}
	return c.respond(struct {
		Permissions []string `json:"permissions"`
		Roles       []string `json:"roles"`
	}{c.caller.permissions, roles})
}

var errCurrent = &wire.Refusal{Reason: wire.WrongPassword, Detail: "Current password is incorrect"}

func (a *API) changePassword(c *call) error {
	var current, password string
	b := c.body
	b.Require("current_password", "new_password")
	b.Text("current_password", &current)
	b.Text("new_password", &password)
	if err := a.me404(c); err != nil {
		return err
	}
	checkNewPassword(b, "new_password", password)
	if err := b.Err(); err != nil {
		return err
	}
	if err := a.checkCurrent(c, current); err != nil {
		return err
	}
	hash, err := a.hasher.Hash(password)
	if err != nil {
		return err
	}
	if err := a.setPassword(c, hash); err != nil {
		return err
	}
	return c.respond(message{"Password changed successfully"})
}

// checkCurrent returns an error unless the password is the caller's. A wrong password counts as a failed attempt to sign in.
func (a *API) checkCurrent(c *call, password string) error {
	user, address := c.caller.user, a.clientAddress(c.r)
	if wait := a.throttle.Begin(text.EmailKey(user.Email), address); wait > 0 {
		return tooManyLogins(wait)
	}
	if !a.hasher.Check(user.PasswordHash, password) {
		return errCurrent
	}
	a.throttle.Succeed(text.EmailKey(user.Email), address)
	return nil
}

// setPassword changes the caller's password and ends the caller's other sessions.
func (a *API) setPassword(c *call, hash string) error {
	user := c.caller.user
	return a.update(c, func(tx *store.Tx) error {
		if err := isStill(tx, user, errCurrent); err != nil {
			return err
		}
		_, err := tx.UpdateUser(user.ID, c.caller.sessionID(), func(u *store.User) store.Invalid {
			u.PasswordHash, u.MustChangePassword = hash, false
			return nil
		})
		return err
	})
}

// checkNewPassword reports the rule that a new password breaks.
func checkNewPassword(b *wire.Body, field, password string) {
	if err := auth.ValidatePassword(password); err != nil && !b.Problems.Has(field) {
		b.Wrong(field, "value_error", err.Error()).Params = store.Facts{"format": "password", "least": auth.MinPasswordChars, "most": auth.MaxPasswordChars}
	}
}
