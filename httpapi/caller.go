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
	id          *store.ID // the subject, when it is a UUID
	session     *store.ID // of our own sign-ins
	permissions []string
	user        *store.User // nil for a subject that is unknown here
	expires     time.Time   // of the token
}

// sessionID returns the caller's session, the zero id where there is none.
func (c *caller) sessionID() store.ID {
	if c.session == nil {
		return store.ID{}
	}
	return *c.session
}

// authorise fills in the caller and returns 401 or 403 unless the token is good and allows what the route needs.
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

// bearer returns the token of the Authorization header, empty when there is none. Two headers count as none: a proxy in front may
// have checked the one that is not used here.
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

// callerOf returns the caller as the store knows it now. Since the token was signed, its session may have ended, and its user may have
// been deactivated or got other roles.
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

// refused turns a missing user or session into 401; other errors stay.
func refused(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrID) {
		return fmt.Errorf("%w: %w", wire.ErrCredentials, err)
	}
	return err
}
