package httpapi

import (
	"errors"
	"time"

	"crm/auth"
	"crm/httpapi/wire"
	"crm/store"
	"crm/store/text"
)

type loginResponse struct {
	AccessToken  string   `json:"access_token"`
	RefreshToken string   `json:"refresh_token"`
	TokenType    string   `json:"token_type"`
	ExpiresIn    int      `json:"expires_in"` // seconds
	User         UserView `json:"user"`
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
	if err := b.Err(); err != nil {
		return err
	}
	account, address := text.EmailKey(email), a.clientAddress(c.r) // however the e-mail is written
	if wait := a.throttle.Begin(account, address); wait > 0 {
		return tooManyLogins(wait)
	}
	user, newHash, err := a.checkPassword(c, email, password)
	if err != nil {
		return err
	}
	a.throttle.Succeed(account, address)
	return a.startSession(c, user, newHash)
}

// checkPassword returns the user whose password it is, and the hash that is to replace the user's, "" for none. It costs the same for an
// unknown e-mail, a deactivated user and a wrong password. It counts the failures of a user, and the log has all of them.
func (a *API) checkPassword(c *call, email, password string) (user *store.User, newHash string, err error) {
	err = a.Store.View(func(tx *store.Tx) (err error) {
		user, err = tx.UserByEmail(email)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, "", err
	}
	hash := ""
	if user != nil {
		hash = user.PasswordHash
	}
	switch right, outdated := a.hasher.Compare(hash, password); {
	case right && user.IsActive && outdated:
		newHash, err = a.hasher.Hash(password)
		return user, newHash, err
	case right && user.IsActive:
		return user, "", nil
	}
	_, err = a.Store.Update(a.signingIn(c, ""), func(tx *store.Tx) error {
		if user == nil {
			return tx.Note(store.KindUser, store.ID{}, store.OpLoginFailed)
		}
		_, err := tx.RecordLogin(user.ID, false)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return nil, "", wire.ErrLogin
}

// signingIn returns the author of the change log's entry of a sign-in. subject is "" unless the password was right.
func (a *API) signingIn(c *call, subject string) store.By {
	return store.By{Actor: subject, RequestID: c.entry.id, Remote: a.clientAddress(c.r)}
}

// isStill returns refusal unless a user is active and still has the password that was checked. A check takes a quarter of a second, and
// longer when many sign in. Meanwhile the user may have been deactivated, or a stolen password replaced.
func isStill(tx *store.Tx, checked *store.User, refusal error) error {
	user, err := tx.User(checked.ID)
	if err == nil && (!user.IsActive || user.PasswordHash != checked.PasswordHash) {
		return refusal
	}
	return err
}

// startSession starts a session of a user whose password was right. newHash replaces the user's hash, unless it is "".
func (a *API) startSession(c *call, checked *store.User, newHash string) error {
	id := checked.ID
	token, hash := auth.NewRefreshToken()
	session := store.Session{UserID: id, RefreshHash: hash, ExpiresAt: a.Store.Now().Add(a.RefreshTTL)}
	var user *store.User
	_, err := a.Store.Update(a.signingIn(c, id.String()), func(tx *store.Tx) (err error) {
		if err := isStill(tx, checked, wire.ErrLogin); err != nil {
			return err
		}
		if newHash != "" {
			if err := tx.ReplaceHash(id, newHash); err != nil {
				return err
			}
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

// accessToken returns a token with the present permissions of a session's user. It expires with the session at the latest.
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
	if err := c.body.Err(); err != nil {
		return err
	}
	user, session, err := a.sessionOf(token)
	if err != nil {
		return err
	}
	access, ttl, err := a.accessToken(user, session)
	if err != nil {
		return err
	}
	c.entry.user = user.ID.String()
	return c.respond(refreshResponse{access, "bearer", wire.Seconds(ttl)})
}

// sessionOf returns the session of a refresh token and its user, who must be active.
func (a *API) sessionOf(token string) (user *store.User, session *store.Session, err error) {
	err = a.Store.View(func(tx *store.Tx) (err error) {
		if session, err = tx.SessionByRefresh(auth.HashRefreshToken(token)); err != nil {
			return refused(err)
		}
		user, err = tx.User(session.UserID)
		return refused(err)
	})
	if err == nil && !user.IsActive {
		err = wire.ErrCredentials
	}
	return user, session, err
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
