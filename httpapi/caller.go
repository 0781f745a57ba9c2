package httpapi

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"crm/auth"
	"crm/httpapi/wire"
	"crm/store"
)

// A caller is who sent a request.
type caller struct {
	subject     string
	id          *store.ID // the subject, if it is a UUID
	session     *store.ID // nil for tokens without a sign-in
	permissions []string
	user        *store.User // nil for a subject that is not one of our users
	expires     time.Time   // when the token does
}

// sessionID returns the caller's session, or the zero id if there is none.
func (c *caller) sessionID() store.ID {
	if c.session == nil {
		return store.ID{}
	}
	return *c.session
}

// authorise sets the caller. It returns 401 or 403 unless the token is valid and has the permission that the route needs.
func (a *API) authorise(c *call, permission string) error {
	if permission == open {
		return nil
	}
	token := bearer(c.r.Header["Authorization"])
	if token == "" {
		return wire.ErrCredentials
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
		return wire.Forbidden(permission)
	}
	return nil
}

// bearer returns the token of the Authorization header, or "" if there is none or more than one. With two headers, a proxy might have
// checked the other one.
func bearer(lines []string) string {
	if len(lines) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(lines[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// callerOf returns the caller with the present permissions. Since the token was signed, its session may have ended, and its user may have
// been deactivated or given other roles.
func (a *API) callerOf(p auth.Principal) (caller, error) {
	who := caller{subject: p.Subject, permissions: p.Permissions, expires: p.Expires}
	id, err := store.ParseID(p.Subject)
	if err != nil {
		return who, nil
	}
	who.id = &id
	known, err := a.account(accountKey{id, p.Session})
	if err != nil {
		return who, err
	}
	if who.user, who.session = known.user, known.session; known.session != nil {
		who.permissions = known.permissions
	}
	return who, nil
}

// refused returns 401 for a missing user or session, and other errors as they are.
func refused(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrID) {
		return fmt.Errorf("%w: %w", wire.ErrCredentials, err)
	}
	return err
}
