package httpapi

import (
	"errors"
	"fmt"

	"crm/auth"
	"crm/store"
)

// A caller is who sent a request.
type caller struct {
	subject     string
	id          *store.ID // the subject, when it is a UUID
	session     *store.ID // of our own sign-ins
	permissions []string
	user        *store.User // nil for a subject that is unknown here
}

// authorise fills in the caller and returns 401 or 403 unless the token is good and allows what the route needs.
func (a *API) authorise(c *call, permission string) error {
	token := bearer(c.r.Header.Get("Authorization"))
	if token == "" {
		return errCredentials
	}
	p, err := a.Verifier.Verify(token)
	if err != nil {
		return err
	}
	if c.caller, err = a.callerOf(p); err != nil {
		return err
	}
	c.entry.user = c.caller.subject
	if permission != anyone && !auth.Allows(c.caller.permissions, permission) {
		return forbidden(permission)
	}
	return nil
}

// callerOf asks the store what has happened since the token was signed: a session may have ended, a user may have
// been deactivated or have other roles.
func (a *API) callerOf(p auth.Principal) (caller, error) {
	who := caller{subject: p.Subject, permissions: p.Permissions}
	id, err := store.ParseID(p.Subject)
	if err != nil {
		return who, nil
	}
	who.id = &id
	err = a.Store.View(func(tx *store.Tx) error {
		user, err := tx.User(id)
		switch {
		case errors.Is(err, store.ErrNotFound) && p.Session == "":
			return nil
		case err != nil:
			return refused(err)
		case !user.IsActive:
			return fmt.Errorf("%w: user is not active", errCredentials)
		}
		who.user = user
		if p.Session == "" {
			return nil
		}
		session, err := store.ParseID(p.Session)
		if err != nil {
			return refused(err)
		}
		if s, err := tx.Session(session); err != nil || s.UserID != id {
			return fmt.Errorf("%w: session has ended", errCredentials)
		}
		who.session, who.permissions = &session, auth.PermissionsOf(user.Roles)
		return nil
	})
	return who, err
}

// refused turns a missing user or session into 401; other errors stay.
func refused(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrID) {
		return fmt.Errorf("%w: %w", errCredentials, err)
	}
	return err
}

// by is the caller as the author of a change.
func (c *call) by() store.By { return store.By{Actor: c.caller.subject, RequestID: c.entry.id} }

// update runs a transaction on behalf of the caller.
func (a *API) update(c *call, fn func(*store.Tx) error) error {
	_, err := a.Store.Update(c.by(), fn)
	return err
}

// limited is update under a limit, which counts it only when it is carried out.
func (a *API) limited(c *call, l *limiter, key string, fn func(*store.Tx) error) error {
	admit, undo := l.admit(key)
	by := c.by()
	by.Admit = admit
	_, err := a.Store.Update(by, fn)
	if err != nil {
		undo()
	}
	return err
}

// caughtUp waits until lists, counts and searches see everything that was committed before the request.
func (a *API) caughtUp(c *call) error { return a.Index.Wait(c.r.Context(), a.Store.Seq()) }
