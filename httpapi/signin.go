package httpapi

import (
	"errors"
	"time"

	"crm/auth"
	"crm/httpapi/wire"
	"crm/store"
)

type loginResponse struct {
	AccessToken  string   `json:"access_token"`
	RefreshToken string   `json:"refresh_token"`
	TokenType    string   `json:"token_type"`
	ExpiresIn    int      `json:"expires_in"` // seconds
	User         userView `json:"user"`
}

type refreshResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
}

func (a *API) login(c *call) error {
	var email, password string
	b := c.body
	b.Require("email", "password")
	b.Text("email", &email)
	b.Text("password", &password)
	if len(b.Problems) > 0 {
		return b.Problems
	}
	address := a.remoteHost(c.r)
	if wait := a.throttle.Begin(store.Fold(email), address); wait > 0 {
		return tooManyLogins(wait)
	}
	user, err := a.checkPassword(c, email, password)
	if err != nil {
		return err
	}
	a.throttle.Succeed(store.Fold(email), address)
	return a.startSession(c, user)
}

// checkPassword costs the same for an unknown e-mail, a deactivated user and a wrong password. It counts the failures of a
// user, and the log has all of them.
func (a *API) checkPassword(c *call, email, password string) (*store.User, error) {
	var user *store.User
	err := a.Store.View(func(tx *store.Tx) (err error) {
		user, err = tx.UserByEmail(email)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	hash := ""
	if user != nil {
		hash = user.PasswordHash
	}
	if a.hasher.Check(hash, password) && user.IsActive {
		return user, nil
	}
	_, err = a.Store.Update(a.signingIn(c, ""), func(tx *store.Tx) error {
		if user == nil {
			return tx.Note(store.KindUser, store.ID{}, store.OpLoginFailed)
		}
		_, err := tx.RecordLogin(user.ID, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	return nil, wire.ErrLogin
}

// signingIn is who tries to sign in as the author of what the log has of it: nobody until the password was right.
func (a *API) signingIn(c *call, subject string) store.By {
	return store.By{Actor: subject, RequestID: c.entry.id, Remote: a.remoteHost(c.r)}
}

// isStill returns an error unless a user is active and has the password that was checked. Checking takes a quarter of a
// second, and longer when many sign in: meanwhile somebody may have been deactivated, or a stolen password reset.
func isStill(tx *store.Tx, checked *store.User, refusal error) error {
	user, err := tx.User(checked.ID)
	if err == nil && (!user.IsActive || user.PasswordHash != checked.PasswordHash) {
		return refusal
	}
	return err
}

func (a *API) startSession(c *call, checked *store.User) error {
	id := checked.ID
	token, hash := auth.NewRefreshToken()
	session := store.Session{UserID: id, RefreshHash: hash, ExpiresAt: a.Store.Now().Add(a.RefreshTTL)}
	var user *store.User
	_, err := a.Store.Update(a.signingIn(c, id.String()), func(tx *store.Tx) (err error) {
		if err := isStill(tx, checked, wire.ErrLogin); err != nil {
			return err
		}
		if user, err = tx.RecordLogin(id, true); err != nil {
			return err
		}
		return tx.CreateSession(&session)
	})
	if err != nil {
		return err
	}
	access, ttl, err := a.accessToken(user, &session)
	if err != nil {
		return err
	}
	c.entry.user = id.String()
	return c.respond(loginResponse{access, token, "bearer", wire.Seconds(ttl), a.view(user)})
}

// accessToken signs what a session may do now; it does not outlive the session.
func (a *API) accessToken(user *store.User, session *store.Session) (string, time.Duration, error) {
	now := a.Clock()
	ttl := min(a.AccessTTL, session.ExpiresAt.Std().Sub(now))
	token, err := a.Issuer.Issue(auth.Claims{
		Subject: user.ID.String(), Session: session.ID.String(), Permissions: auth.PermissionsOf(user.Roles),
	}, now, ttl)
	return token, ttl, err
}

func (a *API) refresh(c *call) error {
	var token string
	c.body.Require("refresh_token")
	c.body.Text("refresh_token", &token)
	if len(c.body.Problems) > 0 {
		return c.body.Problems
	}
	var (
		session *store.Session
		user    *store.User
	)
	err := a.Store.View(func(tx *store.Tx) (err error) {
		if session, err = tx.SessionByRefresh(auth.HashRefreshToken(token)); err != nil {
			return refused(err)
		}
		user, err = tx.User(session.UserID)
		return refused(err)
	})
	if err != nil {
		return err
	}
	if !user.IsActive {
		return wire.ErrCredentials
	}
	access, ttl, err := a.accessToken(user, session)
	if err != nil {
		return err
	}
	c.entry.user = user.ID.String()
	return c.respond(refreshResponse{access, "bearer", wire.Seconds(ttl)})
}

func (a *API) logout(c *call) error {
	if c.caller.session == nil {
		return &wire.Refusal{Reason: wire.NoSession, Detail: "This token has no session to end: it lives until it expires"}
	}
	err := a.update(c, func(tx *store.Tx) error {
		if err := tx.DeleteSession(*c.caller.session); err != nil {
			return err
		}
		return tx.Note(store.KindUser, *c.caller.id, store.OpLogout)
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return c.respond(message{"Logged out successfully"})
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
	if len(b.Problems) > 0 {
		return b.Problems
	}
	user, address := c.caller.user, a.remoteHost(c.r)
	if wait := a.throttle.Begin(store.Fold(user.Email), address); wait > 0 {
		return tooManyLogins(wait)
	}
	if !a.hasher.Check(user.PasswordHash, current) {
		return errCurrent
	}
	a.throttle.Succeed(store.Fold(user.Email), address)
	hash, err := a.hasher.Hash(password)
	if err != nil {
		return err
	}
	keep := store.ID{}
	if c.caller.session != nil {
		keep = *c.caller.session
	}
	err = a.update(c, func(tx *store.Tx) error {
		if err := isStill(tx, user, errCurrent); err != nil {
			return err
		}
		_, err := tx.UpdateUser(user.ID, keep, func(u *store.User) store.Invalid {
			u.PasswordHash, u.MustChangePassword = hash, false
			return nil
		})
		return err
	})
	if err != nil {
		return err
	}
	return c.respond(message{"Password changed successfully"})
}

// checkNewPassword notes a rule that a new password breaks.
func checkNewPassword(b *wire.Body, field, password string) {
	if err := auth.ValidatePassword(password); err != nil && !b.Problems.Has(field) {
		b.Wrong(field, "value_error", err.Error()).Params = store.Facts{"format": "password", "least": auth.MinPasswordChars, "most": auth.MaxPasswordBytes}
	}
}

// me404 is 404 for a caller who is no user of ours, such as the subject of another issuer's token.
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
		userView
		Permissions []string `json:"permissions"`
		Seq         uint64   `json:"seq"` // the newest change: what is read after this answer is as new
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
